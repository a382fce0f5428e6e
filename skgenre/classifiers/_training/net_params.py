"""Check of `net_params`: arguments that the estimator owns are set through the estimator."""

import difflib
from collections.abc import Iterable
from typing import Any

# Arguments of the net, and the estimator's parameter that sets them.
_OWNED = {
    "lr": "lr",
    "max_epochs": "max_epochs",
    "batch_size": "batch_size",
    "iterator_train__batch_size": "batch_size",
    "iterator_valid__batch_size": "batch_size",
    "train_split": "early_stopping",
    "callbacks": "callbacks",
    "warm_start": "warm_start",
    "verbose": "verbose",
    "device": "device",
    "iterator_train__device": "device",
    "iterator_valid__device": "device",
    "l1": "l1",
    "l2": "l2",
    "gradient_clip": "gradient_clip",
    "mixed_precision": "mixed_precision",
    "optimizer__lr": "lr",
    "optimizer__weight_decay": "weight_decay",
    "criterion__label_smoothing": "label_smoothing",
}
# Arguments that no parameter sets, with the reason.
_FIXED = {
    "module": "each classifier has its own network",
    "criterion__reduction": "clips are weighted one by one",
    "dataset": "the classifier makes it",
    "classes": "they are learnt from y",
    "predict_nonlinearity": "probabilities are the softmax of the network's outputs",
}
_PREFIXES = ("criterion", "optimizer", "iterator_train", "iterator_valid")
_FREE = (
    "criterion",
    "optimizer",
    "iterator_train",
    "iterator_valid",
    "plateau_patience",
    "compile",
    "use_caching",
    "torch_load_kwargs",
)


def check_net_params(
    name: str, net_params: dict[str, Any] | None, owned: Iterable[str], own: dict[str, str]
) -> None:
    """Refuse names that the estimator owns, and names that the net does not have.

    Parameters
    ----------
    name : str
        Name of the estimator, for error messages.
    net_params : dict or None
        Its parameter.
    owned : iterable of str
        Parameters of its module.
    own : dict of str to str
        Further arguments of the net that this family owns, and its parameters for them.

    Raises
    ------
    ValueError
        With the estimator's parameter to use, or the names that are allowed.
    """
    owners = {**_OWNED, **{f"module__{parameter}": parameter for parameter in owned}, **own}
    for key in net_params or {}:
        group, _, rest = str(key).partition("__")
        parameter = owners.get(key, "callbacks" if group == "callbacks" else None)
        if parameter is not None:
            raise ValueError(
                f"The 'net_params' parameter of {name} must not have {key!r}: set the "
                f"{parameter!r} parameter of {name} instead."
            )
        fixed = _FIXED.get(key) or _FIXED.get(group)
        if fixed is not None:
            raise ValueError(
                f"The 'net_params' parameter of {name} must not have {key!r}: {fixed}."
            )
        if key not in _FREE and not (group in _PREFIXES and rest):
            close = difflib.get_close_matches(str(key), _FREE, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(
                f"The 'net_params' parameter of {name} has {key!r}, which is no argument of the "
                f"net.{hint} Allowed are {', '.join(_FREE)}, and arguments of the first four such "
                f"as 'optimizer__momentum'."
            )
