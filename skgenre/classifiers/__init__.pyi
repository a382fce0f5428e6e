from ._block_kernel import BlockKernelClassifier as BlockKernelClassifier
from ._cnn import CNNClassifier as CNNClassifier
from ._covariance_net import CovarianceNetClassifier as CovarianceNetClassifier
from ._crnn import CRNNClassifier as CRNNClassifier
from ._genre_voting import GenreVotingClassifier as GenreVotingClassifier
from ._hierarchical import HierarchicalGenreClassifier as HierarchicalGenreClassifier
from ._lstm import LSTMClassifier as LSTMClassifier
from ._mlp import MLPGenreClassifier as MLPGenreClassifier
from ._parallel_crnn import ParallelCRNNClassifier as ParallelCRNNClassifier
from ._segment_voting import SegmentVotingClassifier as SegmentVotingClassifier
from ._torch import TorchClassifier as TorchClassifier
from ._transfer_cnn import TransferCNNClassifier as TransferCNNClassifier
from ._xgboost import XGBGenreClassifier as XGBGenreClassifier

__all__ = [
    "BlockKernelClassifier",
    "CNNClassifier",
    "CRNNClassifier",
    "CovarianceNetClassifier",
    "GenreVotingClassifier",
    "HierarchicalGenreClassifier",
    "LSTMClassifier",
    "MLPGenreClassifier",
    "ParallelCRNNClassifier",
    "SegmentVotingClassifier",
    "TorchClassifier",
    "TransferCNNClassifier",
    "XGBGenreClassifier",
]
