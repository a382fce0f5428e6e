"""Number of bands of maps, which estimators are fitted on."""

from sklearn.base import BaseEstimator

from .exceptions import ShapeMismatchError


def record_bands(estimator: BaseEstimator, n_bands: int, *, reset: bool) -> None:
    """Set the number of bands that an estimator is fitted on, or refuse another one."""
    if reset:
        estimator.n_features_in_ = n_bands
    elif getattr(estimator, "n_features_in_", n_bands) != n_bands:
        raise ShapeMismatchError(
            f"{type(estimator).__name__} was fitted on maps with {estimator.n_features_in_} bands, "
            f"got {n_bands}: did a parameter of the feature before it change?"
        )
