from ._cnn import CNNClassifier as CNNClassifier
from ._covariance_net import CovarianceNetClassifier as CovarianceNetClassifier
from ._crnn import CRNNClassifier as CRNNClassifier
from ._lstm import LSTMClassifier as LSTMClassifier
from ._mlp import MLPGenreClassifier as MLPGenreClassifier
from ._parallel_crnn import ParallelCRNNClassifier as ParallelCRNNClassifier
from ._segment_voting import SegmentVotingClassifier as SegmentVotingClassifier
from ._torch import TorchClassifier as TorchClassifier
from ._transfer_cnn import TransferCNNClassifier as TransferCNNClassifier
from ._xgboost import XGBGenreClassifier as XGBGenreClassifier

__all__ = [
    "CNNClassifier",
    "CRNNClassifier",
    "CovarianceNetClassifier",
    "LSTMClassifier",
    "MLPGenreClassifier",
    "ParallelCRNNClassifier",
    "SegmentVotingClassifier",
    "TorchClassifier",
    "TransferCNNClassifier",
    "XGBGenreClassifier",
]
