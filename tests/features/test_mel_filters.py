import warnings

import librosa
import numpy as np
import pytest

from skgenre.features.kernels._mel_filters import count_empty_bands, make_mel_filters


def librosa_filters(**parameters):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Empty filters")
        return librosa.filters.mel(**parameters)


@pytest.mark.parametrize("htk", [False, True])
@pytest.mark.parametrize("norm", ["slaney", None, 1, 2.0, 0.5])
@pytest.mark.parametrize(
    ("sr", "n_fft", "n_mels", "fmin", "fmax"),
    [
        (22050, 2048, 128, 0.0, None),
        (22050, 2048, 64, 30, 8000),
        (44100, 4096, 40, 1000.0, 20000.0),  # above Slaney's corner
        (8000.5, 1000, 13, 20.0, 900.0),  # below it
        (16000, 255, 128, 0.0, None),  # some lie between two bins
        (22050, 2048, 1, 0.0, None),
    ],
)
def test_filters_are_librosas(sr, n_fft, n_mels, fmin, fmax, htk, norm):
    filters = make_mel_filters(sr, n_fft, n_mels, fmin, fmax, htk, norm)
    expected = librosa_filters(
        sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm
    )
    assert filters.dtype == expected.dtype
    np.testing.assert_allclose(filters, expected, rtol=1e-6, atol=1e-6 * expected.max())


def test_filters_between_two_bins_are_counted():
    parameters = (16000, 255, 128, 0.0, None, False, "slaney")
    empty = (make_mel_filters(*parameters) == 0).all(axis=1).sum()
    assert count_empty_bands(*parameters) == empty > 0


def test_filters_are_made_once_and_can_not_be_changed():
    parameters = (22050, 512, 20, 0.0, None, False, "slaney")
    filters = make_mel_filters(*parameters)
    assert make_mel_filters(*parameters) is filters
    with pytest.raises(ValueError, match="read-only"):
        filters[0, 0] = 1
