"""Several scores of one model at once."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sklearn.metrics import check_scoring

from .._public import public
from ._scorer import check_response_method, get_genre_scorer


class GenreScoring:
    """Score a model with several scorers that share one prediction."""

    def __init__(self, scorers: dict[str, Any]) -> None:
        self.scorers = scorers

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the public function that made it: this class and its file may move."""
        return check_genre_scoring, (None, self.scorers)

    def __call__(self, estimator: Any, X: Any, y_true: Any) -> dict[str, float]:
        """Return the scores by name; a scorer that returns a dict adds its entries."""
        values: dict[str, float] = {}
        for name, value in check_scoring(estimator, self.scorers)(estimator, X, y_true).items():
            entries = value if isinstance(value, Mapping) else {name: value}
            repeated = sorted(set(entries) & set(values))
            if repeated:
                raise ValueError(
                    f"Two scores have the name {repeated[0]!r}, one of them from {name!r}: give "
                    f"scoring as a dict with other names."
                )
            values.update(entries)
        return values

    def __repr__(self) -> str:
        return f"GenreScoring({self.scorers!r})"


@public
def check_genre_scoring(estimator: Any, scoring: Any, *, multilabel: bool = False) -> Any:
    """Make one function from any `scoring`, and check that it can score a model.

    Like :func:`sklearn.metrics.check_scoring`, for the names of :func:`get_genre_scorer`; it also
    detects a model without ``predict_proba`` before it is fitted.

    Parameters
    ----------
    estimator : estimator or None
        The model, fitted or not. None checks only the scores.
    scoring : str, callable, list, tuple or dict
        One name or scorer, several names, or a dict of names to names or scorers. A single callable
        is named "score"; one that returns a dict, like ``f1_per_genre``, adds all its entries.
    multilabel : bool, default=False
        Whether clips have several genres, see :func:`get_genre_scorer`.

    Returns
    -------
    callable
        Call it with (estimator, X, y); it returns a dict of names to scores. scikit-learn's tools
        accept it as ``scoring=``.

    Raises
    ------
    ValueError
        When `scoring` is none of these, has an unknown name or one name twice, or with `multilabel`
        that of a score of one genre per clip; or when the model has no ``predict_proba`` and a
        score needs it.

    See Also
    --------
    get_genre_scorer : Returns one scorer.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.metrics import check_genre_scoring
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=500).fit(X, y)
    >>> scoring = check_genre_scoring(model, ["accuracy", "map_at_3", "neg_log_loss"])
    >>> list(scoring(model, X, y))
    ['accuracy', 'map_at_3', 'neg_log_loss']
    """
    scorers = _name_scorers(scoring, multilabel)
    if estimator is not None:
        for name, scorer in scorers.items():
            check_response_method(scorer, estimator, name)
    return GenreScoring(scorers)


def _name_scorers(scoring: Any, multilabel: bool) -> dict[str, Any]:
    find = partial(get_genre_scorer, multilabel=multilabel)
    if isinstance(scoring, str):
        return {scoring: find(scoring)}
    if isinstance(scoring, GenreScoring):
        return scoring.scorers
    if callable(scoring):
        return {"score": scoring}
    if isinstance(scoring, Mapping):
        if scoring and all(isinstance(name, str) for name in scoring):
            return {name: find(scorer) for name, scorer in scoring.items()}
    elif isinstance(scoring, list | tuple):
        names = list(scoring)
        if names and all(isinstance(name, str) for name in names):
            repeated = [name for name in names if names.count(name) > 1]
            if repeated:
                raise ValueError(f"'scoring' names {repeated[0]!r} twice.")
            return {name: find(name) for name in names}
    raise ValueError(
        f"'scoring' must be the name of a score, a list of names, a scorer, or a dict of names to "
        f"scorers, as in 'accuracy' or ['accuracy', 'f1_macro']. Got {scoring!r} instead."
    )
