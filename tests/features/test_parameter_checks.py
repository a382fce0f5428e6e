"""Parameters are checked once for equal values, and arrays are copied where they may be reused."""

import numpy as np
import pytest

from skgenre.features import MFCC, MelSpectrogram
from skgenre.features._engine.parameters import validate_parameters


@pytest.fixture
def clip():
    return np.random.default_rng(0).uniform(-0.5, 0.5, 8000).astype(np.float32)


def test_values_that_are_equal_but_of_another_type_are_checked_apart():
    """A float is no number of bands, and True is no sampling rate, whatever was valid before."""
    good = MelSpectrogram(n_mels=40, n_fft=1024).get_params(deep=False)
    validate_parameters(MelSpectrogram, good)
    validate_parameters(MelSpectrogram, good)
    with pytest.raises(ValueError, match="'n_mels' parameter"):
        validate_parameters(MelSpectrogram, {**good, "n_mels": 40.0})
    validate_parameters(MelSpectrogram, {**good, "center": True})
    with pytest.raises(ValueError, match="'center' parameter"):
        validate_parameters(MelSpectrogram, {**good, "center": 1})


def test_a_wrong_value_is_refused_each_time_and_a_mended_one_is_taken(clip):
    mel = MelSpectrogram(precision="half")
    for _ in range(2):
        with pytest.raises(ValueError, match="'precision' parameter of MelSpectrogram"):
            mel.fit_transform([clip])
    assert mel.set_params(precision="single").fit_transform([clip]).shape[1] == 128


def test_a_subclass_that_reuses_an_array_has_its_clips_copied(clip):
    class Reusing(MelSpectrogram):
        def compute(self, y):
            if not hasattr(self, "_kept"):
                self._kept = np.empty((2, 3), np.float32)
            self._kept[:] = y[0]
            return self._kept

    found = Reusing().fit_transform([clip, 2 * clip])
    assert found[0, 0, 0] == clip[0]
    assert found[1, 0, 0] == 2 * clip[0]


@pytest.mark.parametrize("n_samples", [1, 600, 8000, 20_000])
@pytest.mark.parametrize("precision", ["double", "single"])
def test_few_frames_have_the_cepstrum_of_many(clip, precision, n_samples):
    """Sums of blocks of frames and of single ones are the same up to rounding."""
    long = np.resize(clip, 200_000)
    mfcc = MFCC(precision=precision, center=False, top_db=None, n_fft=512, hop_length=512)
    whole = mfcc.fit_transform([long])[0]
    part = mfcc.fit_transform([long[: max(n_samples, 512)]])[0]
    np.testing.assert_allclose(part, whole[:, : part.shape[1]], atol=2e-3)


def test_precisions_in_turns_do_not_disturb_each_other(clip):
    features = [
        MelSpectrogram(precision=name, n_fft=n)
        for n in (512, 1024)
        for name in ("double", "single")
    ]
    alone = [feature.fit_transform([clip]) for feature in features]
    for _ in range(2):
        for feature, expected in zip(features, alone, strict=True):
            np.testing.assert_array_equal(feature.fit_transform([clip]), expected)
