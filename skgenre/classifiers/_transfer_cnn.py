"""A network that was trained on photographs, as a classifier of feature maps."""

import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval, StrOptions

from .._public import public
from ._constraints import COMMON_CONSTRAINTS, MAP_HEADS
from ._network import NetworkClassifier


@public
class TransferCNNClassifier(NetworkClassifier):
    """VGG16 over feature maps as images, frozen or fine-tuned from weights of elsewhere.

    Maps are resized and given three channels inside the network. The convolutions start from
    published weights, by default those trained on ImageNet; the dense layers behind them are
    new. Blocks that are fine-tuned learn the more slowly the earlier they are.

    Parameters
    ----------
    weights : str, PathLike or None, default="imagenet"
        What the convolutions start from: "imagenet" for torchvision's published weights, looked for
        in torch's cache; a file of torch with a state dict; or None to draw them. Read in `fit`
        alone.
    trainable_blocks : int, default=0
        How many of the five blocks of convolution are trained, counted from the last. 0 freezes
        the base, 5 fine-tunes all of it.
    lr_decay : float, default=0.4
        What the learning rate of each block of convolution is of that of the layer group behind
        it; the dense layers have `lr`. 1 trains all at the same rate.
    image_size : (int, int), default=(216, 216)
        Height and width in pixels that maps are resized to, at least 32.
    colormap : {"jet", "gray"} or None, default=None
        Colours of the image, from the least value of a map to its greatest; bands are then not
        standardized. None gives the standardized values to all three channels.
    head : {"avg", "max", "attention", "flatten"}, default="flatten"
        How the map that is left becomes a vector: its mean, maximum or weighted mean over
        positions, or all of it.
    activation : {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}, default="relu"
        Activation of the layers.
    dropout : float, default=0.3
        Share of values that are dropped in training behind the dense layers.
    dense : sequence of int, default=(512,)
        Widths of dense layers before the last one.
    width : float, default=1.0
        Factor of the number of channels. Published weights need 1.
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
    CNNClassifier : Learns its convolutions from the clips alone.

    Notes
    -----
    The ImageNet weights are torchvision's: the file ``vgg16-397923af.pth``, 528 MB. Nothing is
    downloaded here; where the file is missing, the error of `fit` says where to put it. A fitted
    classifier has the weights in itself and needs the file no more.

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition", ICLR 2015.
    .. [2] H. Bahuleyan, "Music Genre Classification using Machine Learning Techniques",
       arXiv:1804.01149, 2018: VGG16 over mel spectrograms.
    .. [3] J. Howard, S. Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL
       2018: discriminative learning rates.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.classifiers import TransferCNNClassifier
    >>> maps = np.random.default_rng(0).normal(size=(6, 16, 40))
    >>> y = ["blues", "metal", "jazz"] * 2
    >>> vgg = TransferCNNClassifier(
    ...     weights=None, trainable_blocks=5, image_size=(32, 32), max_epochs=1, random_state=0
    ... )
    >>> vgg.fit(maps, y).predict_proba(maps).shape
    (6, 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        **NetworkClassifier._parameter_constraints,
        "penalize": COMMON_CONSTRAINTS["penalize"],
        "weights": [str, os.PathLike, None],
        "trainable_blocks": [Interval(Integral, 0, 5, closed="both")],
        "lr_decay": [Interval(Real, 0, None, closed="neither")],
        "image_size": ["array-like"],
        "colormap": [StrOptions({"jet", "gray"}), None],
        "head": [MAP_HEADS],
        "width": [Interval(Real, 0, None, closed="neither")],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "trainable_blocks",
        "image_size",
        "colormap",
        "head",
        "activation",
        "dropout",
        "dense",
        "width",
        "penalize",
    )
    _net_parameters: ClassVar[tuple[str, ...]] = (*NetworkClassifier._net_parameters, "weights")
    _owned_net_params: ClassVar[dict[str, str]] = {"optimizer__param_groups": "lr_decay"}
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        *,
        weights: str | os.PathLike | None = "imagenet",
        trainable_blocks: int = 0,
        lr_decay: float = 0.4,
        image_size: Sequence[int] | None = (216, 216),
        colormap: str | None = None,
        head: str = "flatten",
        activation: str = "relu",
        dropout: float = 0.3,
        dense: Sequence[int] = (512,),
        width: float = 1.0,
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
        self.weights = weights
        self.trainable_blocks = trainable_blocks
        self.lr_decay = lr_decay
        self.image_size = image_size
        self.colormap = colormap
        self.head = head
        self.activation = activation
        self.dropout = dropout
        self.dense = dense
        self.width = width
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
        from ..nn import VGG16

        return VGG16

    def _prepare_module(self, module: Any) -> None:
        if self.weights is not None:
            module.load_features(self.weights)

    def _layer_rates(self) -> list[tuple[str, dict[str, float]]]:
        """Return the learning rate of each convolution, as skorch takes groups of parameters."""
        from ..nn import VGG16

        lr = self.lr
        groups = []
        for layers in reversed(VGG16.layer_blocks()):
            lr *= self.lr_decay
            groups += [(f"{layer}.*", {"lr": lr}) for layer in layers]
        return groups

    def _family_net_params(self) -> dict[str, Any]:
        return {"optimizer__param_groups": self._layer_rates()}

    def _set_learning_rates(self, net: Any) -> None:
        # skorch has the groups in this order, and what is in none of them last.
        for group, (_, options) in zip(
            net.optimizer_.param_groups[:-1], self._layer_rates(), strict=True
        ):
            group.update(options)
