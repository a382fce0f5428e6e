from ._bahuleyan import BahuleyanFeatures as BahuleyanFeatures
from ._band_covariance import BandCovariance as BandCovariance
from ._chroma import ChromaFeatures as ChromaFeatures
from ._constant_q_chroma import ChromaCENS as ChromaCENS
from ._constant_q_chroma import ChromaCQT as ChromaCQT
from ._delta import Delta as Delta
from ._descriptors import SpectralDescriptors as SpectralDescriptors
from ._engine.base import AudioTransformer as AudioTransformer
from ._engine.cache import CacheInfo as CacheInfo
from ._engine.cache import cache_info as cache_info
from ._engine.cache import clear_cache as clear_cache
from ._fma import FMAFeatures as FMAFeatures
from ._frame_segmenter import FrameSegmenter as FrameSegmenter
from ._function_feature import FunctionFeature as FunctionFeature
from ._gtzan import GTZANFeatures as GTZANFeatures
from ._hpss import HPSS as HPSS
from ._mel import MelSpectrogram as MelSpectrogram
from ._mfcc import MFCC as MFCC
from ._mfcc_segmenter import MFCCSegmenter as MFCCSegmenter
from ._mfcc_statistics import MFCCStatistics as MFCCStatistics
from ._modulation_spectrum import ModulationSpectrum as ModulationSpectrum
from ._module_embedding import ModuleEmbedding as ModuleEmbedding
from ._musicnn import MusicnnEmbedding as MusicnnEmbedding
from ._pooling import FramePooling as FramePooling
from ._segment_pooling import SegmentPooling as SegmentPooling
from ._segmenter import Segmenter as Segmenter
from ._stack import FeatureStack as FeatureStack
from ._tempo import Tempo as Tempo
from ._tempogram import Tempogram as Tempogram
from ._tonnetz import Tonnetz as Tonnetz
from ._transformers_embedding import TransformersEmbedding as TransformersEmbedding

__all__ = [
    "HPSS",
    "MFCC",
    "AudioTransformer",
    "BahuleyanFeatures",
    "BandCovariance",
    "CacheInfo",
    "ChromaCENS",
    "ChromaCQT",
    "ChromaFeatures",
    "Delta",
    "FMAFeatures",
    "FeatureStack",
    "FramePooling",
    "FrameSegmenter",
    "FunctionFeature",
    "GTZANFeatures",
    "MFCCSegmenter",
    "MFCCStatistics",
    "MelSpectrogram",
    "ModulationSpectrum",
    "ModuleEmbedding",
    "MusicnnEmbedding",
    "SegmentPooling",
    "Segmenter",
    "SpectralDescriptors",
    "Tempo",
    "Tempogram",
    "Tonnetz",
    "TransformersEmbedding",
    "cache_info",
    "clear_cache",
]
