"""Transfer learning: a network trained on photographs or on music as a classifier of maps."""

import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval, StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._cnn import CNNClassifier
from ._torch import TorchClassifier
from ._training.constraints import COMMON_CONSTRAINTS, MAP_HEADS


@public
@inherit_docs(CNNClassifier)
class TransferCNNClassifier(TorchClassifier):
    """Network for photographs over feature maps as images, or musicnn, frozen or fine-tuned.

    Maps are resized and given three channels inside the network. Its backbone, by default VGG16,
    starts from published weights, by default those trained on ImageNet; the dense layers after it
    are new. The earlier a fine-tuned block, the lower its learning rate.

    Parameters
    ----------
    backbone : str or callable, default="vgg16"
        "vgg16"; "musicnn", trained to tag music, see the notes; "timm:" and the name of one of
        timm's networks, pooled as timm does (extra ``skgenre[timm]``); or a function without
        arguments that returns a new module from images (n, 3, height, width) to (n, channels) or
        (n, channels, rows, columns).
    weights : str, PathLike or None, default="imagenet"
        Initial weights of the backbone: "imagenet" for torchvision's published weights of VGG16,
        looked up in torch's cache; a torch file with a state dict; or None for those that the
        backbone is made with. Of "musicnn": "msd", "mtt", a path as in
        :class:`~skgenre.features.MusicnnEmbedding`, or None. Read only in `fit`.
    trainable_blocks : int, default=0
        Number of blocks to train, counted from the last; 0 freezes the backbone. VGG16 and
        musicnn have 5; those of another backbone are its child modules with weights.
    lr_decay : float, default=0.4
        Learning rate of each block, as a share of that of the layer group after it; the
        dense layers have `lr`. 1 trains all at the same rate.
    image_size : (int, int), default=(216, 216)
        Height and width in pixels that maps are resized to, at least 32 for VGG16.
    colormap : {"jet", "gray"} or None, default=None
        Colormap of the image, from the minimum of each map to its maximum; bands are then not
        standardized. None gives the standardized values to all three channels.
    width : float, default=1.0
        Multiplier of the number of channels of VGG16. Published weights need 1.

    See Also
    --------
    CNNClassifier : Learns its convolutions from the clips alone.

    Notes
    -----
    The ImageNet weights are torchvision's: the file ``vgg16-397923af.pth``, 528 MB. Nothing is
    downloaded here; where the file is missing, the error of `fit` says where to put it. A fitted
    classifier contains the weights and no longer needs the file.

    With ``backbone="musicnn"`` maps are those of ``MelSpectrogram(sr=16000, n_fft=512,
    hop_length=256, n_mels=96)``, in dB, of any number of frames; it was trained on 187, 3 s. They
    are neither standardized nor made images: `image_size` and `head` are ignored, and `colormap`
    and `width` refused. The dense layers follow its last hidden layer.

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
        **TorchClassifier._parameter_constraints,
        "penalize": COMMON_CONSTRAINTS["penalize"],
        "backbone": [str, callable],
        "weights": [str, os.PathLike, None],
        "trainable_blocks": [Interval(Integral, 0, None, closed="left")],
        "lr_decay": [Interval(Real, 0, None, closed="neither")],
        "image_size": ["array-like"],
        "colormap": [StrOptions({"jet", "gray"}), None],
        "head": [MAP_HEADS],
        "width": [Interval(Real, 0, None, closed="neither")],
    }
    _module_parameters: ClassVar[tuple[str, ...]] = (
        "backbone",
        "trainable_blocks",
        "image_size",
        "colormap",
        "head",
        "activation",
        "dropout",
        "dense",
        "width",
        "penalize",
        "center",
    )
    _net_parameters: ClassVar[tuple[str, ...]] = (*TorchClassifier._net_parameters, "weights")
    _owned_net_params: ClassVar[dict[str, str]] = {"optimizer__param_groups": "lr_decay"}
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        *,
        backbone: Any = "vgg16",
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
        self.backbone = backbone
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
        from ..nn._vgg import make_transfer_network

        return make_transfer_network

    def _prepare_module(self, module: Any) -> None:
        if self.weights is None:
            return
        if self.backbone == "musicnn":
            module.load_features(self._read_musicnn())
            return
        if self.weights == "imagenet" and self.backbone != "vgg16":
            raise ValueError(
                f"weights='imagenet' is a file of VGG16: with backbone={self.backbone!r} the "
                f"'weights' parameter of {type(self).__name__} must be a torch file with the "
                f"backbone's state dict, or None. With timm, torch.save(timm.create_model(name, "
                f"pretrained=True).state_dict(), path) writes one."
            )
        module.load_features(self.weights)

    def _read_musicnn(self) -> dict[str, Any]:
        import torch

        from .._published_weights.musicnn import read_weights

        assert self.weights is not None
        name = type(self).__name__
        if self.weights == "imagenet":
            raise ValueError(
                f"weights='imagenet' is a file of VGG16: with backbone='musicnn' the 'weights' "
                f"parameter of {name} must be 'msd', 'mtt', a path of its weights, or None."
            )
        arrays = read_weights(self.weights, name).arrays
        return {key: torch.tensor(array) for key, array in arrays.items()}

    def _layer_rates(self) -> list[tuple[str, dict[str, float]]]:
        """Return the learning rate of each block as skorch parameter groups."""
        from ..nn._vgg import layer_patterns

        lr = self.lr
        groups = []
        for patterns in reversed(layer_patterns(self.backbone)):
            lr *= self.lr_decay
            groups += [(pattern, {"lr": lr}) for pattern in patterns]
        return groups

    def _family_net_params(self) -> dict[str, Any]:
        return {"optimizer__param_groups": self._layer_rates()}

    def _set_learning_rates(self, net: Any) -> None:
        # skorch keeps the groups in this order, and the remaining parameters last.
        for group, (_, options) in zip(
            net.optimizer_.param_groups[:-1], self._layer_rates(), strict=True
        ):
            group.update(options)
