"""The type of a question's configurations."""

from collections.abc import Callable

from sklearn.base import BaseEstimator

# Each makes an estimator of maps in dB with so many frames a second.
Configurations = dict[str, Callable[[float], BaseEstimator]]
