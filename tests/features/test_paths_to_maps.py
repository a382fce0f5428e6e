"""Paths that reach a transformer of feature maps: the transformer of sound files was forgotten."""

import numpy as np
import pytest

from skgenre.classifiers import BlockKernelClassifier
from skgenre.features import BandCovariance, FramePooling, MFCCStatistics

PATHS = ["a.wav", "b.wav", "c.wav", "d.wav"]


@pytest.mark.parametrize("transformer", [BandCovariance(), FramePooling(), MFCCStatistics()])
@pytest.mark.parametrize("X", [PATHS, np.array(PATHS)], ids=["list", "array"])
def test_the_message_names_what_is_missing(transformer, X):
    message = f"{type(transformer).__name__} takes features, got paths.*MelSpectrogram"
    with pytest.raises(TypeError, match=message):
        transformer.fit(X)


def test_the_message_names_the_block_that_gets_paths():
    model = BlockKernelClassifier([("mfcc", MFCCStatistics())])
    with pytest.raises(TypeError, match="MFCCStatistics takes features, got paths"):
        model.fit(PATHS, ["jazz", "rock"] * 2)
