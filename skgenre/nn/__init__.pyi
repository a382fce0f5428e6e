from ._augmentation import Augmentation as Augmentation
from ._blocks import count_parameters as count_parameters
from ._cnn import CNN as CNN
from ._covariance import CovarianceNet as CovarianceNet
from ._covariance_pooling import CovariancePooling as CovariancePooling
from ._crnn import CRNN as CRNN
from ._heads import AttentionPooling as AttentionPooling
from ._image import ImageInput as ImageInput
from ._losses import DoubleSoftmaxLoss as DoubleSoftmaxLoss
from ._matrix_log import matrix_log as matrix_log
from ._mlp import MLP as MLP
from ._musicnn import Musicnn as Musicnn
from ._parallel_crnn import ParallelCRNN as ParallelCRNN
from ._recurrent import RecurrentNetwork as RecurrentNetwork
from ._standardize import Standardize as Standardize
from ._vgg import VGG16 as VGG16

__all__ = [
    "CNN",
    "CRNN",
    "MLP",
    "VGG16",
    "AttentionPooling",
    "Augmentation",
    "CovarianceNet",
    "CovariancePooling",
    "DoubleSoftmaxLoss",
    "ImageInput",
    "Musicnn",
    "ParallelCRNN",
    "RecurrentNetwork",
    "Standardize",
    "count_parameters",
    "matrix_log",
]
