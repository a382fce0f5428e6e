"""Recurrent networks as a classifier."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._public import public
from ._cnn import CNNClassifier
from ._torch import TorchClassifier
from ._training.constraints import (
    COMMON_CONSTRAINTS,
    LAYER_DROPOUT_CONSTRAINT,
    RECURRENT_CONSTRAINTS,
    SEQUENCE_HEADS,
)


@public
@inherit_docs(CNNClassifier)
class LSTMClassifier(TorchClassifier):
    """Recurrent network over the frames of feature maps.

    LSTM, GRU or plain recurrent layers read averages of a few frames, one after the other; the
    genres are predicted from the maximum of their outputs over time. Bands are standardized first,
    with the training clips' means and deviations. A table of shape (n_clips, n_features) is treated
    as maps of one frame.

    Parameters
    ----------
    pool_size : int, default=8
        Number of frames that are averaged into one before all other layers; the last group may have
        fewer. Long sequences are hard to learn and slow to read. 1 omits pooling.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    hidden_size : int or sequence of int, default=128
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
    head : {"last", "avg", "max", "attention", "flatten"}, default="max"
        Output of the recurrent layers: the final hidden state of the last one, or the mean, maximum
        or weighted mean of its outputs over all steps, or all of them.
    dropout : float, default=0.3
        Dropout rate after dense layers, and between recurrent layers if `layer_dropout` is None.
    stem : (int, int), default=None
        Map the whole input to this shape, (n_bands, n_frames), first, by a dense layer.

    See Also
    --------
    SegmentVotingClassifier : Votes over the segments of a clip.

    References
    ----------
    .. [1] S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997.
    .. [2] K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for
       Statistical Machine Translation", EMNLP 2014: the GRU.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import LSTMClassifier
    >>> maps = np.random.default_rng(0).normal(size=(12, 13, 20))
    >>> y = ["blues", "metal", "jazz"] * 4
    >>> lstm = LSTMClassifier(hidden_size=8, max_epochs=3, random_state=0).fit(maps, y)
    >>> lstm.history_["epoch"].tolist()
    [1, 2, 3]
    """

    _parameter_constraints: ClassVar[dict] = {
        **TorchClassifier._parameter_constraints,
        **RECURRENT_CONSTRAINTS,
        **LAYER_DROPOUT_CONSTRAINT,
        **COMMON_CONSTRAINTS,
        "pool_size": [Interval(Integral, 1, None, closed="left")],
        "head": [SEQUENCE_HEADS],
        "stem": ["array-like", None],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "pool_size",
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
        "stem",
        "initializer",
        "penalize",
        "center",
    )
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        *,
        pool_size: int = 8,
        cell: str = "lstm",
        hidden_size: int | Sequence[int] = 128,
        num_layers: int = 1,
        bidirectional: bool = False,
        layer_dropout: float | None = None,
        recurrent_dropout: float = 0.0,
        head: str = "max",
        activation: str = "relu",
        dropout: float = 0.3,
        dense: Sequence[int] = (),
        stem: Sequence[int] | None = None,
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = None,
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
        self.pool_size = pool_size
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
        self.stem = stem
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

    def _module_class(self) -> Any:
        from ..nn import RecurrentNetwork

        return RecurrentNetwork
