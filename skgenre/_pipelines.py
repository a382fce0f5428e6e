"""Parts of a model: the steps of pipelines, and the models inside searches and ensembles.

The one place that looks into scikit-learn's meta-estimators, fitted or not.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    is_classifier,
    is_clusterer,
    is_outlier_detector,
    is_regressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline

# Parameters that take one model; its fitted copy has the same name with an underscore.
_INNER = ("estimator", "base_estimator", "classifier", "regressor")


def steps_of(model: Any, *, opened: bool = False) -> list[Any]:
    """Return the steps of a pipeline and of pipelines in it, without those that are skipped.

    Anything else, and a pipeline that skips all steps, is its own single step. `opened` replaces
    fitted searches by their best model and a FrozenEstimator by its content, which must only be
    read then: a frozen part must not be fitted again.
    """
    while opened:
        inner = model.estimator if isinstance(model, FrozenEstimator) else open_search(model)
        if inner is model:
            break
        model = inner
    if not isinstance(model, Pipeline):
        return [model]
    steps = [step for _, step in model.steps if not is_skipped(step)]
    return [part for step in steps for part in steps_of(step, opened=opened)] or [model]


def named_steps_of(pipeline: Pipeline) -> list[tuple[str, Any]]:
    """Return a pipeline's own list of its steps and their names, those that are skipped too."""
    return pipeline.steps


def open_search(model: Any) -> Any:
    """Return the best model of a fitted search, and of a search in it; any other model as it is."""
    while hasattr(model, "best_estimator_"):
        model = model.best_estimator_
    return model


def takes_several_genres(model: Any) -> bool:
    """Tell whether clips of a fitted model may have several genres."""
    return isinstance(getattr(open_search(model), "classes_", None), list)


def genres_of_model(model: Any) -> list[Any]:
    """Return the genres of a fitted model, in the order of the columns of its probabilities.

    Where clips may have several, ``classes_`` is a list of the answers 0 and 1 for each genre; the
    names are in ``genres_`` of the classifiers of this package, else they are numbers.
    """
    model = open_search(model)
    if not takes_several_genres(model):
        return np.asarray(model.classes_).tolist()
    last = steps_of(model, opened=True)[-1]
    genres = getattr(last, "genres_", None)
    return list(range(len(model.classes_))) if genres is None else np.asarray(genres).tolist()


def thresholds_of_model(model: Any) -> np.ndarray | None:
    """Return the threshold of each genre of a fitted model; None if clips have one genre.

    They are in ``thresholds_`` of the classifiers of this package. Others predict a genre that is
    more probable than not.
    """
    model = open_search(model)
    if not takes_several_genres(model):
        return None
    thresholds = getattr(steps_of(model, opened=True)[-1], "thresholds_", None)
    n_genres = len(model.classes_)
    return np.full(n_genres, 0.5) if thresholds is None else np.asarray(thresholds, dtype=float)


def describe_task(model: Any) -> str:
    """Return what a model does, for a message that it is not suitable.

    Such as "a regressor (Ridge), which predicts numbers".
    """
    name = type(steps_of(model, opened=True)[-1]).__name__
    if not isinstance(model, BaseEstimator):
        return f"a {type(model).__name__}"
    if is_classifier(model):
        if not hasattr(open_search(model), "classes_"):
            return f"a classifier that is not fitted ({name})"
        return f"a classifier without probabilities ({name})"
    if is_regressor(model):
        return f"a regressor ({name}), which predicts numbers"
    if is_clusterer(model):
        return f"a clusterer ({name}), whose clusters are no genres"
    if is_outlier_detector(model):
        return f"an outlier detector ({name}), which predicts no genre"
    if hasattr(model, "transform"):
        return f"a transformer ({name}) without a classifier after it"
    return f"a {name}, which predicts no genre"


def members_of(part: Any) -> list[Any]:
    """Return the models inside a search, a wrapper, an ensemble or a union; fitted if it is."""
    if isinstance(part, FrozenEstimator):  # has the attributes of its content, too
        return [part.estimator]
    if isinstance(part, FeatureUnion):
        return _models_in(part.transformer_list)
    if _takes_columns(part):
        return _models_in(getattr(part, "transformers_", part.transformers))
    if hasattr(part, "best_estimator_"):
        return [part.best_estimator_]
    if _has_blocks(part):
        return _models_in(getattr(part, "blocks_", part.blocks))
    if hasattr(part, "calibrated_classifiers_"):
        return [calibrated.estimator for calibrated in part.calibrated_classifiers_]
    # Asked for by parameter: the trees of a forest are no models that anyone put into it.
    params = part.get_params(deep=False) if isinstance(part, BaseEstimator) else {}
    inner = [name for name in _INNER if name in params]
    if hasattr(part, "estimators_") and (inner or "estimators" in params):
        return _models_in(part.estimators_)
    if "estimators" in params:
        return _models_in(params["estimators"])
    return _models_in([getattr(part, f"{name}_", params[name]) for name in inner[:1]])


def is_search(model: Any) -> bool:
    """Tell whether a model, fitted or not, searches parameters of an inner one by cross-validation.

    That it is such a class is told by its parameters: searches of other packages count, too.
    """
    return isinstance(model, BaseEstimator) and {"estimator", "cv", "refit"} <= set(
        model.get_params(deep=False)
    )


def searches_over_rows(model: Any) -> Iterator[Any]:
    """Yield the searches that get the rows of the model, unlike one inside a vote of segments."""
    for step in steps_of(model):
        if is_search(step):
            yield step
            yield from searches_over_rows(step.estimator)


def searches_in(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the searches in a model, each with the names of the parts around it.

    The names are those of scikit-learn's nested parameters: ``svc__``, or nothing for the model
    itself. A fitted search is followed by those in its best model.
    """
    if is_search(model):
        yield prefix, model
        model = getattr(model, "best_estimator_", model.estimator)
        yield from searches_in(model, f"{prefix}estimator__")
    elif isinstance(model, Pipeline | FeatureUnion):
        steps = model.steps if isinstance(model, Pipeline) else model.transformer_list
        for name, step in steps:
            if not is_skipped(step):
                yield from searches_in(step, f"{prefix}{name}__")
    else:
        members = members_of(model)
        names = _names_of_members(model, len(members))
        for name, member in zip(names, members, strict=True):
            yield from searches_in(member, f"{prefix}{name}__")


def _names_of_members(part: Any, n_members: int) -> list[str]:
    params = part.get_params(deep=False) if isinstance(part, BaseEstimator) else {}
    named = params.get("estimators")
    if isinstance(named, list) and all(isinstance(item, tuple) for item in named):
        kept = [str(item[0]) for item in named if not is_skipped(item[1])]
        if len(kept) == n_members:
            return kept
    if n_members == 1:
        return [next((name for name in _INNER if name in params), "estimator")]
    return [str(number) for number in range(n_members)]


def _models_in(members: Any) -> list[Any]:
    """Return the models in a list of models, or of tuples of a name, a model and its columns."""
    if not isinstance(members, list | tuple | np.ndarray):
        return []  # a class of the user may mean something else by the name
    models = [member[1] if isinstance(member, tuple) else member for member in members]
    return [model for model in models if not is_skipped(model)]


def paths_of(model: Any) -> list[list[Any]]:
    """Return every way of X through a model, as the parts in order: the one that reads X is first.

    There is one path per member of a union or an ensemble. A path ends at an estimator that gives
    its inner one other rows than its own, such as a vote of segments.
    """
    steps = steps_of(model)
    if steps[0] is not model:
        paths: list[list[Any]] = [[]]
        for step in steps:
            paths = [before + after for before in paths for after in paths_of(step)]
        return paths
    members = members_of(model) if _passes_x_on(model) else []
    return [path for member in members for path in paths_of(member)] or [[model]]


def last_models(model: Any) -> Iterator[Any]:
    """Yield the last step, then that of the model inside it, and so on, down to an ensemble."""
    members = [model]
    while len(members) == 1:
        last = steps_of(members[0], opened=True)[-1]
        yield last
        members = members_of(last)


def outermost_parts(value: Any, kind: type) -> Iterator[Any]:
    """Yield the estimators of a kind among the parameters of a model, but not those inside them."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, BaseEstimator):
        yield from outermost_parts(value.get_params(deep=False), kind)
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from outermost_parts(part, kind)


def is_skipped(step: Any) -> bool:
    """Tell whether a step of a pipeline or a member of an ensemble is left out."""
    return not hasattr(step, "fit")  # None, "passthrough" or "drop"


def _passes_x_on(part: Any) -> bool:
    """Tell whether the members of a part get the X of the part, and give its result."""
    if isinstance(part, FeatureUnion | FrozenEstimator) or _takes_columns(part):
        return True
    # A selector of columns asks its model in fit alone; a vote of segments gives it segments.
    has_own = hasattr(part, "get_support") or hasattr(part, "predict_proba_segments")
    # Before fit, a StackingClassifier has no predict.
    return not has_own and (
        hasattr(part, "predict") or (isinstance(part, BaseEstimator) and is_classifier(part))
    )


def _has_blocks(part: Any) -> bool:
    """Tell whether a classifier has blocks: transformers, each of which gets its X."""
    return isinstance(part, BaseEstimator) and {"blocks", "base"} <= set(
        part.get_params(deep=False)
    )


def _takes_columns(part: Any) -> bool:
    # Importing it loads all linear models; before that, there is no ColumnTransformer.
    compose = sys.modules.get("sklearn.compose")
    return compose is not None and isinstance(part, compose.ColumnTransformer)
