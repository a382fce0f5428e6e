"""Blocks of features, a kernel each, under one kernel machine."""

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import scipy.special
from sklearn.base import _fit_context, clone
from sklearn.utils import _safe_indexing, check_array, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from .._genre_matrix import is_multilabel
from .._labels import check_labels, check_two_classes
from .._n_bands import record_bands
from .._public import public
from .._several_genres import (
    SeveralGenresMixin,
    check_threshold,
    choose_thresholds,
    forget_several_genres,
    form_of,
    give_form,
    read_target,
    refuse_threshold,
    spread_threshold,
    warn_of_unseen,
)
from ..exceptions import ShapeMismatchError
from ._kernel_blocks import check_blocks, check_weights, is_standardized, mean_kernel
from ._kernel_genres import UNSEEN_LOGIT, find_sigmoids, fit_svm_per_genre, split_genres
from ._kernel_machines import (
    Machine,
    combine_pairs,
    find_temperature,
    fit_ridge,
    fit_svm,
    make_folds,
)

_FLOATS = [np.float64, np.float32]


@public
class BlockKernelClassifier(SeveralGenresMixin, _BaseComposition):
    """Classify by a weighted mean of kernels, one for each block of features.

    Each block is a table that a transformer computes from X. In one long table the block with the
    most columns, or the largest numbers, would decide; here each has a Gaussian (RBF) kernel of its
    own, as wide as the distances in it, and a weight. Kernel ridge regression, or a support vector
    machine, learns from the mean of the kernels.

    Parameters
    ----------
    blocks : list of (str, transformer), default=None
        Names, and transformers of X to tables; "passthrough" takes X itself. None means one block,
        "input", of the table X itself.
    weights : dict of str to float, default=None
        Weights of the blocks, 0 or more; 1 for those not given. In a search, a single one is
        ``weights__name``.
    standardize : bool or sequence of str, default=True
        Whether to standardize the columns of the blocks, or the names of the blocks to standardize.
        The columns of others are only centered: right for tables whose columns share a unit, such
        as :class:`~skgenre.features.BandCovariance`.
    base : {"ridge", "svm"}, default="ridge"
        Classifier of the mean kernel: kernel ridge regression of the genres' indicators, or a
        support vector machine for each pair of genres. They are equally accurate; the ridge's
        probabilities are better, and the support vector machine is the smaller model.
    C : float, default=10.0
        Inverse regularization strength of the support vector machine.
    alpha : float, default=0.1
        Regularization strength of the ridge regression.
    width : float, default=1.0
        Width of the kernels: a kernel is ``exp(-d**2 / (width * m))``, where d is the distance of
        two clips and m the mean squared distance of the training clips. 0.5 is ``gamma="scale"``
        of :class:`~sklearn.svm.SVC`.
    cv : int, splitter or iterable of (train, test), default=5
        Folds within the training clips to calibrate the probabilities on. A number is reduced to
        the clips, or groups, of the rarest genre that has several; genres that have one are always
        trained on. None omits the calibration, and so does a single clip or group of every genre.
    threshold : float, sequence of float or "f1", default=0.5
        Probability above which a clip has a genre, if `y` has several genres per clip: one for all
        or one for each. "f1" chooses each genre's for the highest F1 score of the clips that were
        held out in the folds of the calibration.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres. With several genres per clip, a list of ``array([0, 1])``, one for each genre.
    genres_ : ndarray of shape (n_genres,)
        The genres, in the order of the columns, if clips may have several.
    thresholds_ : ndarray of shape (n_genres,)
        Their thresholds, if clips may have several.
    blocks_ : list of (str, transformer)
        The fitted transformers.
    weights_ : ndarray of shape (n_blocks,)
        Weights of the blocks; they sum to 1.
    centers_, scales_ : list of ndarray of shape (n_columns,)
        What is subtracted from each block's columns, and divides them.
    gammas_ : ndarray of shape (n_blocks,)
        Factors of the squared distances.
    support_tables_ : list of ndarray of shape (n_support, n_columns)
        The training clips that the classifier needs, in each block.
    dual_coef_ : ndarray of shape (n_support, n_scores)
        Their coefficients: one score for two genres; else one per genre, or with ``base="svm"``
        per pair of genres. If clips may have several genres, one per genre.
    intercept_ : ndarray of shape (n_scores,)
        Constants of the scores.
    temperature_ : float
        What divides the scores before the softmax, if clips have one genre.
    slopes_, offsets_ : ndarray of shape (n_genres,)
        What multiplies each genre's score, and is added to it, before the logistic function, if
        clips may have several genres.
    n_features_in_ : int
        Number of columns, or of bands of maps. Not for paths and ragged input.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.

    See Also
    --------
    sklearn.pipeline.FeatureUnion : Joins blocks into one table.
    skgenre.features.BandCovariance : A block that needs no standardization.
    skgenre.features.MFCCStatistics : One that does.

    Notes
    -----
    The transformers are fitted once, on all training clips, also for the calibration; one that
    learns from the genres makes the probabilities overconfident, though not the predictions worse.
    Calibration divides the scores by a temperature, so :meth:`predict` returns the most probable
    genre. The model keeps the tables of all training clips, with ``base="svm"`` only those of its
    support vectors.

    With several genres per clip there is a ridge regression, or a support vector machine, for each
    genre, and the calibration is that of Platt [3]_, for each genre.

    It can't be exported to ONNX: the transformers of its blocks, such as the matrix logarithm of
    BandCovariance, have no translation.

    References
    ----------
    .. [1] G. R. G. Lanckriet et al., "Learning the Kernel Matrix with Semidefinite Programming",
       J. Machine Learning Research 5, 2004: sums of kernels.
    .. [2] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks",
       ICML 2017: temperature scaling.
    .. [3] J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to
       Regularized Likelihood Methods", Advances in Large Margin Classifiers, 1999.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import BlockKernelClassifier
    >>> from skgenre.features import FramePooling, ModulationSpectrum
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["blues", "metal"], 10)
    >>> maps = rng.normal(size=(20, 6, 100)) + (y == "metal")[:, None, None]
    >>> blocks = [("timbre", FramePooling()), ("rhythm", ModulationSpectrum())]
    >>> model = BlockKernelClassifier(blocks, weights={"rhythm": 0.5}).fit(maps, y)
    >>> model.predict_proba(maps).shape
    (20, 2)
    >>> model.set_params(weights__rhythm=0.25, timbre__statistics="mean").weights
    {'rhythm': 0.25}
    """

    _parameter_constraints: ClassVar[dict] = {
        "blocks": [list, tuple, None],
        "weights": [Mapping, None],
        "standardize": ["boolean", list, tuple],
        "base": [StrOptions({"svm", "ridge"})],
        "C": [Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "width": [Interval(Real, 0, None, closed="neither")],
        "cv": [Interval(Integral, 2, None, closed="left"), HasMethods("split"), "cv_object"],
        "threshold": [Interval(Real, 0, 1, closed="both"), StrOptions({"f1"}), "array-like"],
    }

    classes_: Any
    _is_seen: np.ndarray

    def __init__(
        self,
        blocks: Sequence[tuple[str, Any]] | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        standardize: bool | Sequence[str] = True,
        base: str = "ridge",
        C: float = 10.0,
        alpha: float = 0.1,
        width: float = 1.0,
        cv: Any = 5,
        threshold: Any = 0.5,
    ) -> None:
        self.blocks = blocks
        self.weights = weights
        self.standardize = standardize
        self.base = base
        self.C = C
        self.alpha = alpha
        self.width = width
        self.cv = cv
        self.threshold = threshold

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters, with `deep` also those of the blocks, and the single weights.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include nested parameters.

        Returns
        -------
        dict
            Parameters by name.
        """
        params = self._get_params("blocks", deep=deep)
        if deep and isinstance(self.weights, Mapping):
            params.update({f"weights__{name}": value for name, value in self.weights.items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters, those of blocks, blocks by their name, or single weights.

        Parameters
        ----------
        **params : dict
            Parameters by name: ``weights__mfcc`` is the weight of the block "mfcc", ``mfcc`` its
            transformer, ``mfcc__n_mfcc`` a parameter of that.

        Returns
        -------
        self
            The classifier.
        """
        prefix = "weights__"
        single = {
            name.removeprefix(prefix): params.pop(name)
            for name in list(params)
            if name.startswith(prefix)
        }
        self._set_params("blocks", **params)
        if single:
            # A new dict: the old one may be the caller's.
            self.weights = {**(self.weights or {}), **single}
        return self

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit the blocks, the classifier of their kernels, and its calibration.

        Parameters
        ----------
        X : array-like or list, as the blocks take it
            The clips; without `blocks` a table (n_clips, n_features).
        y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets
            Their genres. For several genres per clip a matrix of 0 and 1, a DataFrame of it with
            genres as columns, or sets of names.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.
        groups : array-like of shape (n_clips,), default=None
            Group labels; a group is never split between the folds of the calibration.

        Returns
        -------
        self
            The fitted classifier.
        """
        name = type(self).__name__
        blocks = check_blocks(self)
        weights = check_weights(self, [block for block, _ in blocks])
        is_several = is_multilabel(y)
        if not is_several:
            check_labels(name, y)
        X = self._check_input(X, reset=True)
        y = self._read_several(y) if is_several else self._read_single(y)
        check_consistent_length(X, y, groups)
        clip_weight = _check_sample_weight(
            sample_weight, np.zeros(len(y)), dtype=np.float64, ensure_non_negative=True
        )
        kept = clip_weight > 0
        if is_several:
            self._is_seen = y[kept].any(axis=0)
            warn_of_unseen(name, self.genres_, self._is_seen)
        else:
            self.classes_ = np.unique(y[kept])
            check_two_classes(name, self.classes_)
        folds = self._make_folds(y, groups, kept)
        if not kept.all():
            X = _safe_indexing(X, np.flatnonzero(kept))
        y, clip_weight = y[kept], clip_weight[kept]
        self.blocks_ = [
            (block, part if isinstance(part, str) else clone(part).fit(X, y))
            for block, part in blocks
        ]
        self.weights_ = weights
        # Of the fit: the parameter may change after it.
        self._has_pairs = self.base == "svm" and not is_several
        tables = self._standardize(self._make_tables(X), clip_weight)
        kernel = self._kernel_of(tables, tables)
        genre = y if is_several else np.searchsorted(self.classes_, y)
        machine = self._fit_machine(kernel, genre, clip_weight)
        self.dual_coef_, self.intercept_ = machine.coefs, machine.intercept
        self.support_tables_ = [np.ascontiguousarray(table[machine.rows]) for table in tables]
        if is_several:
            self._calibrate_genres(kernel, genre, clip_weight, folds)
        else:
            self.temperature_ = self._calibrate(kernel, genre, clip_weight, folds)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the scores of the genres, before calibration; with several per clip, logits.

        Parameters
        ----------
        X : array-like or list, as the blocks take it
            The clips.

        Returns
        -------
        ndarray of shape (n_clips, n_classes), or (n_clips,) for two genres
            Scores in the order of ``classes_``; for two, positive for the second. If clips may have
            several, the logits of the probabilities, in the order of ``genres_``.
        """
        check_is_fitted(self)
        X = self._check_input(X, reset=False)
        tables = [
            ((table - center) / scale).astype(table.dtype)
            for table, center, scale in zip(
                self._make_tables(X), self.centers_, self.scales_, strict=True
            )
        ]
        scores = self._kernel_of(tables, self.support_tables_) @ self.dual_coef_ + self.intercept_
        if hasattr(self, "genres_"):
            logits = self.slopes_ * scores + self.offsets_
            return np.where(self._is_seen, logits, UNSEEN_LOGIT)
        return self._combine(scores)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each genre.

        Parameters
        ----------
        X : array-like or list, as the blocks take it
            The clips.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            Probabilities in the order of ``classes_``, or of ``genres_`` if clips may have several;
            those of a clip then don't sum to 1.
        """
        if hasattr(self, "genres_"):
            return scipy.special.expit(self.decision_function(X)) * self._is_seen
        scores = _of_each_genre(self.decision_function(X))
        return scipy.special.softmax(scores / self.temperature_, axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable genre, or all genres above their thresholds.

        Parameters
        ----------
        X : array-like or list, as the blocks take it
            The clips.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_genres), DataFrame, or list of set
            Genres, as they were given in fit.
        """
        check_is_fitted(self)
        if hasattr(self, "genres_"):
            is_above = self.predict_proba(X) > self.thresholds_
            return give_form(is_above, self.genres_, self._target_form)
        scores = _of_each_genre(self.decision_function(X))
        return self.classes_[scores.argmax(axis=1)]

    def _read_single(self, y: Any) -> np.ndarray:
        """Return one genre per clip, and forget several of an earlier fit."""
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        refuse_threshold(type(self).__name__, self.threshold)
        forget_several_genres(self)
        for name in ("slopes_", "offsets_"):
            self.__dict__.pop(name, None)
        return y

    def _read_several(self, y: Any) -> np.ndarray:
        """Return several genres per clip as a matrix, and set their names."""
        name = type(self).__name__
        matrix, genres = read_target(name, y)
        check_threshold(name, self.threshold, genres)
        if isinstance(self.threshold, str) and self.cv is None:
            raise ValueError(
                f"{name} with threshold='f1' chooses thresholds on the clips that its calibration "
                f"holds out: give cv a number of folds, or threshold a number."
            )
        self.__dict__.pop("temperature_", None)
        self.genres_ = genres
        self.classes_ = [np.array([0, 1]) for _ in genres]
        self._target_form = form_of(y)
        return matrix

    def _check_input(self, X: Any, *, reset: bool) -> Any:
        if self.blocks is None:
            if getattr(X, "ndim", 2) > 2:
                raise ShapeMismatchError(
                    f"{type(self).__name__} without blocks takes a table (n_clips, n_features), "
                    f"got an array with {X.ndim} axes: name transformers of it as blocks."
                )
            return validate_data(self, X, dtype=_FLOATS, reset=reset)
        # Lists and 1-D arrays, such as those of paths, are the blocks' to check.
        axes = getattr(X, "ndim", 1)
        if axes > 2:
            record_bands(self, X.shape[-2], reset=reset)
        elif axes > 1:
            validate_data(self, X, skip_check_array=True, reset=reset)
        return X

    def _make_tables(self, X: Any) -> list[np.ndarray]:
        return [
            self._check_table(name, X if isinstance(part, str) else part.transform(X))
            for name, part in self.blocks_
        ]

    def _check_table(self, block: str, table: Any) -> np.ndarray:
        axes = getattr(table, "ndim", 2)
        if axes != 2:
            raise ShapeMismatchError(
                f"The block {block!r} of {type(self).__name__} must be a table (n_clips, "
                f"n_features), got an array with {axes} axes: pool the frames with FramePooling, "
                f"and wrap the whole in SegmentVotingClassifier for segments."
            )
        return check_array(table, dtype=_FLOATS, estimator=self, input_name=f"the block {block!r}")

    def _standardize(self, tables: list[np.ndarray], weight: np.ndarray) -> list[np.ndarray]:
        """Learn the centers, scales and widths, and return the scaled tables."""
        self.centers_, self.scales_, gammas, scaled = [], [], [], []
        for (name, _), table in zip(self.blocks_, tables, strict=True):
            exact = table.astype(np.float64)
            center = np.average(exact, axis=0, weights=weight)
            variance = np.average((exact - center) ** 2, axis=0, weights=weight)
            # A constant column has a variance of rounding errors.
            varies = variance > (1e-7 * np.abs(center)) ** 2
            variance = np.where(varies, variance, 0.0)
            if is_standardized(self, name):
                scale = np.sqrt(np.where(varies, variance, 1.0))
            else:
                scale = np.ones_like(center)
            # The mean squared distance of all pairs of clips is twice the sum of variances.
            mean_square = 2 * (variance / scale**2).sum()
            gammas.append(1 / (self.width * mean_square) if mean_square > 0 else 1.0)
            self.centers_.append(center)
            self.scales_.append(scale)
            scaled.append(((exact - center) / scale).astype(table.dtype))
        self.gammas_ = np.array(gammas)
        return scaled

    def _kernel_of(self, tables: list[np.ndarray], others: list[np.ndarray]) -> np.ndarray:
        return mean_kernel(tables, others, self.gammas_, self.weights_)

    def _fit_machine(self, kernel: np.ndarray, genre: np.ndarray, weight: np.ndarray) -> Machine:
        of_svm = fit_svm if genre.ndim == 1 else fit_svm_per_genre
        fit: Callable[..., Machine] = of_svm if self.base == "svm" else fit_ridge
        return fit(kernel, genre, weight, self.C if self.base == "svm" else self.alpha)

    def _combine(self, scores: np.ndarray) -> np.ndarray:
        n_classes = len(self.classes_)
        if n_classes == 2:
            return scores[:, 0]
        return combine_pairs(scores, n_classes) if self._has_pairs else scores

    def _make_folds(self, y: np.ndarray, groups: Any, kept: np.ndarray) -> list[tuple]:
        """Return the folds of the calibration, as rows of the kept clips."""
        if self.cv is None:
            return []
        split: Callable[..., list[tuple]] = make_folds if y.ndim == 1 else split_genres
        if isinstance(self.cv, Integral):
            groups = None if groups is None else np.asarray(groups)[kept]
            return split(y[kept], groups, self.cv)
        row = np.cumsum(kept) - 1
        folds = split(y, groups, self.cv)
        return [(row[train[kept[train]]], row[test[kept[test]]]) for train, test in folds]

    def _calibrate(
        self, kernel: np.ndarray, genre: np.ndarray, weight: np.ndarray, folds: list[tuple]
    ) -> float:
        """Return the temperature for clips that were held out."""
        scores, rows = [], []
        for train, test in folds:
            if len(np.unique(genre[train])) < len(self.classes_):
                continue
            machine = self._fit_machine(kernel[np.ix_(train, train)], genre[train], weight[train])
            held_out = kernel[np.ix_(test, train[machine.rows])] @ machine.coefs
            scores.append(_of_each_genre(self._combine(held_out + machine.intercept)))
            rows.append(test)
        if not rows:
            return 1.0
        tested = np.concatenate(rows)
        return find_temperature(np.concatenate(scores), genre[tested], weight[tested])

    def _calibrate_genres(
        self, kernel: np.ndarray, matrix: np.ndarray, weight: np.ndarray, folds: list[tuple]
    ) -> None:
        """Set the sigmoid of each genre, and its threshold, by clips that were held out."""
        scores = np.full(matrix.shape, np.nan)
        for train, test in folds:
            machine = self._fit_machine(kernel[np.ix_(train, train)], matrix[train], weight[train])
            held_out = kernel[np.ix_(test, train[machine.rows])] @ machine.coefs
            has_both = matrix[train].any(axis=0) & ~matrix[train].all(axis=0)
            scores[test] = np.where(has_both, held_out + machine.intercept, np.nan)
        self.slopes_, self.offsets_ = find_sigmoids(scores, matrix, weight, self.base)
        if not isinstance(self.threshold, str):
            self.thresholds_ = spread_threshold(self.threshold, self.genres_)
            return
        is_held = np.isfinite(scores).any(axis=1)
        if not is_held.any():
            raise ValueError(
                f"{type(self).__name__} with threshold='f1' has no clips to choose thresholds on: "
                f"all are of one group. Give threshold a number."
            )
        found = scipy.special.expit(self.slopes_ * scores[is_held] + self.offsets_)
        self.thresholds_ = choose_thresholds(matrix[is_held], np.nan_to_num(found))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        pairs = [b for b in self.blocks or [] if isinstance(b, tuple | list) and len(b) == 2]
        inputs = [get_tags(part).input_tags for _, part in pairs if hasattr(part, "fit")]
        tags.classifier_tags.multi_label = True
        tags.input_tags.two_d_array = all(of_block.two_d_array for of_block in inputs)
        tags.input_tags.three_d_array = any(of_block.three_d_array for of_block in inputs)
        tags.input_tags.string = any(of_block.string for of_block in inputs)
        return tags


def _of_each_genre(scores: np.ndarray) -> np.ndarray:
    """Return a column per genre, of two genres, too."""
    return scores if scores.ndim == 2 else np.stack([-scores / 2, scores / 2], axis=1)
