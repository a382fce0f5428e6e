"""scikit-learn's checks as parameters of a test, named alike in every process."""

import functools
import re
from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks


def parametrize_with_sklearn_checks(estimators: Sequence[BaseEstimator], **options: Any) -> Any:
    """Parametrize a test with scikit-learn's checks.

    scikit-learn prints an estimator for each of its fifty checks, which takes seconds of every
    collection, and names functions by their address, which differs between processes.

    Parameters
    ----------
    estimators : sequence of estimators
        Estimators to check.
    **options
        Keyword arguments of ``sklearn.utils.estimator_checks.parametrize_with_checks``.

    Returns
    -------
    pytest.MarkDecorator
        For a test function with the arguments `estimator` and `check`.
    """
    import pytest

    mark = parametrize_with_checks(estimators, **options)

    @functools.cache
    def name(value: Any) -> str | None:
        return re.sub("at0x[0-9a-f]+", "", mark.kwargs["ids"](value) or "") or None

    return pytest.mark.parametrize(*mark.args, ids=name)


def split_configurations(
    estimators: Sequence[BaseEstimator], slow: Sequence[type[BaseEstimator]] = ()
) -> tuple[list[BaseEstimator], list[BaseEstimator]]:
    """Return the first configuration of each class, and the others, which take minutes more.

    Parameters
    ----------
    estimators : sequence of estimators
        All configurations.
    slow : sequence of type, default=()
        Classes without a configuration among the first ones.
    """
    first: dict[type, BaseEstimator] = {}
    for estimator in estimators:
        if type(estimator) not in slow:
            first.setdefault(type(estimator), estimator)
    kept = set(map(id, first.values()))
    return list(first.values()), [one for one in estimators if id(one) not in kept]
