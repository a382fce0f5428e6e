from ._augmentation import Augmentation as Augmentation
from ._blocks import Standardize as Standardize
from ._cnn import CNN as CNN
from ._crnn import CRNN as CRNN
from ._recurrent import RecurrentNetwork as RecurrentNetwork

__all__ = ["CNN", "CRNN", "Augmentation", "RecurrentNetwork", "Standardize"]
