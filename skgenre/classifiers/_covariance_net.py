"""Second-order networks as a classifier."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._docstrings import inherit_docs
from .._public import public
from ._cnn import CNNClassifier
from ._torch import TorchClassifier
from ._training.constraints import BLOCK_CONSTRAINTS
from ._training.network_input import check_network_input

if TYPE_CHECKING:
    from ..nn import CovarianceNet
    from ._training.data import MapDataset

_HEADS = "classifiers.*"


@public
@inherit_docs(CNNClassifier)
class CovarianceNetClassifier(ClassNamePrefixFeaturesOutMixin, TransformerMixin, TorchClassifier):
    """Linear classifier of the covariance of learnt channels over time.

    Bands are centred per clip, standardized with the training clips' deviations, and pooled. Linear
    filters of bands, at several lags, and convolutions over frames give the channels. The matrix
    logarithm of their covariance, shrunk, is a vector; with the means of bands, all divided by one
    scale, it goes to a dense layer that gives the genres. The filters start as pooled bands, so
    that training starts at the covariance model of :class:`~skgenre.features.BandCovariance`.

    A table of shape (n_clips, n_features) is treated as maps of one frame. These have no
    covariance: the columns are standardized and classified by the dense layer.

    Parameters
    ----------
    pooled_bands : int, default=64
        Number of groups of neighbouring bands to average. Maps with fewer bands keep them, and so
        do tables.
    n_filters : int, default=32
        Linear filters of the pooled bands for each lag; at most as many as pooled bands.
    lags : sequence of int, default=(0, 1)
        Delays of the filters, in frames.
    train_filters : bool, default=True
        Whether to train the filters. False keeps them as averages of neighbouring bands.
    channels : sequence of int, default=()
        Channels of each convolution over frames, such as (32, 32); those of the last one are added
        to the filters. Empty for filters alone.
    kernel_size : int or sequence, default=5
        Kernel size of the convolutions, in frames: a number, or one per convolution.
    shrinkage : float, default=0.01
        Share of the mean variance in the covariance, from 0 to 1. It is at least 0.0001: smaller
        eigenvalues would be rounding errors in single precision.
    ridge : float, default=0.02
        Variance added to that of each channel, above 0. Centred bands have the variance 1.
    mean : bool, default=True
        Whether the dense layer also gets each pooled band's mean over the frames.
    min_crop : float, default=0.5
        In training, crops of random length, from this share of the frames to all, at a random place
        for each clip. 1 disables cropping.
    gain : float, default=0.1
        In training, multiply each centred clip by the exponential of a normal number with this
        standard deviation. 0 disables it.
    dropout : float, default=0.5
        Dropout rate before the dense layer.
    n_estimators : int, default=1
        Number of networks that are trained together, each with random crops, gains, dropout and
        initial convolutions of its own. Their probabilities are averaged.
    head_lr : float, default=0.5
        Learning rate of the dense layer, as a multiple of `lr`.
    head_weight_decay : float, default=0.1
        Weight decay of the dense layer; `weight_decay` is that of the other layers.

    See Also
    --------
    skgenre.features.BandCovariance : The covariance of bands as a table.
    SegmentVotingClassifier : Votes over the segments of a clip.

    References
    ----------
    .. [1] C. Ionescu, O. Vantzos, C. Sminchisescu, "Matrix Backpropagation for Deep Networks with
       Structured Layers", ICCV 2015.
    .. [2] V. Arsigny, P. Fillard, X. Pennec, N. Ayache, "Geometric Means in a Novel Vector Space
       Structure on Symmetric Positive-Definite Matrices", SIAM J. Matrix Anal. Appl. 29, 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import CovarianceNetClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["blues", "metal"], 20)
    >>> maps = rng.normal(size=(40, 8, 50))
    >>> maps[y == "metal", 1] += maps[y == "metal", 0]  # Two bands rise and fall together.
    >>> net = CovarianceNetClassifier(max_epochs=10, random_state=0).fit(maps, y)
    >>> net.score(maps, y) > 0.9
    True
    >>> net.transform(maps).shape
    (40, 144)
    """

    _parameter_constraints: ClassVar[dict] = {
        **TorchClassifier._parameter_constraints,
        "pooled_bands": [Interval(Integral, 1, None, closed="left")],
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "lags": ["array-like"],
        "train_filters": ["boolean"],
        "channels": BLOCK_CONSTRAINTS["channels"],
        "kernel_size": BLOCK_CONSTRAINTS["kernel_size"],
        "norm": BLOCK_CONSTRAINTS["norm"],
        "shrinkage": [Interval(Real, 0, 1, closed="both")],
        "ridge": [Interval(Real, 0, None, closed="neither")],
        "mean": ["boolean"],
        "min_crop": [Interval(Real, 0, 1, closed="right")],
        "gain": [Interval(Real, 0, None, closed="left")],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "head_lr": [Interval(Real, 0, None, closed="neither")],
        "head_weight_decay": [Interval(Real, 0, None, closed="left")],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "pooled_bands",
        "n_filters",
        "lags",
        "train_filters",
        "channels",
        "kernel_size",
        "norm",
        "activation",
        "shrinkage",
        "ridge",
        "mean",
        "min_crop",
        "gain",
        "dropout",
        "n_estimators",
    )
    _net_parameters: ClassVar[tuple[str, ...]] = (
        *TorchClassifier._net_parameters,
        "head_weight_decay",
    )
    _owned_net_params: ClassVar[dict[str, str]] = {"optimizer__param_groups": "head_lr"}
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        *,
        pooled_bands: int = 64,
        n_filters: int = 32,
        lags: Sequence[int] = (0, 1),
        train_filters: bool = True,
        channels: Sequence[int] = (),
        kernel_size: Any = 5,
        norm: str | None = "batch",
        activation: str = "relu",
        shrinkage: float = 0.01,
        ridge: float = 0.02,
        mean: bool = True,
        min_crop: float = 0.5,
        gain: float = 0.1,
        dropout: float = 0.5,
        n_estimators: int = 1,
        head_lr: float = 0.5,
        head_weight_decay: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
        lr: float = 1e-3,
        max_epochs: int = 20,
        batch_size: int = 32,
        optimizer: str = "adamw",
        weight_decay: float = 0.0,
        schedule: str = "cosine",
        gradient_clip: float | None = None,
        label_smoothing: float = 0.1,
        ema_decay: float | None = None,
        augmentation: Any = None,
        mixed_precision: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        class_weight: Any = None,
        threshold: Any = 0.5,
        warm_start: bool = False,
        callbacks: Sequence[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        device: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.pooled_bands = pooled_bands
        self.n_filters = n_filters
        self.lags = lags
        self.train_filters = train_filters
        self.channels = channels
        self.kernel_size = kernel_size
        self.norm = norm
        self.activation = activation
        self.shrinkage = shrinkage
        self.ridge = ridge
        self.mean = mean
        self.min_crop = min_crop
        self.gain = gain
        self.dropout = dropout
        self.n_estimators = n_estimators
        self.head_lr = head_lr
        self.head_weight_decay = head_weight_decay
        self.l1 = l1
        self.l2 = l2
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.gradient_clip = gradient_clip
        self.label_smoothing = label_smoothing
        self.ema_decay = ema_decay
        self.augmentation = augmentation
        self.mixed_precision = mixed_precision
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.threshold = threshold
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.net_params = net_params
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def transform(self, X: Any) -> np.ndarray:
        """Return the vectors that the dense layer classifies, for use by another classifier.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table, as in fit.

        Returns
        -------
        ndarray of shape (n_clips, n_values), float32
            Upper triangles of the logarithms of covariances, with entries off the diagonal times
            the square root of 2, and with ``mean=True`` the means of pooled bands; of each of the
            `n_estimators` networks. They are not normalized.
        """
        check_is_fitted(self)
        from ..nn._covariance import Features
        from ._training.device import explain_out_of_memory
        from ._training.weights import predict_logits

        maps = check_network_input(self, X, reset=False)
        module = Features(cast("CovarianceNet", self._inference_module()))
        with explain_out_of_memory(type(self).__name__, self.batch_size, maps.shape[1:]):
            return predict_logits(module, maps, self._inference_device(), self.batch_size)

    @property
    def _n_features_out(self) -> int:
        return cast("CovarianceNet", self._inference_module()).n_features

    def _module_class(self) -> Any:
        from ..nn import CovarianceNet

        return CovarianceNet

    def _set_statistics(self, module: Any, training: "MapDataset") -> None:
        from ._training.data import band_statistics

        super()._set_statistics(module, training)
        module.levels.set(*band_statistics(training))

    def _family_net_params(self) -> dict[str, Any]:
        options = {"lr": self.head_lr * self.lr, "weight_decay": self.head_weight_decay}
        return {"optimizer__param_groups": [(_HEADS, options)]}

    def _set_learning_rates(self, net: Any) -> None:
        # skorch keeps the group of the dense layers first.
        net.optimizer_.param_groups[0]["lr"] = self.head_lr * self.lr

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
