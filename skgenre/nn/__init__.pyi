from ._augmentation import Augmentation as Augmentation
from ._blocks import Standardize as Standardize
from ._blocks import count_parameters as count_parameters
from ._cnn import CNN as CNN
from ._crnn import CRNN as CRNN
from ._heads import AttentionPooling as AttentionPooling
from ._image import ImageInput as ImageInput
from ._losses import DoubleSoftmaxLoss as DoubleSoftmaxLoss
from ._mlp import MLP as MLP
from ._musicnn import Musicnn as Musicnn
from ._parallel_crnn import ParallelCRNN as ParallelCRNN
from ._recurrent import RecurrentNetwork as RecurrentNetwork
from ._vgg import VGG16 as VGG16

__all__ = [
    "CNN",
    "CRNN",
    "MLP",
    "VGG16",
    "AttentionPooling",
    "Augmentation",
    "DoubleSoftmaxLoss",
    "ImageInput",
    "Musicnn",
    "ParallelCRNN",
    "RecurrentNetwork",
    "Standardize",
    "count_parameters",
]
