"""Convolutional recurrent networks as a classifier."""

from collections.abc import Sequence
from typing import Any, ClassVar

from .._docstrings import inherit_docs
from .._public import public
from ._cnn import CNNClassifier
from ._lstm import LSTMClassifier
from ._torch import TorchClassifier
from ._training.constraints import (
    COMMON_CONSTRAINTS,
    CONV_CONSTRAINTS,
    LAYER_DROPOUT_CONSTRAINT,
    RECURRENT_CONSTRAINTS,
    SEQUENCE_HEADS,
)


@public
@inherit_docs(LSTMClassifier, CNNClassifier)
class CRNNClassifier(TorchClassifier):
    """Convolutions that shorten feature maps, followed by a recurrent network.

    Bands are centred per clip and standardized first, with the training clips' means and
    deviations. A table of shape (n_clips, n_features) is treated as maps of one frame.

    Parameters
    ----------
    pool_size : int or sequence, default=4
        Max-pooling factor of each block, given as `kernel_size`. 1 omits pooling.
    dropout : float, default=0.2
        Dropout rate after the dense and the recurrent layers.

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
        "center",
    )
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        *,
        dims: int = 1,
        channels: Sequence[int] = (64, 64),
        kernel_size: Any = 5,
        padding: str = "same",
        pool_size: Any = 4,
        ceil_mode: bool = True,
        norm: str | None = "batch",
        norm_momentum: float = 0.1,
        conv_bias: bool | None = None,
        conv_dropout: Any = None,
        cell: str = "gru",
        hidden_size: int | Sequence[int] = 96,
        num_layers: int = 1,
        bidirectional: bool = False,
        layer_dropout: float | None = None,
        recurrent_dropout: float = 0.0,
        head: str = "attention",
        activation: str = "relu",
        dropout: float = 0.2,
        dense: Sequence[int] = (64,),
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
        from ..nn import CRNN

        return CRNN
