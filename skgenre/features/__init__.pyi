from ._bahuleyan import BahuleyanFeatures as BahuleyanFeatures
from ._band_covariance import BandCovariance as BandCovariance
from ._base import AudioTransformer as AudioTransformer
from ._cache import CacheInfo as CacheInfo
from ._cache import cache_info as cache_info
from ._cache import clear_cache as clear_cache
from ._chroma import ChromaFeatures as ChromaFeatures
from ._fma import FMAFeatures as FMAFeatures
from ._frame_segmenter import FrameSegmenter as FrameSegmenter
from ._gtzan import GTZANFeatures as GTZANFeatures
from ._mel import MelSpectrogram as MelSpectrogram
from ._mfcc import MFCC as MFCC
from ._mfcc_segmenter import MFCCSegmenter as MFCCSegmenter
from ._modulation_spectrum import ModulationSpectrum as ModulationSpectrum
from ._pooling import FramePooling as FramePooling
from ._segmenter import Segmenter as Segmenter
from ._stack import FeatureStack as FeatureStack

__all__ = [
    "MFCC",
    "AudioTransformer",
    "BahuleyanFeatures",
    "BandCovariance",
    "CacheInfo",
    "ChromaFeatures",
    "FMAFeatures",
    "FeatureStack",
    "FramePooling",
    "FrameSegmenter",
    "GTZANFeatures",
    "MFCCSegmenter",
    "MelSpectrogram",
    "ModulationSpectrum",
    "Segmenter",
    "cache_info",
    "clear_cache",
]
