"""Settings that a comparison applies to its clones of the pipelines before fitting."""

import copy
import inspect
import warnings
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from sklearn.base import (
    BaseEstimator,
    clone,
    is_clusterer,
    is_outlier_detector,
    is_regressor,
)
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import get_routing_for_object

from ..._pipelines import describe_task, outermost_parts, paths_of, steps_of
from ..._seeds import draw_seed
from ..._shown_text import to_unicode
from ...exceptions import PipelineWarning
from ...features import AudioTransformer


def check_pipelines(pipelines: Any) -> None:
    """Refuse pipelines that are no dict of estimators by name."""
    if not isinstance(pipelines, Mapping) or not pipelines:
        raise TypeError(
            "The 'pipelines' parameter of compare must be a dict of names to estimators, as in "
            f'{{"cnn": cnn, "xgb": xgb}}. Got {pipelines!r} instead.'
        )
    for name, pipeline in pipelines.items():
        if not isinstance(name, str):
            raise TypeError(f"The names of pipelines must be strings. Got {name!r} instead.")
        if to_unicode(name) != name:
            raise ValueError(
                f"compare needs names of pipelines that can be written as UTF-8. Got {name!r}: "
                f"rename it, or the file or folder that it is from."
            )
        if isinstance(pipeline, type) or not (
            hasattr(pipeline, "fit") and hasattr(pipeline, "predict")
        ):
            raise TypeError(
                f"The pipeline {name!r} must be an estimator with fit and predict. "
                f"Got {pipeline!r} instead."
            )
        is_other = isinstance(pipeline, BaseEstimator) and (
            is_regressor(pipeline) or is_clusterer(pipeline) or is_outlier_detector(pipeline)
        )
        if is_other:
            raise ValueError(
                f"compare needs classifiers, but the pipeline {name!r} is "
                f"{describe_task(pipeline)}. Replace its last step by a classifier, or leave it "
                f"out."
            )


def prepare(pipeline: BaseEstimator, memory: str, seed: int | None) -> BaseEstimator:
    """Return a clone with a cache and seeds."""
    prepared = clone(pipeline)
    fill_memory(prepared, memory)
    if seed is not None:
        fill_random_states(prepared, seed)
    return prepared


def fill_random_states(estimator: BaseEstimator, seed: int) -> None:
    """Set every nested ``random_state`` that is None to its own integer, drawn from `seed`.

    That of the inner splitters of searches, too.
    """
    rng = check_random_state(seed)
    params = sorted(estimator.get_params(deep=True).items())
    unset: dict[str, Any] = {
        name: draw_seed(rng)
        for name, value in params
        if (name == "random_state" or name.endswith("__random_state")) and value is None
    }
    for name, value in params:
        if (name == "cv" or name.endswith("__cv")) and _lacks_seed(value):
            unset[name] = copy.copy(value)
            unset[name].random_state = draw_seed(rng)
    if unset:
        estimator.set_params(**unset)


def _lacks_seed(splitter: Any) -> bool:
    is_splitter = hasattr(splitter, "split") and hasattr(splitter, "random_state")
    # Folds that aren't shuffled take no seed.
    return is_splitter and splitter.random_state is None and getattr(splitter, "shuffle", True)


def fill_memory(estimator: BaseEstimator, memory: str) -> None:
    """Set `memory` on every outermost audio transformer without its own cache."""
    for transformer in outermost_parts(estimator, AudioTransformer):
        if transformer.get_params(deep=False).get("memory") is None:
            transformer.set_params(memory=memory)


def request_groups(estimator: BaseEstimator) -> bool:
    """Request `groups` for all parts whose ``fit`` takes them, unless a request is already set.

    Call this, and the fit that follows, with metadata routing enabled.

    Returns
    -------
    bool
        Whether ``estimator.fit`` can be given `groups`.
    """
    params = estimator.get_params(deep=True)
    parts = [estimator, *params.values()]
    for name, value in params.items():
        if name.endswith(("param_grid", "param_distributions")):
            parts += _candidates_in(value)
    for part in parts:
        if not (isinstance(part, BaseEstimator) and hasattr(part, "set_fit_request")):
            continue
        takes_groups = "groups" in inspect.signature(part.fit).parameters
        if takes_groups and part.get_metadata_routing().fit.requests.get("groups") is None:
            part.set_fit_request(groups=True)
    return bool(get_routing_for_object(estimator).consumes("fit", ["groups"]))


def _candidates_in(grid: Any) -> list[Any]:
    """Return the estimators among the values of a search, and their parts."""
    found = []
    for values in grid.values() if isinstance(grid, dict) else []:
        for value in values if isinstance(values, list | tuple) else []:
            if isinstance(value, BaseEstimator) and not isinstance(value, type):
                found += [value, *value.get_params(deep=True).values()]
    for part in grid if isinstance(grid, list | tuple) else []:
        found += _candidates_in(part)
    return found


def warn_of_standardized_covariances(name: str, pipeline: BaseEstimator) -> None:
    """Warn if the columns of a BandCovariance are standardized, which costs accuracy."""
    where = next(_standardized_covariances(pipeline), None)
    if where is not None:
        warnings.warn(
            f"The pipeline {name!r} standardizes the columns of BandCovariance{where}, which cost "
            f"5 points of accuracy on GTZAN: columns far from the diagonal, mostly noise, then "
            f"count as much as the others.",
            PipelineWarning,
            stacklevel=3,
        )


def _standardized_covariances(pipeline: BaseEstimator) -> Iterator[str]:
    from sklearn.preprocessing import StandardScaler

    from ...classifiers import BlockKernelClassifier
    from ...classifiers._kernel_blocks import is_standardized
    from ...features import BandCovariance

    for path in paths_of(pipeline):
        for part, following in pairwise(_without_pooling(path)):
            if isinstance(part, BandCovariance) and isinstance(following, StandardScaler):
                yield ": leave out the StandardScaler after it"
    for model in outermost_parts(pipeline, BlockKernelClassifier):
        for block, part in model.blocks or []:
            last = _without_pooling(steps_of(part))[-1:]
            if last and isinstance(last[0], BandCovariance) and is_standardized(model, block):
                yield f": leave the block {block!r} out of 'standardize'"


def _without_pooling(parts: list[Any]) -> list[Any]:
    from ...features import SegmentPooling

    # Means of segments have the columns of the segments.
    return [part for part in parts if not isinstance(part, SegmentPooling)]
