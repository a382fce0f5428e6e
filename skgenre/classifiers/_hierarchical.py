"""Clips of several genres that form a tree."""

import inspect
import warnings
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, _fit_context, clone
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._genre_hierarchy import (
    check_hierarchy,
    find_edges,
    join_names,
    lower_parents,
    raise_parents,
)
from .._genre_matrix import as_genre_matrix, is_multilabel
from .._labels import check_labels
from .._public import public
from .._several_genres import (
    SeveralGenresMixin,
    check_takes_several,
    check_threshold,
    forget_several_genres,
    form_of,
    give_form,
    join_probabilities,
    read_target,
    refuse_threshold,
    spread_threshold,
)
from ..exceptions import SkgenreWarning


def _has_probabilities(self: Any) -> bool:
    return hasattr(vars(self).get("estimator_", self.estimator), "predict_proba")


@public
class HierarchicalGenreClassifier(SeveralGenresMixin, MetaEstimatorMixin, BaseEstimator):
    """Keep the predictions of several genres per clip to a tree of genres.

    A clip of a genre has the genre's parent, too, and its parent. `fit` adds the parents that `y`
    lacks, with a warning: :func:`~skgenre.datasets.genre_matrix` adds them before the split. A
    parent's probability is at least that of each child, and `predict` names the parents of every
    genre that it names.

    Parameters
    ----------
    estimator : classifier
        Classifier of several genres per clip, with ``predict_proba``: a network,
        :class:`XGBGenreClassifier`, :class:`SegmentVotingClassifier` of one, or one of
        scikit-learn's.
    hierarchy : dict, default=None
        The parent of each genre that has one, ``{"punk": "rock"}``; a parent of None means none.
        None means no tree: the classifier alone.
    threshold : float or sequence of float, default=None
        Probability above which a clip has a genre: one for all or one for each. None means those of
        the classifier, or 0.5 if it has none. A parent's is lowered to its children's.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    hierarchy_ : dict
        The parent of each genre that has one.
    classes_ : list of ndarray
        ``array([0, 1])`` for each genre. If clips have one genre each, ndarray of shape
        (n_classes,).
    genres_ : ndarray of shape (n_genres,)
        The genres, in the order of the columns, if clips may have several.
    thresholds_ : ndarray of shape (n_genres,)
        Their thresholds, if clips may have several.
    n_features_in_ : int
        That of the classifier, if it has one.
    feature_names_in_ : ndarray of shape (n_features,)
        That of the classifier, if it has them.

    See Also
    --------
    skgenre.metrics.scores_by_level : Scores of each level of the tree.
    skgenre.inspection.GenreConfusionMatrixDisplay : Draws a level, with ``hierarchy=``.

    Notes
    -----
    The largest probability of a genre and of those below it is the genre's: the classifier is
    fitted on all genres at once, and its probabilities are corrected after. Put it around a
    :class:`SegmentVotingClassifier`, not into one, which knows no names.

    References
    ----------
    .. [1] C. N. Silla, A. A. Freitas, "A Survey of Hierarchical Classification across Different
       Application Domains", Data Mining and Knowledge Discovery 22, 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.multiclass import OneVsRestClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.classifiers import HierarchicalGenreClassifier
    >>> X = np.repeat([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], 5, axis=0)
    >>> y = [{"jazz"}] * 5 + [{"rock"}] * 5 + [{"punk", "rock"}] * 5
    >>> logistic = OneVsRestClassifier(LogisticRegression(C=100))
    >>> model = HierarchicalGenreClassifier(logistic, hierarchy={"punk": "rock"}).fit(X, y)
    >>> [sorted(genres) for genres in model.predict(X[::5])]
    [['jazz'], ['rock'], ['punk', 'rock']]
    """

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "hierarchy": [dict, None],
        "threshold": [Interval(Real, 0, 1, closed="both"), "array-like", None],
    }

    classes_: Any
    hierarchy_: dict[Any, Any]

    def __init__(self, estimator: Any, *, hierarchy: Any = None, threshold: Any = None) -> None:
        self.estimator = estimator
        self.hierarchy = hierarchy
        self.threshold = threshold

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit the classifier on the genres and their parents.

        Parameters
        ----------
        X : array-like or list, as the classifier takes it
            The clips.
        y : array-like of shape (n_clips, n_genres), or sequence of sets
            The clips' genres: a matrix of 0 and 1, a DataFrame of it with genres as columns, or
            sets of names. Without `hierarchy`, one genre per clip is taken, too.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.
        groups : array-like of shape (n_clips,), default=None
            Group labels, for a classifier whose ``fit`` takes them.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If the hierarchy has a loop or a genre that is no column of `y`, or the classifier can't
            take several genres, weights or groups that are given.
        """
        name = type(self).__name__
        is_several = is_multilabel(y)
        if is_several:
            y = self._read_several(y)
        else:
            self._check_single(y)
        fit_params = self._fit_params(sample_weight, groups)
        self.estimator_ = clone(self.estimator).fit(X, y, **fit_params)
        if is_several:
            check_consistent_length(y, groups)
            self.thresholds_ = self._make_thresholds()
        elif hasattr(self.estimator_, "classes_"):
            self.classes_ = self.estimator_.classes_
        else:
            raise ValueError(f"{name} needs a classifier. Got {self.estimator!r}.")
        return self

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each genre, a parent's at least that of each child.

        Parameters
        ----------
        X : array-like or list, as the classifier takes it
            The clips.

        Returns
        -------
        ndarray of shape (n_clips, n_genres)
            Probabilities in the order of ``genres_``; of ``classes_`` if clips have one genre.
        """
        check_is_fitted(self)
        found = self.estimator_.predict_proba(X)
        if not hasattr(self, "genres_"):
            return found
        return raise_parents(join_probabilities(found, self.estimator_.classes_), self._edges())

    def predict(self, X: Any) -> Any:
        """Return all genres above their thresholds; with a genre, all its parents.

        Parameters
        ----------
        X : array-like or list, as the classifier takes it
            The clips.

        Returns
        -------
        ndarray of shape (n_clips, n_genres), DataFrame, or list of set
            Genres, as they were given in fit. If clips have one genre, ndarray of shape (n_clips,).
        """
        check_is_fitted(self)
        if not hasattr(self, "genres_"):
            return self.estimator_.predict(X)
        is_above = self.predict_proba(X) > self.thresholds_
        return give_form(is_above, self.genres_, self._target_form)

    @property
    def n_features_in_(self) -> int:
        """Number of features that the classifier was fitted on."""
        return self._fitted_attribute("n_features_in_")

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns that the classifier was fitted on."""
        return self._fitted_attribute("feature_names_in_")

    def _fitted_attribute(self, name: str) -> Any:
        if "estimator_" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no {name} before fit.")
        return getattr(self.estimator_, name)

    def _edges(self) -> list[tuple[int, int]]:
        return find_edges(type(self).__name__, self.hierarchy_, self.genres_)

    def _check_single(self, y: Any) -> None:
        """Refuse a tree where each clip has one genre; forget several of an earlier fit."""
        name = type(self).__name__
        check_labels(name, y)
        if self.hierarchy:
            raise ValueError(
                f"{name} with a hierarchy takes several genres per clip, the parents among them, "
                f"and y has one per clip: give sets, as genre_matrix([{{genre}} for genre in y])."
            )
        if self.threshold is not None:
            refuse_threshold(name, self.threshold)
        forget_several_genres(self)
        self.hierarchy_ = {}

    def _read_several(self, y: Any) -> Any:
        """Return the genres with their parents, and set what is kept of them."""
        name = type(self).__name__
        check_takes_several(name, self.estimator)
        hierarchy = check_hierarchy(name, {} if self.hierarchy is None else self.hierarchy)
        form = form_of(y)
        names = None
        if hierarchy and form in ("sets", "lists"):
            # Parents need no set that names them.
            names = join_names(name, as_genre_matrix(name, y).genres.tolist(), hierarchy)
        matrix, genres = read_target(name, y, names)
        edges = find_edges(name, hierarchy, genres)
        if self.threshold is not None:
            check_threshold(name, self.threshold, genres)
        self.hierarchy_ = hierarchy
        self.genres_ = genres
        self.classes_ = [np.array([0, 1]) for _ in genres]
        self._target_form = form
        given, matrix = matrix, raise_parents(matrix, edges).astype(int)
        if n_lacking := int((matrix > given).any(axis=1).sum()):
            warnings.warn(
                f"{name}: {n_lacking} of {len(given)} clips lack the parent of a genre that they "
                f"have. fit adds it; scores grade the clips as they are given. Complete them "
                f"before the split: skgenre.datasets.genre_matrix(y, hierarchy=hierarchy).",
                SkgenreWarning,
                stacklevel=4,
            )
        if form == "matrix":
            return matrix
        import pandas as pd

        return pd.DataFrame(matrix, columns=genres.tolist())

    def _fit_params(self, sample_weight: Any, groups: Any) -> dict[str, Any]:
        """Return what the classifier's fit gets besides X and y."""
        parameters = inspect.signature(self.estimator.fit).parameters
        given = {"sample_weight": sample_weight, "groups": groups}
        given = {name: value for name, value in given.items() if value is not None}
        for name in given:
            # Groups say what early stopping must not split: without it, there is nothing to do.
            if name == "sample_weight" and name not in parameters:
                raise ValueError(
                    f"{type(self).__name__} got {name}, but the fit of "
                    f"{type(self.estimator).__name__} takes none: use another classifier, or leave "
                    f"{name} out."
                )
        return {name: value for name, value in given.items() if name in parameters}

    def _make_thresholds(self) -> np.ndarray:
        threshold = self.threshold
        if threshold is None:
            threshold = getattr(self.estimator_, "thresholds_", 0.5)
        return lower_parents(spread_threshold(threshold, self.genres_), self._edges())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        if inner.classifier_tags is not None:
            tags.classifier_tags = inner.classifier_tags
        return tags
