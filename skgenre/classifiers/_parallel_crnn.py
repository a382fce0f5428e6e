"""Convolutional and recurrent networks side by side, as a classifier."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from .._public import public
from ._constraints import (
    BLOCK_CONSTRAINTS,
    COMMON_CONSTRAINTS,
    MAP_HEADS,
    RECURRENT_CONSTRAINTS,
    SEQUENCE_HEADS,
)
from ._network import NetworkClassifier


@public
class ParallelCRNNClassifier(NetworkClassifier):
    """A convolutional and a recurrent network over the same feature maps, joined at the end.

    One branch convolves over bands and frames, the other reads the pooled frames in order; the
    genres are told from both. Bands are standardized first, with the training clips' means and
    deviations. A table of shape (n_clips, n_features) is taken as maps of one frame.

    Parameters
    ----------
    channels : sequence of int, default=(16, 32, 64, 64, 64)
        Channels of each block.
    kernel_size : int or sequence, default=3
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
    head : {"avg", "max", "attention", "flatten"}, default="flatten"
        How the map that is left becomes a vector: its mean, maximum or weighted mean over
        positions, or all of it.
    recurrent_pool : int or (int, int), default=(2, 4)
        What the max-pooling before the recurrent branch divides bands and frames by.
    cell : {"lstm", "gru", "rnn"}, default="gru"
        Kind of recurrent cell.
    hidden_size : int or sequence of int, default=64
        Values that a recurrent layer remembers; a sequence has one number a layer.
    num_layers : int, default=1
        Number of recurrent layers. Left alone when `hidden_size` is a sequence.
    bidirectional : bool, default=True
        Whether to read the frames backwards, too.
    recurrent_dropout : float, default=0.0
        Share of the remembered values that are dropped in training inside the cells, the same at
        every step of a batch. Steps then run one by one, which is slower.
    recurrent_head : {"last", "avg", "max", "attention", "flatten"}, default="last"
        What the recurrent branch hands on: what its last layer remembers at the end, or its
        outputs at all steps: their mean, maximum, weighted mean, or all of them.
    activation : {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}, default="relu"
        Activation of the layers.
    dropout : float, default=0.0
        Share of values that are dropped in training behind blocks, recurrent and dense layers.
    dense : sequence of int, default=()
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
    CRNNClassifier : Puts the recurrent network behind the convolutions.
    SegmentVotingClassifier : Lets it vote over the segments of a clip.

    References
    ----------
    .. [1] L. Feng, S. Liu, J. Yao, "Music Genre Classification with Paralleling Recurrent
       Convolutional Neural Network", arXiv:1712.08370, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import ParallelCRNNClassifier
    >>> maps = np.random.default_rng(0).normal(size=(12, 16, 40))
    >>> y = ["blues", "metal", "jazz"] * 4
    >>> crnn = ParallelCRNNClassifier(channels=(8, 8), hidden_size=4, max_epochs=2, random_state=0)
    >>> crnn.fit(maps, y).predict_proba(maps).shape
    (12, 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        **NetworkClassifier._parameter_constraints,
        **BLOCK_CONSTRAINTS,
        **RECURRENT_CONSTRAINTS,
        **COMMON_CONSTRAINTS,
        "head": [MAP_HEADS],
        "recurrent_pool": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "recurrent_head": [SEQUENCE_HEADS],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "channels",
        "kernel_size",
        "padding",
        "pool_size",
        "ceil_mode",
        "norm",
        "head",
        "recurrent_pool",
        "cell",
        "hidden_size",
        "num_layers",
        "bidirectional",
        "recurrent_dropout",
        "recurrent_head",
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
        channels: Sequence[int] = (16, 32, 64, 64, 64),
        kernel_size: Any = 3,
        padding: str = "same",
        pool_size: Any = 2,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        head: str = "flatten",
        recurrent_pool: Any = (2, 4),
        cell: str = "gru",
        hidden_size: int | Sequence[int] = 64,
        num_layers: int = 1,
        bidirectional: bool = True,
        recurrent_dropout: float = 0.0,
        recurrent_head: str = "last",
        activation: str = "relu",
        dropout: float = 0.0,
        dense: Sequence[int] = (),
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
        self.channels = channels
        self.kernel_size = kernel_size
        self.padding = padding
        self.pool_size = pool_size
        self.ceil_mode = ceil_mode
        self.norm = norm
        self.head = head
        self.recurrent_pool = recurrent_pool
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.recurrent_dropout = recurrent_dropout
        self.recurrent_head = recurrent_head
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
        from ..nn import ParallelCRNN

        return ParallelCRNN
