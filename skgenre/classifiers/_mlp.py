"""Dense networks as a classifier."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sklearn.utils._param_validation import StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._cnn import CNNClassifier
from ._torch import TorchClassifier
from ._training.constraints import COMMON_CONSTRAINTS


@public
@inherit_docs(CNNClassifier)
class MLPGenreClassifier(TorchClassifier):
    """Dense network over whole feature maps, or over a table.

    Unlike :class:`sklearn.neural_network.MLPClassifier` it takes maps, groups, sample weights and a
    GPU, has dropout, and standardizes: each band, or each column of a table, with the training
    clips' mean and deviation.

    See Also
    --------
    CNNClassifier : Knows which values of a map are neighbours.
    SegmentVotingClassifier : Votes over the segments of a clip.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import MLPGenreClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["blues", "metal"], 20)
    >>> table = rng.normal(size=(40, 6)) + 2 * (y == "metal")[:, None]
    >>> mlp = MLPGenreClassifier(dense=(16,), lr=1e-2, random_state=0).fit(table, y)
    >>> mlp.score(table, y) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **TorchClassifier._parameter_constraints,
        **COMMON_CONSTRAINTS,
        "norm": [StrOptions({"batch", "layer"}), None],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "norm",
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
        norm: str | None = None,
        activation: str = "relu",
        dropout: float = 0.3,
        dense: Sequence[int] = (512, 256, 64),
        initializer: str = "torch",
        penalize: str = "all",
        center: str | None = None,
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
        threshold: Any = 0.5,
        warm_start: bool = False,
        callbacks: Sequence[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        device: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.norm = norm
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
        from ..nn import MLP

        return MLP
