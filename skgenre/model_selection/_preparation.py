"""Settings that a comparison applies to its clones of the pipelines before fitting."""

import inspect

from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import get_routing_for_object

from .._pipelines import outermost_parts
from .._seeds import draw_seed
from ..features import AudioTransformer


def fill_random_states(estimator: BaseEstimator, seed: int) -> None:
    """Set every nested ``random_state`` that is None to its own integer, drawn from `seed`."""
    rng = check_random_state(seed)
    unset = {
        name: draw_seed(rng)
        for name, value in sorted(estimator.get_params(deep=True).items())
        if (name == "random_state" or name.endswith("__random_state")) and value is None
    }
    if unset:
        estimator.set_params(**unset)


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
    parts = [estimator, *estimator.get_params(deep=True).values()]
    for part in parts:
        if not (isinstance(part, BaseEstimator) and hasattr(part, "set_fit_request")):
            continue
        takes_groups = "groups" in inspect.signature(part.fit).parameters
        if takes_groups and part.get_metadata_routing().fit.requests.get("groups") is None:
            part.set_fit_request(groups=True)
    return bool(get_routing_for_object(estimator).consumes("fit", ["groups"]))
