"""Convolutional networks as a classifier."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval, Options, StrOptions

from .._public import public
from ._constraints import COMMON_CONSTRAINTS, CONV_CONSTRAINTS, MAP_HEADS
from ._network import NetworkClassifier


@public
class CNNClassifier(NetworkClassifier):
    """Convolutional network over feature maps.

    Blocks of convolution, normalization, activation, max-pooling and dropout, then the mean over
    what is left of the map, dense layers, and the genres. Bands are standardized first, with the
    training clips' means and deviations. A table of shape (n_clips, n_features) is taken as maps
    of one band.

    Parameters
    ----------
    dims : {1, 2}, default=2
        2 convolves over bands and frames; 1 over frames, with the bands as channels.
    channels : sequence of int, default=(32, 64, 128)
        Channels of each block.
    kernel_size : int or sequence, default=3
        Size of the kernels: a number; with two axes a pair (bands, frames); or one of these for
        each block.
    padding : {"same", "valid"}, default="same"
        Whether convolution keeps the size of a map, or takes whole windows only.
    pool_size : int or sequence, default=2
        What each block's max-pooling divides the size by, as `kernel_size`. 1 leaves it out.
    pool_stride : int, sequence or None, default=None
        What pooling divides the size by, where its windows overlap; `pool_size` is then their size.
        None means `pool_size`.
    ceil_mode : bool, default=True
        Whether pooling rounds sizes up.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization of each block.
    norm_position : {"conv", "pool"}, default="conv"
        Whether it is behind the convolution or behind the pooling.
    norm_momentum : float, default=0.1
        Share of a batch in the moving statistics of batch norm.
    conv_bias : bool or None, default=None
        Whether convolutions have a bias. None leaves it out where normalization follows.
    conv_dropout : float or sequence of float, default=None
        Share of values that are dropped in training behind each block. None means `dropout`.
    head : {"avg", "max", "attention", "flatten"}, default="avg"
        How the map that is left becomes a vector: its mean, maximum or weighted mean over
        positions, or all of it.
    activation : {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}, default="relu"
        Activation of the layers.
    dropout : float, default=0.2
        Share of values that are dropped in training behind the dense layers.
    dense : sequence of int, default=()
        Widths of dense layers before the last one.
    stem : sequence of int, default=None
        Make maps of this size of the whole input first, by a dense layer: (channels, rows,
        columns), with ``dims=1`` (channels, positions). A table is then taken as it is.
    image_size : (int, int), default=None
        Height and width in pixels that maps are resized to. None keeps bands and frames.
    in_channels : {1, 3}, default=1
        Channels of the image.
    colormap : {"jet", "gray"} or None, default=None
        Colours of the image, from the least value of a map to its greatest; bands are then not
        standardized. Needs three channels. None keeps the standardized values.
    initializer : {"torch", "keras"}, default="torch"
        Whose conventions the first weights follow. Keras draws kernels after Glorot, recurrent
        weights as orthogonal matrices, and an LSTM starts out remembering.
    penalize : {"all", "conv", "dense"}, default="all"
        Which kernels `l1` and `l2` count: all, those of convolutions, or those of dense layers
        before the last one.
    l1 : float, default=0.0
        Factor of the sum of absolute kernel weights that is added to the loss.
    l2 : float, default=0.0
        Factor of the sum of squared kernel weights that is added to the loss.
    lr : float, default=1e-3
        Learning rate; the highest of a schedule.
    max_epochs : int, default=30
        Passes over the training clips.
    batch_size : int, default=32
        Clips in a batch.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
        How the weights are changed.
    weight_decay : float, default=0.0
        The optimizer's own decay of all weights.
    schedule : {"constant", "cosine", "one_cycle", "plateau"}, default="constant"
        How the learning rate changes: not at all; down to 0 over `max_epochs` along a cosine; up
        and down again, step by step; or to a half when the loss has not fallen for 4 epochs (the
        validation loss with `early_stopping`). `partial_fit` leaves it constant.
    gradient_clip : float, default=None
        The largest norm of all gradients together. None does not limit it.
    label_smoothing : float, default=0.0
        Share of each target that is spread over all genres.
    ema_decay : float, default=None
        Average the weights over the steps of training, keeping this share of the average at each
        one, and take the averaged weights for validation and prediction. Such as 0.99.
    augmentation : Augmentation, default=None
        Random changes of the training clips, batch by batch: a
        :class:`~skgenre.nn.Augmentation`.
    mixed_precision : bool, default=False
        Whether to train in bfloat16 where that is safe. On CUDA alone; it changes nothing
        elsewhere.
    early_stopping : bool, default=False
        Set some clips aside, stop when their loss no longer falls, and restore the best epoch.
    validation_fraction : float, default=0.1
        Share of clips to set aside, stratified by genre, with no group on both sides.
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss to wait for one.
    class_weight : dict, "balanced" or None, default=None
        What the clips of each genre count; "balanced" makes up for different numbers.
    warm_start : bool, default=False
        Let `fit` go on from the weights of the last one. Parameters of the network, `optimizer`,
        `weight_decay`, `label_smoothing` and `net_params` must be those it was made with. After
        loading from a file a new optimizer is used.
    callbacks : list of skorch callbacks, default=None
        Called during training. Scorers get the numbers of the genres in ``classes_`` as y; their
        scores are columns of ``history_``.
    net_params : dict, default=None
        Further arguments of the skorch net, such as ``optimizer__momentum``. What a parameter of
        the classifier sets is refused. ``{"plateau_patience": 10}`` makes that schedule wait for
        10 epochs.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", "mps"; "auto" takes CUDA, else MPS, else the CPU. A model that is
        loaded where its device is missing predicts on the CPU.
    random_state : int, RandomState instance or None, default=None
        Fixes first weights, shuffling, dropout, augmentation and the validation clips.
    verbose : int, default=0
        Above 0, a progress bar with the time left, loss and accuracy on standard error.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres.
    n_features_in_ : int
        Number of columns, when fitted on a table.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.
    history_ : DataFrame
        One row per epoch: losses, accuracies, seconds, learning rate, and scores of callbacks.
    net_ : skorch.NeuralNet
        The net, with the torch module in ``net_.module_``.

    See Also
    --------
    SegmentVotingClassifier : Lets it vote over the segments of a clip.

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
        **NetworkClassifier._parameter_constraints,
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
    )

    def __init__(
        self,
        *,
        dims: int = 2,
        channels: Sequence[int] = (32, 64, 128),
        kernel_size: Any = 3,
        padding: str = "same",
        pool_size: Any = 2,
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
        l1: float = 0.0,
        l2: float = 0.0,
        lr: float = 1e-3,
        max_epochs: int = 30,
        batch_size: int = 32,
        optimizer: str = "adam",
        weight_decay: float = 0.0,
        schedule: str = "constant",
        gradient_clip: float | None = None,
        label_smoothing: float = 0.0,
        ema_decay: float | None = None,
        augmentation: Any = None,
        mixed_precision: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        class_weight: Any = None,
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
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.net_params = net_params
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @property
    def _table_axis(self) -> int:  # type: ignore[override]
        # A stem reads all columns, each standardized on its own; kernels run along them.
        return 1 if self.stem is None else 2

    def _module_class(self) -> Any:
        from ..nn import CNN

        return CNN
