"""Model cards: descriptions of a model in Markdown or HTML."""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._pipelines import last_models, members_of, open_search, steps_of
from .._public import public
from .._templates import render
from ._contract import input_contract_of
from ._parts import names_of_users
from ._versions import package_versions

_MEANING = (
    "Each clip gets one of these genres: other music, and sounds that are no music, get the most "
    "probable one, too. Probabilities say how sure the model is after its training clips, not how "
    "often it is right on other music."
)
_NOT_RECORDED = (
    "Not recorded in the model. State here what clips it was fitted on, and how it was tested on "
    "others."
)


@public
def model_card(model: Any, *, as_html: bool = False) -> str:
    r"""Describe a fitted model in Markdown or HTML.

    Parameters
    ----------
    model : classifier or Pipeline
        Fitted.
    as_html : bool, default=False
        Whether to return a self-contained HTML page instead of Markdown.

    Returns
    -------
    str
        Sections on use, input, genres, the model's parts with their non-default parameters,
        training, the meaning of its output, and versions. What can't be read from the model, data
        and evaluation, is left as a line to fill in.

    Raises
    ------
    NotFittedError
        When the model is not fitted.

    See Also
    --------
    save_model : Stores the card in the file.

    References
    ----------
    .. [1] M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.persistence import model_card
    >>> model = LogisticRegression(C=0.5).fit([[0.0], [1.0]], ["jazz", "pop"])
    >>> card = model_card(model)
    >>> print("\n".join(card.splitlines()[:4]))
    # Genre classifier: LogisticRegression
    <BLANKLINE>
    It predicts the most probable of 2 genres.
    <BLANKLINE>
    """
    check_is_fitted(model)
    model = open_search(model)
    parts = [(name_of(step), _settings_of(step)) for step in steps_of(model, opened=True)]
    return render(
        "card.html" if as_html else "card.md",
        title=f"Genre classifier: {' → '.join(name for name, _ in parts)}",
        genres=[str(genre) for genre in model.classes_],
        method="predict_proba" if hasattr(model, "predict_proba") else "predict",
        input=input_contract_of(model).describe(),
        parts_of_model=parts,
        trusted=names_of_users(model),
        training=_describe_training(model),
        meaning=_MEANING,
        not_recorded=_NOT_RECORDED,
        versions=", ".join(f"{package} {number}" for package, number in package_versions().items()),
    )


def name_of(model: Any) -> str:
    """Return the name of the last step of a model, with those of the different models in it."""
    part = steps_of(model, opened=True)[-1]
    inner = [part.feature] if hasattr(part, "feature") else members_of(part)
    parts = [", ".join(map(name_of, steps_of(model, opened=True))) for model in inner]
    return type(part).__name__ + (f"({', '.join(dict.fromkeys(parts))})" if parts else "")


def _settings_of(step: Any) -> list[str]:
    """Return the parameters that differ from the defaults, nested ones too."""
    found = []
    estimators = {"": step}
    estimators |= {
        f"{name}__": value
        for name, value in step.get_params(deep=True).items()
        if isinstance(value, BaseEstimator) and not isinstance(value, Pipeline)
    }
    for prefix, estimator in estimators.items():
        for name, value in _changed(estimator).items():
            if not _holds_estimators(value):
                found.append(f"{prefix}{name}={_show(value)}")
    return found


def _show(value: Any) -> str:
    if hasattr(value, "__qualname__"):  # the text of a function has its address
        return f"{value.__module__}.{value.__qualname__}"
    return " ".join(repr(value).split())


def _changed(estimator: Any) -> dict[str, Any]:
    import inspect

    defaults = inspect.signature(type(estimator).__init__).parameters
    return {
        name: value
        for name, value in estimator.get_params(deep=False).items()
        if name not in ("memory", "verbose", "n_jobs")
        and repr(value) != repr(defaults[name].default if name in defaults else None)
    }


def _holds_estimators(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_estimators(item) for item in value)
    return isinstance(value, BaseEstimator)


def _describe_training(model: Any) -> str:
    """Describe the training of a network from its history."""
    found = (getattr(part, "_history", None) for part in last_models(model))
    history = next(filter(None, found), None)
    if history is None:
        return ""
    lines = [f"{len(history['epoch'])} epochs in {history['seconds'].sum():.0f} s."]
    names = {"train": "training clips", "valid": "clips set aside by early stopping"}
    for part, words in names.items():
        if f"{part}_loss" in history:
            best = int(history[f"{part}_loss"].argmin())
            lines.append(
                f"Lowest loss on {words}: {history[f'{part}_loss'][best]:.3f} in epoch "
                f"{int(history['epoch'][best])}, with an accuracy of "
                f"{history[f'{part}_accuracy'][best]:.2f}."
            )
    return " ".join(lines)
