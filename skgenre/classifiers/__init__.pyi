from ._cnn import CNNClassifier as CNNClassifier
from ._crnn import CRNNClassifier as CRNNClassifier
from ._lstm import LSTMClassifier as LSTMClassifier
from ._segment_voting import SegmentVotingClassifier as SegmentVotingClassifier
from ._xgboost import XGBGenreClassifier as XGBGenreClassifier

__all__ = [
    "CNNClassifier",
    "CRNNClassifier",
    "LSTMClassifier",
    "SegmentVotingClassifier",
    "XGBGenreClassifier",
]
