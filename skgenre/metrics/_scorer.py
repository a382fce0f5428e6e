"""Scorers that hand a score function the genres of the model's columns."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics._scorer import _BaseScorer

from .._public import public
from ._label_columns import refuse_unknown_genres

_MADE = ("_score_func", "_sign", "_kwargs", "_response_method", "_name", "_is_found_by_name")


class GenreScorer(_BaseScorer):
    """Call a score function with ``labels=estimator.classes_``.

    A scorer as scikit-learn's are: it is called with (estimator, X, y), it may be pickled, several
    of them share one prediction, and metadata are routed.
    """

    def __init__(
        self,
        score_func: Callable,
        sign: int,
        kwargs: dict[str, Any],
        response_method: str,
        name: str | None = None,
    ) -> None:
        super().__init__(score_func, sign, kwargs, response_method)
        self._name = score_func.__name__ if name is None else name
        self._is_found_by_name = name is not None

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the public function that made the scorer: this class and its file may move."""
        if self._is_found_by_name:
            from ._scorer_names import get_genre_scorer

            make: tuple[Any, tuple[Any, ...]] = (get_genre_scorer, (self._name,))
        else:
            options = {"response_method": self._response_method} | self._kwargs
            maker = partial(make_genre_scorer, greater_is_better=self._sign > 0, **options)
            make = (maker, (self._score_func,))
        # What scikit-learn adds later, such as requests of metadata.
        added = {name: value for name, value in vars(self).items() if name not in _MADE}
        return (*make, added) if added else make

    def _score(
        self, method_caller: Callable, estimator: Any, X: Any, y_true: Any, **kwargs: Any
    ) -> Any:
        check_response_method(self, estimator, self._name)
        labels = np.asarray(estimator.classes_)
        refuse_unknown_genres(self._name, y_true, labels)
        y_pred = method_caller(estimator, self._response_method, X)
        if self._response_method == "predict_proba":
            y_pred = np.asarray(y_pred)
            if y_pred.ndim == 1:
                # Of two genres scikit-learn hands over the second one's column alone.
                y_pred = np.stack([1 - y_pred, y_pred], axis=1)
            _refuse_nan(self._name, estimator, y_pred)
        score = self._score_func(y_true, y_pred, labels=labels, **{**self._kwargs, **kwargs})
        return score if isinstance(score, dict) else self._sign * score

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value!r}" for key, value in self._kwargs.items())
        return (
            f"make_genre_scorer({self._score_func.__name__}"
            f"{'' if self._sign > 0 else ', greater_is_better=False'}"
            f", response_method={self._response_method!r}{settings})"
        )


@public
def make_genre_scorer(
    score_func: Callable,
    *,
    response_method: str = "predict_proba",
    greater_is_better: bool = True,
    **kwargs: Any,
) -> Any:
    """Make a scorer of a score function that takes `labels`.

    The function is called with ``labels=estimator.classes_``: a fold in which a genre has no clip
    is scored like any other. :func:`sklearn.metrics.make_scorer` can't do that, since its
    functions know of no model.

    Parameters
    ----------
    score_func : callable
        Called as ``score_func(y_true, y_pred, labels=classes, **kwargs)``; `y_pred` has a column
        for each of the classes, or with ``response_method="predict"`` one genre a clip.
    response_method : {"predict_proba", "predict"}, default="predict_proba"
        What the model is asked for.
    greater_is_better : bool, default=True
        False for losses: the scorer returns their negative.
    **kwargs : dict
        Further arguments of the function.

    Returns
    -------
    callable
        A scorer, to be called with (estimator, X, y), and to be given to ``scoring=``.

    Raises
    ------
    ValueError
        For another `response_method`. The scorer itself raises it for a model without
        ``predict_proba``, for NaN among the probabilities, and for genres that the model was not
        trained on.

    See Also
    --------
    get_genre_scorer : Scorers by name.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from skgenre.metrics import calibration_error_score, make_genre_scorer
    >>> scorer = make_genre_scorer(calibration_error_score, greater_is_better=False, n_bins=5)
    >>> model = DummyClassifier().fit(np.zeros((3, 1)), ["jazz", "rock", "rock"])
    >>> round(scorer(model, np.zeros((2, 1)), ["rock", "rock"]), 3)
    -0.333
    """
    if response_method not in ("predict_proba", "predict"):
        raise ValueError(
            f"The 'response_method' parameter of make_genre_scorer must be 'predict_proba' or "
            f"'predict'. Got {response_method!r} instead."
        )
    return GenreScorer(score_func, 1 if greater_is_better else -1, kwargs, response_method)


def check_response_method(scorer: Any, estimator: Any, name: str) -> None:
    """Refuse a model, fitted or not, that can't give what a scorer asks for.

    Parameters
    ----------
    scorer : callable
        One of this package's or scikit-learn's; of any other nothing is known.
    estimator : estimator
        The model.
    name : str
        Of the score, for the error.
    """
    wanted = getattr(scorer, "_response_method", None)
    if wanted is None:
        return
    methods = [wanted] if isinstance(wanted, str) else list(wanted)
    if any(hasattr(estimator, method) for method in methods):
        return
    message = f"The score {name!r} needs {' or '.join(methods)}, and {_name_of(estimator)} has none"
    if "predict_proba" in methods:
        message += (
            ": take a classifier that gives probabilities, wrap this one in "
            "sklearn.calibration.CalibratedClassifierCV, or use a score that needs none, such as "
            "'accuracy' or 'f1_macro'"
        )
    raise ValueError(f"{message}.")


def _name_of(estimator: Any) -> str:
    """Name an estimator, and the last step of a pipeline with it."""
    name = type(estimator).__name__
    steps = getattr(estimator, "steps", None)
    return f"{name} that ends in {type(steps[-1][1]).__name__}" if steps else name


def _refuse_nan(name: str, estimator: Any, y_prob: np.ndarray) -> None:
    bad = np.flatnonzero(~np.isfinite(y_prob).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{name}: predict_proba of {_name_of(estimator)} gives NaN or infinite values for "
            f"{bad.size} of {len(y_prob)} clips, the first is clip {bad[0]}. Did training "
            f"diverge? Try a smaller learning rate."
        )
