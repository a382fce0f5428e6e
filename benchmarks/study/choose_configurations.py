"""The type of a question's configurations."""

from collections.abc import Callable

from sklearn.base import BaseEstimator

Configurations = dict[str, Callable[[float | None], BaseEstimator]]
