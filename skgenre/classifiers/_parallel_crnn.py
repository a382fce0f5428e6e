"""Parallel convolutional and recurrent networks as a classifier."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._public import public
from ._cnn import CNNClassifier
from ._lstm import LSTMClassifier
from ._torch import TorchClassifier
from ._training.constraints import (
    BLOCK_CONSTRAINTS,
    COMMON_CONSTRAINTS,
    MAP_HEADS,
    RECURRENT_CONSTRAINTS,
    SEQUENCE_HEADS,
)


@public
@inherit_docs(CNNClassifier, LSTMClassifier)
class ParallelCRNNClassifier(TorchClassifier):
    """A convolutional and a recurrent network over the same feature maps, joined at the end.

    One branch convolves over bands and frames, the other reads the pooled frames in order; the
    genres are predicted from both. Bands are centred per clip and standardized first, with the
    training clips' means and deviations. A table of shape (n_clips, n_features) is treated as maps
    of one frame.

    Parameters
    ----------
    recurrent_pool : int or (int, int), default=(8, 4)
        Max-pooling factors of bands and frames before the recurrent branch.
    recurrent_head : {"last", "avg", "max", "attention", "flatten"}, default="attention"
        Output of the recurrent branch: the final hidden state of its last layer, or the mean,
        maximum or weighted mean of its outputs over all steps, or all of them.
    dropout : float, default=0.0
        Dropout rate after blocks, recurrent layers and dense layers.

    See Also
    --------
    CRNNClassifier : Puts the recurrent network after the convolutions.
    SegmentVotingClassifier : Votes over the segments of a clip.

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
        **TorchClassifier._parameter_constraints,
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
        "center",
    )
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        *,
        channels: Sequence[int] = (16, 32, 64),
        kernel_size: Any = 3,
        padding: str = "same",
        pool_size: Any = 4,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        head: str = "avg",
        recurrent_pool: Any = (8, 4),
        cell: str = "gru",
        hidden_size: int | Sequence[int] = 32,
        num_layers: int = 1,
        bidirectional: bool = True,
        recurrent_dropout: float = 0.0,
        recurrent_head: str = "attention",
        activation: str = "relu",
        dropout: float = 0.0,
        dense: Sequence[int] = (),
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = "clip",
        l1: float = 0.0,
        l2: float = 0.0,
        lr: float = 3e-3,
        max_epochs: int = 15,
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
        from ..nn import ParallelCRNN

        return ParallelCRNN
