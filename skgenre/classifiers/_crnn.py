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
from ._network import NetworkClassifier


@public
class CRNNClassifier(NetworkClassifier):
    """Convolutions that shorten feature maps, and a recurrent network over what is left.

    Bands are standardized first, with the training clips' means and deviations. A table of shape
    (n_clips, n_features) is taken as maps of one frame.

    Parameters
    ----------
    dims : {1, 2}, default=1
        2 convolves over bands and frames; 1 over frames, with the bands as channels.
    channels : sequence of int, default=(56, 56, 56)
        Channels of each block.
    kernel_size : int or sequence, default=5
        Size of the kernels: a number; with two axes a pair (bands, frames); or one of these for
        each block.
    padding : {"same", "valid"}, default="same"
        Whether convolution keeps the size of a map, or takes whole windows only.
    pool_size : int or sequence, default=2
        What each block's max-pooling divides the size by, as `kernel_size`. 1 leaves it out.
    ceil_mode : bool, default=True
        Whether pooling rounds sizes up.
    norm : {"batch", "layer"} or None, default="batch"
        Normalization of each block.
    norm_momentum : float, default=0.1
        Share of a batch in the moving statistics of batch norm.
    conv_bias : bool or None, default=None
        Whether convolutions have a bias. None leaves it out where normalization follows.
    conv_dropout : float or sequence of float, default=None
        Share of values that are dropped in training behind each block. None means `dropout`.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    hidden_size : int or sequence of int, default=96
        Values that a recurrent layer remembers; a sequence has one number a layer.
    num_layers : int, default=1
        Number of recurrent layers. Left alone when `hidden_size` is a sequence.
    bidirectional : bool, default=False
        Whether to read the frames backwards, too.
    layer_dropout : float, default=None
        Share of values that are dropped in training between recurrent layers. None means
        `dropout`.
    recurrent_dropout : float, default=0.0
        Share of the remembered values that are dropped in training inside the cells, the same at
        every step of a batch. Steps then run one by one, which is slower.
    head : {"last", "avg", "max", "attention", "flatten"}, default="last"
        What the recurrent layers hand on: what the last one remembers at the end, or its outputs
        at all steps: their mean, maximum, weighted mean, or all of them.
    activation : {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}, default="relu"
        Activation of the layers.
    dropout : float, default=0.2
        Share of values that are dropped in training behind the dense layers and the recurrent ones.
    dense : sequence of int, default=(64,)
        Widths of dense layers before the last one.
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
        **NetworkClassifier._parameter_constraints,
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
