"""Learn from segments, predict clips."""

import inspect
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, _fit_context, clone
from sklearn.utils import check_array, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from .._genre_matrix import is_multilabel
from .._half_precision import check_finite_half, is_half
from .._labels import check_labels, check_two_classes
from .._public import public
from .._ragged import is_list_of_segments, is_ragged
from .._refused_paths import refuse_paths
from .._several_genres import (
    SeveralGenresMixin,
    check_takes_several,
    check_threshold,
    choose_thresholds,
    forget_several_genres,
    form_of,
    give_form,
    join_probabilities,
    read_target,
    refuse_threshold,
    spread_threshold,
    takes_several_genres,
)
from .._stored_rows import StoredRows, read_if_small
from .._stored_segments import StoredSegments
from ..exceptions import ShapeMismatchError
from ._raw_input import lists_to_array


@public
class SegmentVotingClassifier(SeveralGenresMixin, MetaEstimatorMixin, BaseEstimator):
    """Fit a classifier on the segments of clips, and let the segments of a clip vote.

    The segments are an axis of X, so a split never separates those of one clip. Each clip has the
    same weight, however many segments it has.

    Parameters
    ----------
    estimator : classifier
        Classifier of segments: a network, or a classifier of tables. Segments of a single frame
        reach it as a table.
    voting : {"soft", "hard"}, default="soft"
        Mean of the segments' probabilities, or share of the segments that vote for a genre.
    threshold : float, sequence of float or "f1", default=0.5
        Probability above which a clip has a genre, if `y` has several genres per clip: one for all
        or one for each. "f1" chooses each genre's for the highest F1 score of the clips that the
        classifier, a network with ``early_stopping=True``, sets aside.

    Attributes
    ----------
    estimator_ : classifier
        The classifier fitted on segments.
    classes_ : ndarray of shape (n_classes,)
        The genres. With several genres per clip, a list of ``array([0, 1])``, one for each genre.
    genres_ : ndarray of shape (n_genres,)
        The genres, in the order of the columns, if clips may have several.
    thresholds_ : ndarray of shape (n_genres,)
        Their thresholds, if clips may have several.
    n_features_in_ : int
        Number of bands, or of columns of a table.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.

    See Also
    --------
    skgenre.features.Segmenter : Makes the segments.

    Notes
    -----
    X has the shape (n_clips, n_segments, n_bands, n_frames), or is a 1-D object array or a list of
    (n_segments, n_bands, n_frames); nested lists of numbers are taken, too. Maps and tables of two
    or three axes are clips of one segment. A network reads a
    :class:`~skgenre.stores.FeatureStore` that is larger than its `max_in_memory` a part at a time.

    A segment's weight is its clip's over the clip's number of segments, times the mean number: 1
    where clips do not differ. It is passed on where they do. If the classifier's ``fit`` takes
    `groups`, it gets the clip of each segment, or the clips' groups, for its own early stopping.

    References
    ----------
    .. [1] J. Bergstra et al., "Aggregate Features and AdaBoost for Music Classification", Machine
       Learning 65, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.classifiers import SegmentVotingClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["blues", "metal"], 10)
    >>> segments = rng.normal(size=(20, 5, 3, 1)) + (y == "metal")[:, None, None, None]
    >>> model = SegmentVotingClassifier(LogisticRegression()).fit(segments, y)
    >>> model.predict_proba(segments).shape, model.predict_proba_segments(segments).shape
    ((20, 2), (20, 5, 2))
    """

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "voting": [StrOptions({"soft", "hard"})],
        "threshold": [Interval(Real, 0, 1, closed="both"), StrOptions({"f1"}), "array-like"],
    }

    def __init__(self, estimator: Any, *, voting: str = "soft", threshold: Any = 0.5) -> None:
        self.estimator = estimator
        self.voting = voting
        self.threshold = threshold

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit the classifier on all segments.

        Parameters
        ----------
        X : ndarray of shape (n_clips, n_segments, n_bands, n_frames), or as in the notes
            Segments of clips.
        y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets
            The clips' genres. For several genres per clip a matrix of 0 and 1, a DataFrame of it
            with genres as columns, or sets of names.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.
        groups : array-like of shape (n_clips,), default=None
            Group labels; the classifier never splits a group between training and validation. None
            makes each clip a group.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If weights, or several genres per clip, are given that the classifier can't take.
        """
        if self.voting == "soft" and not hasattr(self.estimator, "predict_proba"):
            raise ValueError(
                f"SegmentVotingClassifier with voting='soft' needs a classifier with "
                f"predict_proba, and {type(self.estimator).__name__} has none: use voting='hard'."
            )
        is_several = is_multilabel(y)
        if not is_several:
            check_labels("SegmentVotingClassifier", y)
        segments, counts = self._check_segments(X, reset=True)
        y = self._check_several(y) if is_several else self._check_genres(y)
        check_consistent_length(counts, y, groups)
        clips = np.repeat(np.arange(len(counts)), counts)
        parameters = inspect.signature(self.estimator.fit).parameters
        fit_params = {}
        takes_weights = "sample_weight" in parameters
        if sample_weight is not None and not takes_weights:
            raise ValueError(
                f"SegmentVotingClassifier got sample_weight, but the fit of "
                f"{type(self.estimator).__name__} takes none: use another classifier, or leave "
                f"the weights out."
            )
        if takes_weights and (sample_weight is not None or counts.min() < counts.max()):
            weight = _check_sample_weight(
                sample_weight, counts, dtype=np.float64, ensure_non_negative=True
            )
            # Without sample weights the mean is 1.
            fit_params["sample_weight"] = (weight / counts * counts.mean())[clips]
        if "groups" in parameters:
            fit_params["groups"] = clips if groups is None else np.asarray(groups)[clips]
        self.estimator_ = clone(self.estimator).fit(segments, y[clips], **fit_params)
        if is_several:
            self._set_thresholds(X, y, clips)
        else:
            self.classes_ = self.estimator_.classes_
        return self

    def predict_proba_segments(self, X: Any) -> np.ndarray:
        """Return the probabilities of each segment, for a timeline.

        Parameters
        ----------
        X : ndarray of shape (n_clips, n_segments, n_bands, n_frames), or as in the notes
            Segments of clips.

        Returns
        -------
        ndarray of shape (n_clips, n_segments, n_classes)
            Probabilities in the order of ``classes_``, or of ``genres_`` if clips may have several;
            where clips have different numbers of
            segments, a 1-D object array of (n_segments, n_classes). 0 and 1 with hard voting.
        """
        check_is_fitted(self)
        segments, counts = self._check_segments(X, reset=False)
        probabilities = self._predict_segments(segments)
        if counts.min() == counts.max():
            return probabilities.reshape(len(counts), counts[0], -1)
        ragged = np.empty(len(counts), dtype=object)
        ragged[:] = np.split(probabilities, np.cumsum(counts)[:-1])
        return ragged

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each genre.

        Parameters
        ----------
        X : ndarray of shape (n_clips, n_segments, n_bands, n_frames), or as in the notes
            Segments of clips.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            The mean over each clip's segments, in the order of ``classes_``, or of ``genres_`` if
            clips may have several.
        """
        by_clip = self.predict_proba_segments(X)
        if by_clip.dtype != object:
            return by_clip.mean(axis=1)
        return np.stack([probabilities.mean(axis=0) for probabilities in by_clip])

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable genre, or all genres above their thresholds.

        Parameters
        ----------
        X : ndarray of shape (n_clips, n_segments, n_bands, n_frames), or as in the notes
            Segments of clips.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_genres), DataFrame, or list of set
            Genres, as they were given in fit.
        """
        probabilities = self.predict_proba(X)
        if hasattr(self, "genres_"):
            return give_form(probabilities > self.thresholds_, self.genres_, self._target_form)
        return self.classes_[probabilities.argmax(axis=1)]

    def _check_genres(self, y: Any) -> np.ndarray:
        """Return one genre per clip, and forget several of an earlier fit."""
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        check_two_classes("SegmentVotingClassifier", np.unique(y))
        refuse_threshold("SegmentVotingClassifier", self.threshold)
        forget_several_genres(self)
        return y

    def _check_several(self, y: Any) -> np.ndarray:
        """Return several genres per clip as a matrix, and set their names."""
        check_takes_several(
            "SegmentVotingClassifier", self.estimator, has_votes=self.voting == "hard"
        )
        matrix, genres = read_target("SegmentVotingClassifier", y)
        check_threshold("SegmentVotingClassifier", self.threshold, genres)
        if isinstance(self.threshold, str) and not getattr(self.estimator, "early_stopping", False):
            raise ValueError(
                "SegmentVotingClassifier with threshold='f1' chooses thresholds on clips that its "
                "classifier sets aside: use a network with early_stopping=True, or a number as "
                "threshold."
            )
        self.genres_ = genres
        self.classes_ = [np.array([0, 1]) for _ in genres]
        self._target_form = form_of(y)
        return matrix.astype(int)

    def _set_thresholds(self, X: Any, matrix: np.ndarray, clips: np.ndarray) -> None:
        """Set ``thresholds_``: as given, or chosen on the clips that the network set aside."""
        if not isinstance(self.threshold, str):
            self.thresholds_ = spread_threshold(self.threshold, self.genres_)
            return
        rows = getattr(self.estimator_, "_rows_set_aside", None)
        if rows is None:
            raise ValueError(
                f"SegmentVotingClassifier with threshold='f1' needs clips that its classifier set "
                f"aside, and {type(self.estimator_).__name__} set none aside: use a network with "
                f"early_stopping=True and max_epochs of at least 2, or a number as threshold."
            )
        aside = np.unique(clips[rows])
        self.thresholds_ = choose_thresholds(matrix[aside], self.predict_proba(X)[aside])

    def _predict_segments(self, segments: np.ndarray) -> np.ndarray:
        if hasattr(self, "genres_"):
            if self.voting == "hard":
                return np.asarray(self.estimator_.predict(segments), dtype=np.float64)
            found = self.estimator_.predict_proba(segments)
            return join_probabilities(found, self.estimator_.classes_)
        if self.voting == "soft":
            return self.estimator_.predict_proba(segments)
        predicted = self.estimator_.predict(segments)
        return (predicted[:, np.newaxis] == self.classes_).astype(np.float64)

    def _check_segments(self, X: Any, *, reset: bool) -> tuple[Any, np.ndarray]:
        """Return all segments as rows, and how many each clip has."""
        refuse_paths("SegmentVotingClassifier", X, "put a Segmenter before it, in a Pipeline")
        if is_list_of_segments(X):
            clips = np.empty(len(X), dtype=object)
            for clip, maps in enumerate(X):
                clips[clip] = maps
            X = clips
        X = lists_to_array("SegmentVotingClassifier", X)
        axes = getattr(X, "ndim", 2)
        X = read_if_small(X)
        segments: Any
        options: dict[str, Any] = {
            "dtype": None,
            "allow_nd": True,
            "ensure_all_finite": not is_half(X),
            "estimator": self,
            "input_name": "X",
        }
        if is_ragged(X):
            shapes = {maps.shape[1:] for maps in X}
            if len(shapes) > 1:
                raise ShapeMismatchError(
                    f"SegmentVotingClassifier needs segments of one size, got {sorted(shapes)}."
                )
            counts = np.array([len(maps) for maps in X])
            if not counts.all():
                raise ValueError(
                    f"SegmentVotingClassifier: clip {int(counts.argmin())} has no segments."
                )
            segments = _join(X)
            self._refuse_non_finite(X)
        elif axes == 4 and isinstance(X, StoredRows):
            counts = np.full(X.shape[0], X.shape[1])
            segments = StoredSegments(X)
        elif axes == 4:
            X = check_array(X, **options)
            check_finite_half(self, X)
            counts = np.full(X.shape[0], X.shape[1])
            segments = X.reshape(-1, *X.shape[2:])
        elif axes > 4:
            raise ShapeMismatchError(
                f"SegmentVotingClassifier takes segments (n_clips, n_segments, n_bands, n_frames), "
                f"got X of shape {X.shape}."
            )
        elif axes == 3 and isinstance(X, StoredRows):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X, np.ones(len(X), dtype=int)
        else:
            # Clips of one segment. A DataFrame stays one, for a classifier that uses column names.
            checked = check_array(X, **options)
            check_finite_half(self, checked)
            validate_data(self, X, reset=reset, skip_check_array=True)
            rows = X if hasattr(X, "columns") else checked
            return rows, np.ones(len(checked), dtype=int)
        self._check_bands(segments.shape[1], reset=reset)
        if segments.shape[2] == 1:
            segments = np.asarray(segments)[..., 0]
        return segments, counts

    def _refuse_non_finite(self, X: np.ndarray) -> None:
        # Clip by clip: the segments of all may be larger than memory.
        for clip, maps in enumerate(X):
            if not np.isfinite(maps).all():
                raise ValueError(
                    f"SegmentVotingClassifier: clip {clip} of X contains NaN or infinity."
                )

    def _check_bands(self, n_bands: int, *, reset: bool) -> None:
        if reset:
            self.n_features_in_ = n_bands
        elif n_bands != self.n_features_in_:
            raise ShapeMismatchError(
                f"SegmentVotingClassifier was fitted on segments with {self.n_features_in_} bands, "
                f"got {n_bands}: did n_mels change?"
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.input_tags.sparse = False
        tags.classifier_tags.multi_class = inner.classifier_tags.multi_class
        tags.classifier_tags.multi_label = takes_several_genres(self.estimator)
        return tags


def _join(X: np.ndarray) -> np.ndarray:
    """Concatenate the segments of all clips, without a copy if they are contiguous."""
    first = X[0]
    end = first.ctypes.data
    for maps in X:
        is_next = (
            maps.dtype == first.dtype
            and maps.flags.c_contiguous
            and maps.ctypes.data == end
            and _owner(maps) is _owner(first)
        )
        if not is_next:
            return np.concatenate(list(X))
        end += maps.nbytes
    n_segments = sum(len(maps) for maps in X)
    return np.lib.stride_tricks.as_strided(
        first, (n_segments, *first.shape[1:]), first.strides, writeable=False
    )


def _owner(array: np.ndarray) -> Any:
    """Return the array or the memory map that an array is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array if array.base is None else array.base
