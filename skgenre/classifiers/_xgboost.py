"""Gradient-boosted trees as a classifier."""

from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from .._genre_matrix import is_multilabel
from .._half_precision import check_finite_half, float_options
from .._labels import check_labels, check_two_classes, weigh_clips
from .._public import public
from .._ragged import is_ragged
from .._refused_paths import refuse_paths
from .._seeds import draw_seed
from .._several_genres import (
    SeveralGenresMixin,
    check_threshold,
    forget_several_genres,
    form_of,
    give_form,
    read_target,
    refuse_threshold,
    spread_threshold,
    warn_of_unseen,
)
from .._stored_rows import StoredRows
from .._threads import count_threads
from ..exceptions import ShapeMismatchError
from ._external_trees import as_frame, fit_external, read_frames
from ._raw_input import lists_to_array

# XGBoost refuses these characters in names of columns.
_REPLACED = str.maketrans("[]<", "()(")

# Rows of float16 that are converted to float32 together in prediction.
_ROWS_AT_ONCE = 10_000


@public
class XGBGenreClassifier(SeveralGenresMixin, BaseEstimator):
    """XGBoost's gradient-boosted trees over a table of features.

    Labels may be of any kind, strings too. Feature maps are refused: pool them first, with
    :class:`skgenre.features.FramePooling`. Requires one of the extras ``skgenre[xgboost-cpu]`` and
    ``skgenre[xgboost]``.

    Parameters
    ----------
    n_estimators : int, default=300
        Number of boosting rounds.
    max_depth : int, default=5
        Maximum depth of a tree.
    learning_rate : float, default=0.1
        Shrinkage applied to each tree.
    subsample : float, default=0.8
        Share of clips that each tree is grown on.
    colsample_bytree : float, default=0.8
        Share of columns that each tree is grown on.
    min_child_weight : float, default=1.0
        Minimum sum of weights in a leaf.
    gamma : float, default=0.0
        Minimum gain of a split.
    reg_alpha : float, default=0.0
        L1 penalty on the leaves' values.
    reg_lambda : float, default=1.0
        L2 penalty on the leaves' values.
    class_weight : dict, "balanced" or None, default=None
        Class weights; "balanced" weights inversely to class frequency. Not with several genres per
        clip.
    multi_strategy : {"one_output_per_tree", "multi_output_tree"}, default="one_output_per_tree"
        With several genres per clip: a tree for each genre, or trees with a value for each genre in
        every leaf.
    threshold : float or sequence of float, default=0.5
        Probability above which a clip has a genre, if `y` has several genres per clip: one for all
        or one for each.
    n_jobs : int, default=None
        Number of threads. None means 1, unless in a :func:`joblib.parallel_config` context; -1 uses
        all cores.
    device : str, default="cpu"
        "cpu" or "cuda", as in XGBoost.
    random_state : int, RandomState instance or None, default=None
        Seeds the choice of clips and columns for each tree.
    verbose : int, default=0
        XGBoost's verbosity, 0 to 3.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres. With several genres per clip, a list of ``array([0, 1])``, one for each genre.
    genres_ : ndarray of shape (n_genres,)
        The genres, in the order of the columns, if clips may have several.
    thresholds_ : ndarray of shape (n_genres,)
        Their thresholds, if clips may have several.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.
    feature_importances_ : ndarray of shape (n_features,)
        Share of the columns in the gain.
    model_ : xgboost.XGBClassifier
        The fitted model, for tools that support only XGBoost: ``shap.TreeExplainer(xgb.model_)``.
        Fitted on a DataFrame, its booster has the columns' names, in which "(" and ")" replace the
        "[", "]" and "<" that XGBoost refuses.

    See Also
    --------
    skgenre.features.FramePooling : Turns feature maps into a table.

    References
    ----------
    .. [1] T. Chen, C. Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import XGBGenreClassifier
    >>> X = np.random.default_rng(0).normal(size=(40, 3))
    >>> y = np.where(X[:, 1] > 0, "metal", "blues")
    >>> xgb = XGBGenreClassifier(n_estimators=20, random_state=0).fit(X, y)
    >>> xgb.predict([[0.0, 2.0, 0.0]]).tolist(), int(xgb.feature_importances_.argmax())
    (['metal'], 1)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "max_depth": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "subsample": [Interval(Real, 0, 1, closed="right")],
        "colsample_bytree": [Interval(Real, 0, 1, closed="right")],
        "min_child_weight": [Interval(Real, 0, None, closed="left")],
        "gamma": [Interval(Real, 0, None, closed="left")],
        "reg_alpha": [Interval(Real, 0, None, closed="left")],
        "reg_lambda": [Interval(Real, 0, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "multi_strategy": [StrOptions({"one_output_per_tree", "multi_output_tree"})],
        "threshold": [Interval(Real, 0, 1, closed="both"), StrOptions({"f1"}), "array-like"],
        "n_jobs": [Integral, None],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": [Interval(Integral, 0, 3, closed="both")],
    }

    classes_: Any
    _is_seen: np.ndarray

    def __init__(
        self,
        *,
        n_estimators: int = 300,
        max_depth: int = 5,
        learning_rate: float = 0.1,
        subsample: float = 0.8,
        colsample_bytree: float = 0.8,
        min_child_weight: float = 1.0,
        gamma: float = 0.0,
        reg_alpha: float = 0.0,
        reg_lambda: float = 1.0,
        class_weight: Any = None,
        multi_strategy: str = "one_output_per_tree",
        threshold: Any = 0.5,
        n_jobs: int | None = None,
        device: str = "cpu",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.learning_rate = learning_rate
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.min_child_weight = min_child_weight
        self.gamma = gamma
        self.reg_alpha = reg_alpha
        self.reg_lambda = reg_lambda
        self.class_weight = class_weight
        self.multi_strategy = multi_strategy
        self.threshold = threshold
        self.n_jobs = n_jobs
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Grow the trees.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            A table. A float16 table is converted to float32 as a whole: trees are grown in memory.
            Only of a :class:`~skgenre.stores.FeatureStore` larger than its `max_in_memory` a part
            is in memory at a time, and bins of its values in temporary files; on the CPU.
        y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets
            Genres: strings or numbers of any kind. For several genres per clip a matrix of 0 and 1,
            a DataFrame of it with genres as columns, or sets of names.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ShapeMismatchError
            If X is feature maps.
        ValueError
            If a table that is larger than memory may be is to be fitted on a GPU.
        ImportError
            If XGBoost is not installed.
        """
        xgboost = _import_xgboost()
        _refuse_paths(X)
        X = _read_table(X)
        check = self._check_several if is_multilabel(y) else self._check_genres
        X, encoded, weight = check(X, y, sample_weight)
        seed = draw_seed(self.random_state, touch_global_state=False)
        self.model_ = xgboost.XGBClassifier(
            n_estimators=self.n_estimators,
            max_depth=self.max_depth,
            learning_rate=self.learning_rate,
            subsample=self.subsample,
            colsample_bytree=self.colsample_bytree,
            min_child_weight=self.min_child_weight,
            gamma=self.gamma,
            reg_alpha=self.reg_alpha,
            reg_lambda=self.reg_lambda,
            multi_strategy=self.multi_strategy if encoded.ndim == 2 else None,
            n_jobs=count_threads(None) if self.n_jobs is None else self.n_jobs,
            device=self.device,
            random_state=seed,
            verbosity=self.verbose,
        )
        if isinstance(X, StoredRows):
            fit_external(xgboost, self.model_, X, encoded, weight)
        else:
            self.model_.fit(X, encoded, sample_weight=weight)
        if hasattr(self, "feature_names_in_"):
            self.model_.get_booster().feature_names = _booster_names(self.feature_names_in_)
        return self

    def _check_genres(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[np.ndarray | StoredRows, np.ndarray, np.ndarray]:
        """Return the table, the numbers of the genres, one per clip, and the weights."""
        check_labels("XGBGenreClassifier", y)
        if isinstance(X, StoredRows):
            self._check_columns(X, reset=True)
            y = column_or_1d(y, warn=True)
            check_consistent_length(X, y)
        else:
            X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        refuse_threshold("XGBGenreClassifier", self.threshold)
        forget_several_genres(self)
        self.classes_, encoded = np.unique(y, return_inverse=True)
        weight = weigh_clips(X, y, sample_weight, self.class_weight)
        # XGBoost needs a clip of nonzero weight in every class.
        counted = weight > 0
        seen = np.unique(encoded[counted])
        if len(seen) < len(self.classes_):
            self.classes_ = self.classes_[seen]
            X, weight = X[counted], weight[counted]
            encoded = np.searchsorted(seen, encoded[counted])
        check_two_classes("XGBGenreClassifier", self.classes_)
        return X, encoded, weight

    def _check_several(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[np.ndarray | StoredRows, np.ndarray, np.ndarray]:
        """Return the table, a column of 0 and 1 for each genre with clips, and the weights."""
        if self.class_weight is not None:
            raise ValueError(
                "XGBGenreClassifier takes class_weight with one genre per clip only: XGBoost "
                "weights clips, not their genres. Leave it out, or give sample_weight."
            )
        if isinstance(self.threshold, str):
            raise ValueError(
                "XGBGenreClassifier with threshold='f1' would need clips set aside, and trees set "
                "none aside: give a number, or one for each genre."
            )
        matrix, genres = read_target("XGBGenreClassifier", y)
        check_threshold("XGBGenreClassifier", self.threshold, genres)
        if isinstance(X, StoredRows):
            self._check_columns(X, reset=True)
        else:
            X = validate_data(self, X, dtype=np.float32)
        check_consistent_length(X, matrix)
        weight = weigh_clips(X, matrix, sample_weight, None)
        self._is_seen = np.any(matrix[weight > 0], axis=0)
        if not self._is_seen.any():
            raise ValueError("XGBGenreClassifier: all clips with a genre have the weight zero.")
        if matrix[:, self._is_seen].all():
            raise ValueError(
                f"XGBGenreClassifier needs a clip without one of the genres. All have "
                f"{', '.join(map(str, genres[self._is_seen]))}: add clips of others."
            )
        warn_of_unseen("XGBGenreClassifier", genres, self._is_seen)
        self.genres_ = genres
        self.classes_ = [np.array([0, 1]) for _ in genres]
        self.thresholds_ = spread_threshold(self.threshold, genres)
        self._target_form = form_of(y)
        return X, matrix[:, self._is_seen].astype(int), weight

    def _check_columns(self, X: StoredRows, *, reset: bool) -> None:
        """Check number and names of the columns of a table that is read later."""
        validate_data(self, as_frame(X, np.arange(1)), reset=reset, skip_check_array=True)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each genre.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            Probabilities, in the order of ``classes_``, or of ``genres_`` if clips may have
            several; those of a clip then don't sum to 1.
        """
        check_is_fitted(self)
        _refuse_paths(X)
        X = _read_table(X)
        if isinstance(X, StoredRows):
            return self._predict_stored(X)
        X = validate_data(self, X, **float_options(X), reset=False)
        check_finite_half(self, X)
        margins = np.concatenate(
            [
                self.model_.predict(part.astype(np.float32, copy=False), output_margin=True)
                for part in np.array_split(X, -(-len(X) // _ROWS_AT_ONCE))
            ]
        ).astype(np.float64)
        if hasattr(self, "genres_"):
            found = np.zeros((len(X), len(self.genres_)))
            found[:, self._is_seen] = expit(margins.reshape(len(X), -1))
            return found
        if margins.ndim == 1:  # Two classes: one margin, of the second.
            margins = np.stack([np.zeros_like(margins), margins], axis=1)
        return softmax(margins, axis=1)

    def _predict_stored(self, X: StoredRows) -> np.ndarray:
        several = hasattr(self, "genres_")
        n_columns = len(self.genres_ if several else self.classes_)
        found = np.empty((len(X), n_columns))
        for rows, table in read_frames(X):
            found[rows] = self.predict_proba(table)
        return found

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable genre, or all genres above their thresholds.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_genres), DataFrame, or list of set
            Genres, as they were given in fit.
        """
        probabilities = self.predict_proba(X)
        if hasattr(self, "genres_"):
            return give_form(probabilities > self.thresholds_, self.genres_, self._target_form)
        return self.classes_[probabilities.argmax(axis=1)]

    @property
    def feature_importances_(self) -> np.ndarray:
        """Share of each column in the gain."""
        check_is_fitted(self)
        return self.model_.feature_importances_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _import_xgboost() -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise ImportError(
            "XGBGenreClassifier needs XGBoost: pip install 'skgenre[xgboost-cpu]', or "
            "'skgenre[xgboost]' for its GPU support (not both)."
        ) from error
    return xgboost


def _booster_names(names: np.ndarray) -> list[str] | None:
    """Return column names that XGBoost accepts; None if they would not stay distinct."""
    allowed = [str(name).translate(_REPLACED) for name in names]
    return allowed if len(set(allowed)) == len(allowed) else None


def _read_table(X: Any) -> Any:
    """Return lists as an array and a small stored table as a DataFrame; refuse feature maps."""
    X = lists_to_array("XGBGenreClassifier", X)
    _refuse_maps(X)
    return as_frame(X) if isinstance(X, StoredRows) and X.fits_in_memory else X


def _refuse_paths(X: Any) -> None:
    cure = "put a transformer and FramePooling, or GTZANFeatures, before it, in a Pipeline"
    refuse_paths("XGBGenreClassifier", X, cure)


def _refuse_maps(X: Any) -> None:
    shape = getattr(X, "shape", None)
    if is_ragged(X):
        raise ShapeMismatchError(
            "XGBGenreClassifier takes a table (n_clips, n_features), got clips with different "
            "numbers of segments: pool them with FramePooling, and wrap me in "
            "SegmentVotingClassifier."
        )
    if shape is not None and len(shape) > 2:
        wrapping = ", and wrap me in SegmentVotingClassifier" if len(shape) == 4 else ""
        raise ShapeMismatchError(
            f"XGBGenreClassifier takes a table (n_clips, n_features), got feature maps with "
            f"{len(shape)} axes, shape {tuple(shape)}: pool them over time with "
            f"FramePooling{wrapping}."
        )
