"""Mean of the probabilities of several classifiers, for one genre per clip or several."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.ensemble import VotingClassifier
from sklearn.utils._param_validation import Interval
from sklearn.utils.metadata_routing import _raise_for_params
from sklearn.utils.validation import check_is_fitted, column_or_1d

from .._genre_matrix import is_multilabel
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
    takes_several_genres,
)

_NAME = "GenreVotingClassifier"


@public
class GenreVotingClassifier(SeveralGenresMixin, VotingClassifier):
    """Let several classifiers vote, where clips have one genre or several.

    With one genre per clip it is scikit-learn's
    :class:`~sklearn.ensemble.VotingClassifier`, which refuses several.

    Parameters
    ----------
    estimators : list of (str, classifier)
        The classifiers and their names. "drop" in the place of a classifier leaves it out.
    voting : {"soft", "hard"}, default="soft"
        Mean of the probabilities, or share of the classifiers that vote for a genre.
    weights : sequence of float of length n_classifiers, default=None
        Weights of the classifiers. None weighs all the same.
    n_jobs : int, default=None
        Number of processes that fit the classifiers.
    flatten_transform : bool, default=True
        Whether ``transform`` returns the probabilities of all classifiers as columns.
    verbose : bool, default=False
        Whether to print the seconds of each fit.
    threshold : float or sequence of float, default=0.5
        Probability above which a clip has a genre, if `y` has several genres per clip: one for all
        or one for each.

    Attributes
    ----------
    estimators_ : list of classifier
        The fitted classifiers.
    named_estimators_ : Bunch
        The same by name.
    classes_ : ndarray of shape (n_classes,)
        The genres. With several genres per clip, a list of ``array([0, 1])``, one for each genre.
    genres_ : ndarray of shape (n_genres,)
        The genres, in the order of the columns, if clips may have several.
    thresholds_ : ndarray of shape (n_genres,)
        Their thresholds, if clips may have several.
    le_ : LabelEncoder
        Encoder of the genres, if clips have one.
    n_features_in_ : int
        Number of features that the first classifier has seen.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.

    See Also
    --------
    SegmentVotingClassifier : Lets the segments of a clip vote.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skgenre.classifiers import GenreVotingClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 2))
    >>> y = [{name for name, value in zip(["jazz", "funk"], row) if value > 0} for row in X]
    >>> members = [
    ...     ("forest", RandomForestClassifier(random_state=0)),
    ...     ("neighbours", KNeighborsClassifier()),
    ... ]
    >>> model = GenreVotingClassifier(members).fit(X, y)
    >>> model.genres_
    array(['funk', 'jazz'], dtype='<U4')
    >>> model.predict([[1.0, -1.0]])
    [{'jazz'}]
    """

    _parameter_constraints: ClassVar[dict] = {
        **VotingClassifier._parameter_constraints,
        "threshold": [Interval(Real, 0, 1, closed="both"), "array-like"],
    }

    def __init__(
        self,
        estimators: Sequence[tuple[str, Any]],
        *,
        voting: str = "soft",
        weights: Sequence[float] | None = None,
        n_jobs: int | None = None,
        flatten_transform: bool = True,
        verbose: bool = False,
        threshold: Any = 0.5,
    ) -> None:
        super().__init__(
            estimators,
            voting=voting,
            weights=weights,
            n_jobs=n_jobs,
            flatten_transform=flatten_transform,
            verbose=verbose,
        )
        self.threshold = threshold

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, **fit_params: Any) -> Self:
        """Fit the classifiers.

        Parameters
        ----------
        X : array-like
            The clips, as all classifiers take them.
        y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets
            The clips' genres. For several genres per clip a matrix of 0 and 1, a DataFrame of it
            with genres as columns, or sets of names.
        **fit_params : dict
            ``sample_weight``; with scikit-learn's metadata routing, all that the classifiers
            request.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If clips have several genres, and one of the classifiers takes one, or has no
            probabilities for soft voting.
        """
        forget_several_genres(self)
        if not is_multilabel(y):
            refuse_threshold(_NAME, self.threshold)
            check_labels(_NAME, y)
            return super().fit(X, column_or_1d(y, warn=True), **fit_params)
        _raise_for_params(fit_params, self, "fit", allow=["sample_weight"])
        _, members = self._validate_estimators()
        for member in members:
            if member != "drop":
                check_takes_several(_NAME, member, has_votes=self.voting == "hard")
        matrix, genres = read_target(_NAME, y)
        check_threshold(_NAME, self.threshold, genres)
        # The part of a fit that scikit-learn's voting classifiers and regressors share.
        super(VotingClassifier, self).fit(X, matrix.astype(int), **fit_params)
        self.__dict__.pop("le_", None)
        self.genres_ = genres
        self.classes_ = [np.array([0, 1]) for _ in genres]
        self.thresholds_ = spread_threshold(self.threshold, genres)
        self._target_form = form_of(y)
        return self

    def predict(self, X: Any) -> Any:
        """Return the most probable genre, or all genres above their thresholds.

        Parameters
        ----------
        X : array-like
            The clips, as all classifiers take them.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_genres), DataFrame, or list of set
            Genres, as they were given in fit.
        """
        check_is_fitted(self)
        if not hasattr(self, "genres_"):
            return super().predict(X)
        if self.voting == "soft":
            shares = self.predict_proba(X)
        else:
            votes = [np.asarray(member.predict(X)) for member in self.estimators_]
            shares = np.average(votes, axis=0, weights=self._weights_not_none)
        return give_form(shares > self.thresholds_, self.genres_, self._target_form)

    @property
    def n_features_in_(self) -> int:
        """Number of features that the first classifier has seen."""
        return super().n_features_in_

    def _collect_probas(self, X: Any) -> np.ndarray:
        if not hasattr(self, "genres_"):
            return super()._collect_probas(X)
        return np.stack(
            [
                join_probabilities(member.predict_proba(X), member.classes_)
                for member in self.estimators_
            ]
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = all(
            takes_several_genres(member) for _, member in self.estimators if member != "drop"
        )
        return tags
