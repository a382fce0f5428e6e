"""Feature table of the FMA collection."""

import numpy as np

from .._docstrings import inherit_docs
from .._public import public
from ._engine.clip_table import (
    HOP_LENGTH,
    N_FFT,
    ClipTable,
    count_frames,
    pad_to_one_frame,
    run_standard_pass,
)
from .kernels._chroma import (
    energy_normalised,
    fold_octaves,
    make_chroma_filters,
    scale_frames,
    tonal_centroid,
)
from .kernels._constant_q import constant_q
from .kernels._descriptors import Descriptors
from .kernels._mel import MelEnergies, cepstrum, to_decibels
from .kernels._statistics import SEVEN, seven_statistics
from .kernels._time_domain import zero_crossing_rate
from .kernels._tuning import estimate_tuning

# In the order of the table, which is alphabetical.
_SIZES = {
    "chroma_cens": 12,
    "chroma_cqt": 12,
    "chroma_stft": 12,
    "mfcc": 20,
    "rmse": 1,
    "spectral_bandwidth": 1,
    "spectral_centroid": 1,
    "spectral_contrast": 7,
    "spectral_rolloff": 1,
    "tonnetz": 6,
    "zcr": 1,
}


class _PowerSpectrogram:
    """The whole power spectrogram."""

    def __init__(self, n_frames: int) -> None:
        self._power = np.empty((1 + N_FFT // 2, n_frames), np.float32)

    def add(self, frames: slice, power: np.ndarray) -> None:
        self._power[:, frames] = power

    def finish(self) -> np.ndarray:
        return self._power


@public
@inherit_docs()
class FMAFeatures(ClipTable):
    """The 518 columns of the FMA collection's ``features.csv``.

    Seven statistics of eleven kinds of features over the frames of a clip. Column names join the
    three header rows of the table, as in ``"mfcc_mean_01"``, in the table's order.

    See Also
    --------
    GTZANFeatures : Columns of the GTZAN collection.

    Notes
    -----
    With frames of 2,048 samples, 512 apart. The statistics are ``kurtosis`` (excess), ``max``,
    ``mean``, ``median``, ``min``, ``skew`` and ``std``; skewness and kurtosis of a constant series
    (as of silence) are 0, where the published table has empty cells. The features, with the number
    of columns per statistic:

    - ``chroma_cens`` (12), ``chroma_cqt`` (12), ``chroma_stft`` (12): energy of the pitch classes
      from C on: from a constant-Q transform of 84 semitones, smoothed and raw, and from the
      spectrum. The tuning of each clip is estimated.
    - ``mfcc`` (20): mel-frequency cepstral coefficients.
    - ``rmse``: root mean square of the windowed frames.
    - ``spectral_bandwidth``, ``spectral_centroid``, ``spectral_rolloff``: in Hz.
    - ``spectral_contrast`` (7): peaks over valleys of octave bands from 200 Hz on, in dB.
    - ``tonnetz`` (6): the position of ``chroma_cens`` on the circles of fifths and thirds.
    - ``zcr``: share of samples at which the sign changes.

    The published table was computed at each file's own rate, 44.1 kHz for most, with
    ``chroma_stft``, bandwidth, centroid, contrast and rolloff as if it were 22.05 kHz, and with an
    earlier librosa. Here `sr` is the rate of everything.

    References
    ----------
    .. [1] M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson, "FMA: A Dataset for Music
       Analysis", ISMIR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import FMAFeatures
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 66150))
    >>> fma = FMAFeatures()
    >>> fma.fit_transform(clips).shape
    (2, 518)
    >>> fma.get_feature_names_out()[[0, 517]].tolist()
    ['chroma_cens_kurtosis_01', 'zcr_std_01']
    """

    def _names(self) -> list[str]:
        return [
            f"{name}_{statistic}_{number:02d}"
            for name, size in _SIZES.items()
            for statistic in SEVEN
            for number in range(1, size + 1)
        ]

    def _check_parameters(self) -> None:
        if self.sr < 10_000:
            raise ValueError(
                f"The 'sr' parameter of {type(self).__name__} must be at least 10000 Hz: its "
                f"pitches and octave bands go up to 4.7 and 6.4 kHz. Got {self.sr:g} instead."
            )

    def compute(self, y: np.ndarray) -> np.ndarray:
        y = pad_to_one_frame(y)
        n_frames = count_frames(y)
        names = ["rms", "bandwidth_2", "centroid", "contrast", "rolloff"]
        power, shape, mel = run_standard_pass(
            y,
            [
                _PowerSpectrogram(n_frames),
                Descriptors(n_frames, self.sr, N_FFT, names),
                MelEnergies(n_frames, 2.0, self.sr, N_FFT, 128, 0.0, None, False, "slaney"),
            ],
        )
        mfcc = cepstrum(
            to_decibels(mel, top_db=80.0), n_mfcc=20, dct_type=2, norm="ortho", lifter=0
        )
        filters = make_chroma_filters(self.sr, N_FFT, 12, estimate_tuning(power, self.sr, N_FFT))
        chroma_stft = scale_frames(filters @ power, np.inf)
        np.sqrt(power, out=power)
        tuning = estimate_tuning(power, self.sr, N_FFT)
        chroma = fold_octaves(constant_q(y, self.sr, hop_length=HOP_LENGTH, tuning=tuning), 12)
        cens = energy_normalised(chroma)
        rows = {
            "chroma_cens": cens,
            "chroma_cqt": scale_frames(chroma, np.inf),
            "chroma_stft": chroma_stft,
            "mfcc": mfcc,
            "rmse": shape[:1],
            "spectral_bandwidth": shape[1:2],
            "spectral_centroid": shape[2:3],
            "spectral_contrast": shape[3:10],
            "spectral_rolloff": shape[10:],
            "tonnetz": tonal_centroid(cens),
            "zcr": zero_crossing_rate(y, N_FFT, HOP_LENGTH, center=True)[np.newaxis],
        }
        columns = [seven_statistics(rows[name]).reshape(-1) for name in _SIZES]
        return np.nan_to_num(np.concatenate(columns), nan=0.0)
