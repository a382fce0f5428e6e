"""Model cards: descriptions of a model in Markdown or HTML."""

import re
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._pipelines import (
    genres_of_model,
    last_models,
    members_of,
    open_search,
    steps_of,
    takes_several_genres,
)
from .._public import public
from .._templates import render
from ._contract import input_contract_of
from ._evaluation import check_evaluation, describe_scores
from ._parts import names_of_users
from ._versions import package_versions

_MEANING = (
    "Each clip gets one of these genres: other music, and sounds that are no music, get the most "
    "probable one, too. Probabilities say how sure the model is after its training clips, not how "
    "often it is right on other music."
)
_SEVERAL_MEANING = (
    "Each genre has a probability of its own, so they don't sum to 1, and a clip may get several "
    "genres or none. Other music, and sounds that are no music, may get some, too. Probabilities "
    "say how sure the model is after its training clips, not how often it is right on other music."
)
_NOT_RECORDED = (
    "Not recorded in the model. State here what clips it was fitted on, and how it was tested on "
    "others."
)
NO_EVALUATION = "No evaluation was stored with this model: its accuracy on other clips is unknown."
# Of paths, and of addresses of objects in memory.
_PRIVATE = re.compile(r"[/\\]|\bat 0x")


@public
def model_card(
    model: Any, *, as_html: bool = False, evaluation: dict[str, Any] | None = None
) -> str:
    r"""Describe a fitted model in Markdown or HTML.

    Parameters
    ----------
    model : classifier or Pipeline
        Fitted.
    as_html : bool, default=False
        Whether to return a self-contained HTML page instead of Markdown.
    evaluation : dict, default=None
        Scores and their protocol, see :func:`save_model`. None leaves a line to fill in.

    Returns
    -------
    str
        Sections on use, input, genres, the model's parts with their non-default parameters,
        training, the meaning of its output, evaluation, and versions.

    Raises
    ------
    NotFittedError
        When the model is not fitted.
    TypeError, ValueError
        When `evaluation` has other contents.

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
    if evaluation is not None:
        evaluation = check_evaluation(evaluation, "model_card: evaluation")
    return render_card(model, as_html=as_html, evaluation=evaluation)


def render_card(
    model: Any, *, as_html: bool, evaluation: dict[str, Any] | None, is_public: bool = False
) -> str:
    """Return the card; one for strangers has no paths, versions or advice for its author."""
    check_is_fitted(model)
    model = open_search(model)
    is_several = takes_several_genres(model)
    parts = [(name_of(step), _settings_of(step)) for step in steps_of(model, opened=True)]
    if is_public:
        parts = [(name, [_hide_location(setting) for setting in found]) for name, found in parts]
    return render(
        "card.html" if as_html else "card.md",
        title=f"Genre classifier: {' → '.join(name for name, _ in parts)}",
        genres=[str(genre) for genre in genres_of_model(model)],
        is_several=is_several,
        thresholds=_describe_thresholds(model),
        method="predict_proba" if hasattr(model, "predict_proba") else "predict",
        input=input_contract_of(model).describe(),
        parts_of_model=parts,
        trusted=names_of_users(model),
        training=_describe_training(model, is_several),
        meaning=_SEVERAL_MEANING if is_several else _MEANING,
        scores=[] if evaluation is None else describe_scores(evaluation),
        protocol="" if evaluation is None else evaluation["protocol"],
        not_recorded=NO_EVALUATION if is_public else _NOT_RECORDED,
        is_public=is_public,
        versions=", ".join(f"{package} {number}" for package, number in package_versions().items()),
    )


def _describe_thresholds(model: Any) -> str:
    """Return the probabilities above which a clip has the genres, if it may have several."""
    found = getattr(steps_of(model, opened=True)[-1], "thresholds_", None)
    if found is None:
        return ""
    texts = [f"{threshold:.3g}" for threshold in found]
    if len(set(texts)) == 1:
        return f"all genres {texts[0]}"
    genres = genres_of_model(model)
    return ", ".join(f"{genre} {text}" for genre, text in zip(genres, texts, strict=True))


def name_of(model: Any) -> str:
    """Return the name of the last step of a model, with those of the different models in it."""
    part = steps_of(model, opened=True)[-1]
    inner = [part.feature] if hasattr(part, "feature") else members_of(part)
    parts = [", ".join(map(name_of, steps_of(model, opened=True))) for model in inner]
    return type(part).__name__ + (f"({', '.join(dict.fromkeys(parts))})" if parts else "")


def _hide_location(setting: str) -> str:
    """Return a setting without its value if that contains a path or an address."""
    name, _, value = setting.partition("=")
    return f"{name}=…" if _PRIVATE.search(value) else setting


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


def _describe_training(model: Any, is_several: bool) -> str:
    """Describe the training of a network from its history."""
    accuracy = "accuracy over all clips and genres" if is_several else "accuracy"
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
                f"{int(history['epoch'][best])}, with an {accuracy} of "
                f"{history[f'{part}_accuracy'][best]:.2f}."
            )
    return " ".join(lines)
