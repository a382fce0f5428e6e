"""Convolutional recurrent networks as a classifier."""

from collections.abc import Sequence
from typing import Any, ClassVar

from .._public import public
from ._constraints import (
    COMMON_CONSTRAINTS,
    CONV_CONSTRAINTS,
    LAYER_DROPOUT_CONSTRAINT,
    RECURRENT_CONSTRAINTS,
    SEQUENCE_HEADS,
)
from ._torch import TorchClassifier


@public
class CRNNClassifier(TorchClassifier):
    """Convolutions that shorten feature maps, followed by a recurrent network.

    Bands are standardized first, with the training clips' means and deviations. A table of shape
    (n_clips, n_features) is treated as maps of one frame.

    Parameters
    ----------
    dims : {1, 2}, default=1
        2 convolves over bands and frames; 1 over frames, with the bands as channels.
    channels : sequence of int, default=(56, 56, 56)
        Channels of each block.
    kernel_size : int or sequence, default=5
        Kernel size: a number, a pair (bands, frames) with two axes, or one of these per block.
    padding : {"same", "valid"}, default="same"
        "same" keeps the size of the map; "valid" uses whole windows only.
    pool_size : int or sequence, default=2
        Max-pooling factor of each block, given as `kernel_size`. 1 omits pooling.
    ceil_mode : bool, default=True
        Whether pooling rounds sizes up.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization of each block.
    norm_momentum : float, default=0.1
        Momentum of batch norm: the weight of each batch in the running statistics.
    conv_bias : bool or None, default=None
        Whether convolutions have a bias. None omits it where normalization follows.
    conv_dropout : float or sequence of float, default=None
        Dropout rate after each block. None means `dropout`.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    hidden_size : int or sequence of int, default=96
        Hidden units per recurrent layer; a sequence has one number per layer.
    num_layers : int, default=1
        Number of recurrent layers. Ignored if `hidden_size` is a sequence.
    bidirectional : bool, default=False
        Whether to read the frames backwards, too.
    layer_dropout : float, default=None
        Dropout rate between recurrent layers. None means `dropout`.
    recurrent_dropout : float, default=0.0
        Dropout rate of the hidden state inside the cells, with the same mask at every step. Steps
        then run one by one, which is slower.
    head : {"last", "avg", "max", "attention", "flatten"}, default="last"
        Output of the recurrent layers: the final hidden state of the last one, or the mean, maximum
        or weighted mean of its outputs over all steps, or all of them.
    activation : {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}, default="relu"
        Activation function.
    dropout : float, default=0.2
        Dropout rate after the dense and the recurrent layers.
    dense : sequence of int, default=(64,)
        Widths of the dense layers before the output layer.
    initializer : {"torch", "keras"}, default="torch"
        Weight initialization scheme. Keras draws Glorot kernels and orthogonal recurrent weights,
        and sets the bias of an LSTM's forget gate to 1.
    penalize : {"all", "conv", "dense"}, default="all"
        Kernels that `l1` and `l2` penalize: all, those of convolutions, or those of dense layers
        before the output layer.
    l1 : float, default=0.0
        L1 penalty: factor of the sum of absolute kernel weights in the loss.
    l2 : float, default=0.0
        L2 penalty: factor of the sum of squared kernel weights in the loss.
    lr : float, default=1e-3
        Learning rate; the maximum of a schedule.
    max_epochs : int, default=30
        Maximum number of epochs.
    batch_size : int, default=32
        Clips per batch.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
        Optimizer.
    weight_decay : float, default=0.0
        Weight decay of the optimizer, applied to all weights.
    schedule : {"constant", "cosine", "one_cycle", "plateau"}, default="constant"
        Learning rate schedule: constant; cosine decay to 0 over `max_epochs`; one cycle up and
        down, changed at each step; or halved when the loss has not fallen for 4 epochs (the
        validation loss with `early_stopping`). `partial_fit` keeps the rate constant.
    gradient_clip : float, default=None
        Maximum norm of all gradients together. None disables clipping.
    label_smoothing : float, default=0.0
        Share of each target that is spread over all genres.
    ema_decay : float, default=None
        Decay per step of an exponential moving average of the weights, which validation and
        prediction then use. Such as 0.99.
    augmentation : Augmentation, callable or None, default=None
        Random augmentation of each training batch: an :class:`~skgenre.nn.Augmentation`, or a
        function or module of (maps, generator) that returns maps.
    mixed_precision : bool, default=False
        Whether to train in bfloat16 where that is safe. CUDA only; no effect elsewhere.
    early_stopping : bool, default=False
        Whether to hold out validation clips, stop when their loss no longer falls, and restore the
        best epoch.
    validation_fraction : float, default=0.1
        Share of clips to hold out, stratified by genre; a group is never split.
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss before training stops.
    class_weight : dict, "balanced" or None, default=None
        Class weights; "balanced" weights inversely to class frequency.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous fit. Parameters of the network,
        `optimizer`, `weight_decay`, `label_smoothing` and `net_params` must be unchanged. After
        loading from a file a new optimizer is used.
    callbacks : list of skorch callbacks, default=None
        Called during training. Scorers get indices into ``classes_`` as y; their scores are columns
        of ``history_``.
    net_params : dict, default=None
        Further arguments of the skorch net, such as ``optimizer__momentum``. Arguments that a
        parameter of the classifier sets are refused. ``{"plateau_patience": 10}`` sets the patience
        of the "plateau" schedule to 10 epochs.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1" or "mps"; "auto" uses CUDA, else MPS, else the CPU. A model loaded
        where its device is missing predicts on the CPU.
    random_state : int, RandomState instance or None, default=None
        Seeds initial weights, shuffling, dropout, augmentation and the validation split.
    verbose : int, default=0
        Above 0, show a progress bar with the time left, loss and accuracy on standard error.

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
    SegmentVotingClassifier : Votes over the segments of a clip.

    References
    ----------
    .. [1] K. Choi, G. Fazekas, M. Sandler, K. Cho, "Convolutional Recurrent Neural Networks for
       Music Classification", ICASSP 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import CRNNClassifier
    >>> maps = np.random.default_rng(0).normal(size=(12, 13, 40))
    >>> y = ["blues", "metal", "jazz"] * 4
    >>> crnn = CRNNClassifier(channels=(8,), hidden_size=8, max_epochs=2, random_state=0)
    >>> crnn.fit(maps, y).predict(maps).shape
    (12,)
    """

    _parameter_constraints: ClassVar[dict] = {
        **TorchClassifier._parameter_constraints,
        **CONV_CONSTRAINTS,
        **RECURRENT_CONSTRAINTS,
        **LAYER_DROPOUT_CONSTRAINT,
        **COMMON_CONSTRAINTS,
        "head": [SEQUENCE_HEADS],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "dims",
        "channels",
        "kernel_size",
        "padding",
        "pool_size",
        "ceil_mode",
        "norm",
        "norm_momentum",
        "conv_bias",
        "conv_dropout",
        "cell",
        "hidden_size",
        "num_layers",
        "bidirectional",
        "layer_dropout",
        "recurrent_dropout",
        "head",
        "activation",
        "dropout",
        "dense",
        "initializer",
        "penalize",
    )
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        *,
        dims: int = 1,
        channels: Sequence[int] = (56, 56, 56),
        kernel_size: Any = 5,
        padding: str = "same",
        pool_size: Any = 2,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        norm_momentum: float = 0.1,
        conv_bias: bool | None = None,
        conv_dropout: Any = None,
        cell: str = "lstm",
        hidden_size: int | Sequence[int] = 96,
        num_layers: int = 1,
        bidirectional: bool = False,
        layer_dropout: float | None = None,
        recurrent_dropout: float = 0.0,
        head: str = "last",
        activation: str = "relu",
        dropout: float = 0.2,
        dense: Sequence[int] = (64,),
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
        self.ceil_mode = ceil_mode
        self.norm = norm
        self.norm_momentum = norm_momentum
        self.conv_bias = conv_bias
        self.conv_dropout = conv_dropout
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.layer_dropout = layer_dropout
        self.recurrent_dropout = recurrent_dropout
        self.head = head
        self.activation = activation
        self.dropout = dropout
        self.dense = dense
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

    def _module_class(self) -> Any:
        from ..nn import CRNN

        return CRNN
