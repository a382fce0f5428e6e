"""Select and run the checks that apply to an estimator."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sklearn.base import BaseEstimator, is_classifier

from .._public import public
from ._classifier_checks import (
    check_device_round_trip,
    check_labels_round_trip,
    check_no_segment_leak,
)
from ._estimator_checks import (
    check_no_side_effects,
    check_pickle_round_trip,
    check_rows_are_clips,
)
from ._transformer_checks import check_batch_independence, check_input_forms_agree

Check = Callable[[BaseEstimator], None]


@public
def estimator_checks(estimator: BaseEstimator) -> Iterator[tuple[BaseEstimator, Check]]:
    """Yield the checks that apply to an estimator.

    Parameters
    ----------
    estimator : estimator
        A transformer of clips or feature maps, or a classifier.

    Yields
    ------
    (estimator, check)
        ``check(estimator)`` raises AssertionError if the check fails.

    Examples
    --------
    >>> from skgenre.features import MFCC
    >>> from skgenre.testing import estimator_checks
    >>> [check.__name__ for _, check in estimator_checks(MFCC())][:2]
    ['check_rows_are_clips', 'check_no_side_effects']
    """
    checks: list[Check] = [check_rows_are_clips, check_no_side_effects, check_pickle_round_trip]
    if is_classifier(estimator):
        checks += [check_labels_round_trip, check_no_segment_leak, check_device_round_trip]
    elif hasattr(estimator, "transform"):  # A network's features differ in the last bits.
        checks += [check_batch_independence, check_input_forms_agree]
    for check in checks:
        yield estimator, check


@public
def check_estimator(estimator: BaseEstimator) -> None:
    """Run all checks that apply to an estimator.

    Parameters
    ----------
    estimator : estimator
        A transformer of clips or feature maps, or a classifier.

    Raises
    ------
    AssertionError
        From the first check that fails.

    Examples
    --------
    >>> from skgenre.features import ChromaFeatures
    >>> from skgenre.testing import check_estimator
    >>> check_estimator(ChromaFeatures())
    """
    for candidate, check in estimator_checks(estimator):
        check(candidate)


@public
def parametrize_with_checks(estimators: Sequence[BaseEstimator]) -> Any:
    """Parametrize a pytest function with (estimator, check) pairs, like scikit-learn's function.

    Parameters
    ----------
    estimators : sequence of estimators
        Estimators to check.

    Returns
    -------
    pytest.MarkDecorator
        For a test function with the arguments `estimator` and `check`.

    Examples
    --------
    >>> from skgenre.features import MFCC
    >>> from skgenre.testing import parametrize_with_checks
    >>> @parametrize_with_checks([MFCC()])
    ... def test_music(estimator, check):
    ...     check(estimator)
    """
    import pytest

    pairs = [pair for estimator in estimators for pair in estimator_checks(estimator)]
    return pytest.mark.parametrize(
        ("estimator", "check"),
        pairs,
        ids=[f"{type(estimator).__name__}-{check.__name__}" for estimator, check in pairs],
    )
