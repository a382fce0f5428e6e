"""The scores of a comparison: resolved once, and tried before anything is fitted."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, check_scoring, get_scorer

from ._folds import Fold


class Scoring:
    """Several scores of a fitted pipeline, by their names.

    Parameters
    ----------
    scorers : dict of str -> callable or callable
        Functions of (model, X, y), each of which gives a number; or one function, which gives a
        number, the ``score``, or a dict of them.
    """

    def __init__(self, scorers: dict[str, Callable[..., float]] | Callable[..., Any]) -> None:
        self.scorers = scorers

    def __call__(self, model: Any, X: Any, y: np.ndarray) -> dict[str, float]:
        """Score a model."""
        if callable(self.scorers):
            values = self.scorers(model, X, y)
            values = values if isinstance(values, Mapping) else {"score": values}
        else:
            values = check_scoring(model, scoring=self.scorers)(model, X, y)
        return {str(name): float(value) for name, value in values.items()}

    @property
    def accuracies(self) -> list[str]:
        """Names of the scores that are the share of clips that are right."""
        return [
            name
            for name, scorer in self._by_name().items()
            if getattr(scorer, "_score_func", None) is accuracy_score
            and not getattr(scorer, "_kwargs", None)
        ]

    def without(self, names: Iterable[str]) -> "Scoring | None":
        """Return the other scores, None when there are none."""
        if callable(self.scorers):
            return self
        rest = {name: scorer for name, scorer in self.scorers.items() if name not in set(names)}
        return Scoring(rest) if rest else None

    def check(
        self,
        pipelines: Mapping[str, BaseEstimator],
        y: np.ndarray,
        folds: list[Fold],
    ) -> None:
        """Refuse scores that a pipeline can't give, or that these genres can't have."""
        for name, scorer in self._by_name().items():
            methods = getattr(scorer, "_response_method", None)
            if methods is None or methods == "default":
                continue  # of the user's own: nobody knows what it needs
            _check_methods(name, methods, pipelines)
            for number, fold in enumerate(folds):
                _try(name, scorer, y, number, fold)

    def _by_name(self) -> dict[str, Callable[..., float]]:
        return {} if callable(self.scorers) else self.scorers


def make_scoring(scoring: Any) -> Scoring:
    """Resolve the `scoring` parameter of ``compare``.

    Parameters
    ----------
    scoring : str, callable, list, tuple or dict
        What scikit-learn takes: one score or several.
    """
    if isinstance(scoring, str):
        scoring = [scoring]
    if callable(scoring):
        return Scoring(scoring)
    if isinstance(scoring, Mapping) and scoring:
        return Scoring({str(name): _resolve(scorer) for name, scorer in scoring.items()})
    is_list = isinstance(scoring, list | tuple | set | frozenset | np.ndarray)
    if not is_list or not len(scoring) or not all(isinstance(name, str) for name in scoring):
        raise ValueError(
            "The 'scoring' parameter of compare must name what is measured, as in 'accuracy' or "
            f"['accuracy', 'f1_macro'], or be a callable or a dict of them. Got {scoring!r} "
            f"instead."
        )
    return Scoring({str(name): _resolve(str(name)) for name in scoring})


def _resolve(scorer: Any) -> Callable[..., float]:
    try:
        return get_scorer(scorer)
    except ValueError as error:
        raise ValueError(f"The 'scoring' parameter of compare is not usable: {error}") from error


def _check_methods(
    score: str, methods: str | tuple[str, ...], pipelines: Mapping[str, BaseEstimator]
) -> None:
    methods = (methods,) if isinstance(methods, str) else tuple(methods)
    lacking = [
        name
        for name, pipeline in pipelines.items()
        if not any(hasattr(pipeline, method) for method in methods)
    ]
    if lacking:
        names = ", ".join(map(repr, lacking))
        raise ValueError(
            f"The score {score!r} needs {' or '.join(methods)}, which {names} "
            f"{'has' if len(lacking) == 1 else 'have'} not. Take a classifier that gives "
            f"probabilities (sklearn.calibration.CalibratedClassifierCV adds them), or a score of "
            f"predictions alone, such as 'accuracy' or 'f1_macro'."
        )


def _try(
    score: str, scorer: Callable[..., float], y: np.ndarray, number: int, fold: Fold
) -> None:
    """Score a classifier that knows the genres and nothing else."""
    train, test = fold
    model = DummyClassifier(strategy="prior").fit(np.zeros((len(train), 1)), y[train])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scorer(model, np.zeros((len(test), 1)), y[test])
    except Exception as error:
        raise ValueError(
            f"The score {score!r} can't be computed on split {number}, whose test part has "
            f"{len(np.unique(y[test]))} of {len(np.unique(y))} genres: {error} Take a score for "
            f"several genres, such as 'f1_macro' or 'roc_auc_ovr', and folds with every genre in "
            f"them."
        ) from error
