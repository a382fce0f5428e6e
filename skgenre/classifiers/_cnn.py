"""Convolutional networks as a classifier."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval, Options, StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._torch import TorchClassifier
from ._training.constraints import COMMON_CONSTRAINTS, CONV_CONSTRAINTS, MAP_HEADS


@public
@inherit_docs()
class CNNClassifier(TorchClassifier):
    """Convolutional network over feature maps.

    Blocks of convolution, normalization, activation, max-pooling and dropout, then the mean over
    the last map, dense layers, and the genres. Bands are centred per clip and standardized first,
    with the training clips' means and deviations. A table of shape (n_clips, n_features) is treated
    as maps of one band.

    Parameters
    ----------
    dims : {1, 2}, default=1
        1 convolves over frames, with the bands as channels; 2 over bands and frames, which takes
        ten times as long or more. Images need 2.
    channels : sequence of int, default=(128, 128, 128)
        Channels of each block.
    kernel_size : int or sequence, default=3
        Kernel size: a number, a pair (bands, frames) with two axes, or one of these per block.
    padding : {"same", "valid"}, default="same"
        "same" keeps the size of the map; "valid" uses whole windows only.
    pool_size : int or sequence, default=4
        Max-pooling factor of each block, given as `kernel_size`. 1 omits pooling.
    pool_stride : int, sequence or None, default=None
        Stride of the pooling, for overlapping windows of `pool_size`. None means `pool_size`.
    ceil_mode : bool, default=True
        Whether pooling rounds sizes up.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization of each block.
    norm_position : {"conv", "pool"}, default="conv"
        Normalize after the convolution or after pooling.
    norm_momentum : float, default=0.1
        Momentum of batch norm: the weight of each batch in the running statistics.
    conv_bias : bool or None, default=None
        Whether convolutions have a bias. None omits it where normalization follows.
    conv_dropout : float or sequence of float, default=None
        Dropout rate after each block. None means `dropout`.
    head : {"avg", "max", "attention", "covariance", "flatten"}, default="avg"
        Reduction of the last map to a vector: its mean, maximum or weighted mean over positions,
        the logarithm of its channels' covariance, or all of it.
    activation : {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}, default="relu"
        Activation function.
    dropout : float, default=0.2
        Dropout rate after the dense layers.
    dense : sequence of int, default=()
        Widths of the dense layers before the output layer.
    stem : sequence of int, default=None
        Map the whole input to this shape first, by a dense layer: (channels, rows, columns), or
        (channels, positions) with ``dims=1``. A table is then used as it is.
    image_size : (int, int), default=None
        Height and width in pixels that maps are resized to. None keeps bands and frames.
    in_channels : {1, 3}, default=1
        Channels of the image.
    colormap : {"jet", "gray"} or None, default=None
        Colormap of the image, from the minimum of each map to its maximum; bands are then not
        standardized. Needs three channels. None keeps the standardized values.
    initializer : {"torch", "keras"}, default="torch"
        Weight initialization scheme. Keras draws Glorot kernels and orthogonal recurrent weights,
        and sets the bias of an LSTM's forget gate to 1.
    penalize : {"all", "conv", "dense"}, default="all"
        Kernels that `l1` and `l2` penalize: all, those of convolutions, or those of dense layers
        before the output layer.

    See Also
    --------
    SegmentVotingClassifier : Votes over the segments of a clip.

    References
    ----------
    .. [1] K. Choi, G. Fazekas, M. Sandler, "Automatic Tagging Using Deep Convolutional Neural
       Networks", ISMIR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import CNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["blues", "metal"], 20)
    >>> maps = rng.normal(size=(40, 16, 32)) + (y == "metal")[:, None, None] * np.eye(16, 32)
    >>> cnn = CNNClassifier(channels=(8,), max_epochs=10, lr=1e-2, random_state=0).fit(maps, y)
    >>> cnn.predict_proba(maps[:3]).shape
    (3, 2)
    """

    _parameter_constraints: ClassVar[dict] = {
        **TorchClassifier._parameter_constraints,
        **CONV_CONSTRAINTS,
        **COMMON_CONSTRAINTS,
        "pool_stride": [Interval(Integral, 1, None, closed="left"), "array-like", None],
        "norm_position": [StrOptions({"conv", "pool"})],
        "head": [MAP_HEADS],
        "stem": ["array-like", None],
        "image_size": ["array-like", None],
        "in_channels": [Options(Integral, {1, 3})],
        "colormap": [StrOptions({"jet", "gray"}), None],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "dims",
        "channels",
        "kernel_size",
        "padding",
        "pool_size",
        "pool_stride",
        "ceil_mode",
        "norm",
        "norm_position",
        "norm_momentum",
        "conv_bias",
        "conv_dropout",
        "head",
        "activation",
        "dropout",
        "dense",
        "stem",
        "image_size",
        "in_channels",
        "colormap",
        "initializer",
        "penalize",
        "center",
    )

    def __init__(
        self,
        *,
        dims: int = 1,
        channels: Sequence[int] = (128, 128, 128),
        kernel_size: Any = 3,
        padding: str = "same",
        pool_size: Any = 4,
        pool_stride: Any = None,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        norm_position: str = "conv",
        norm_momentum: float = 0.1,
        conv_bias: bool | None = None,
        conv_dropout: Any = None,
        head: str = "avg",
        activation: str = "relu",
        dropout: float = 0.2,
        dense: Sequence[int] = (),
        stem: Sequence[int] | None = None,
        image_size: Sequence[int] | None = None,
        in_channels: int = 1,
        colormap: str | None = None,
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = "clip",
        l1: float = 0.0,
        l2: float = 0.0,
        lr: float = 3e-3,
        max_epochs: int = 40,
        batch_size: int = 32,
        optimizer: str = "adam",
        weight_decay: float = 0.0,
        schedule: str = "one_cycle",
        gradient_clip: float | None = None,
        label_smoothing: float = 0.0,
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
        self.dims = dims
        self.channels = channels
        self.kernel_size = kernel_size
        self.padding = padding
        self.pool_size = pool_size
        self.pool_stride = pool_stride
        self.ceil_mode = ceil_mode
        self.norm = norm
        self.norm_position = norm_position
        self.norm_momentum = norm_momentum
        self.conv_bias = conv_bias
        self.conv_dropout = conv_dropout
        self.head = head
        self.activation = activation
        self.dropout = dropout
        self.dense = dense
        self.stem = stem
        self.image_size = image_size
        self.in_channels = in_channels
        self.colormap = colormap
        self.initializer = initializer
        self.penalize = penalize
        self.center = center
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

    @property
    def _table_axis(self) -> int:  # type: ignore[override]
        # A stem reads all columns, each standardized separately; kernels run along them.
        return 1 if self.stem is None else 2

    def _module_class(self) -> Any:
        from ..nn import CNN

        return CNN
