"""Feature table of Bahuleyan's comparison of genre classifiers."""

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
from .kernels._chroma import ChromaEnergies, scale_frames
from .kernels._descriptors import Descriptors
from .kernels._mel import MelEnergies, cepstrum, to_decibels
from .kernels._statistics import SEVEN, seven_statistics
from .kernels._tempo import estimate_tempo, onset_strength
from .kernels._time_domain import root_mean_square, zero_crossing_rate


@public
@inherit_docs()
class BahuleyanFeatures(ClipTable):
    """The 97 columns of "Music Genre Classification using Machine Learning Techniques".

    Statistics of the waveform, tempo, and means and standard deviations of librosa's features over
    the frames of a clip: the features of the much-copied XGBoost baseline.

    See Also
    --------
    GTZANFeatures : Columns of the GTZAN collection.

    Notes
    -----
    With frames of 2,048 samples, 512 apart:

    - ``signal_mean``, ``signal_std``, ``signal_skew``, ``signal_kurtosis`` (excess) of the
      waveform; the last two of a constant waveform are 0.
    - ``zcr``: share of samples at which the sign changes; ``rms``: root mean square.
    - ``tempo``: in beats per minute, from the flux's mean over mel bands.
    - ``spectral_centroid``, ``spectral_bandwidth_2``, ``_3`` and ``_4`` (the order of the mean
      distance from the centroid), ``spectral_rolloff`` (85 %): in Hz.
    - ``spectral_contrast_1`` to ``_7``: peaks over valleys of octave bands, in dB.
    - ``mfcc_1`` to ``_20``: mel-frequency cepstral coefficients; ``chroma_1`` to ``_12``: energy of
      the pitch classes from C on, the strongest of a frame is 1.

    Each ``_mean`` and ``_std``, which are 92, besides the four of the waveform and the tempo.

    The original code differs: its table has the bandwidth of order 3 twice and lacks that of order
    4, while this one has all three; mean and skewness are those of the absolute waveform; small
    constants are added before the crossings (.0001) and the centroid, bandwidth and rolloff (.01);
    chroma has a hop of 1,024; all values are rounded to three digits; the contrast comes before the
    rolloff, and the names are ``rmse``, ``mfccs`` and ``chroma_stft``.

    References
    ----------
    .. [1] H. Bahuleyan, "Music Genre Classification using Machine Learning Techniques",
       arXiv:1804.01149, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import BahuleyanFeatures
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 66150))
    >>> table = BahuleyanFeatures()
    >>> table.fit_transform(clips).shape
    (2, 97)
    >>> table.get_feature_names_out()[:5].tolist()
    ['signal_mean', 'signal_std', 'signal_skew', 'signal_kurtosis', 'zcr_mean']
    """

    def _names(self) -> list[str]:
        pairs = [
            *("spectral_centroid", "spectral_bandwidth_2", "spectral_bandwidth_3"),
            *("spectral_bandwidth_4", "spectral_rolloff"),
            *(f"spectral_contrast_{n}" for n in range(1, 8)),
            *(f"mfcc_{n}" for n in range(1, 21)),
            *(f"chroma_{n}" for n in range(1, 13)),
        ]
        return [
            *(f"signal_{statistic}" for statistic in ("mean", "std", "skew", "kurtosis")),
            *("zcr_mean", "zcr_std", "rms_mean", "rms_std", "tempo"),
            *(f"{name}_{statistic}" for name in pairs for statistic in ("mean", "std")),
        ]

    def _check_parameters(self) -> None:
        if self.sr < 12_800:
            raise ValueError(
                f"The 'sr' parameter of {type(self).__name__} must be at least 12800 Hz: its "
                f"octave bands go up to 6.4 kHz. Got {self.sr:g} instead."
            )

    def compute(self, y: np.ndarray) -> np.ndarray:
        y = pad_to_one_frame(y)
        n_frames = count_frames(y)
        names = ["centroid", "bandwidth_2", "bandwidth_3", "bandwidth_4", "rolloff", "contrast"]
        chroma, shape, mel = run_standard_pass(
            y,
            [
                ChromaEnergies(n_frames, self.sr, N_FFT, 12, None),
                Descriptors(n_frames, self.sr, N_FFT, names),
                MelEnergies(n_frames, 2.0, self.sr, N_FFT, 128, 0.0, None, False, "slaney"),
            ],
        )
        decibels = to_decibels(mel, top_db=80.0)
        onsets = onset_strength(decibels, N_FFT, HOP_LENGTH, aggregate="mean")
        mfcc = cepstrum(decibels, n_mfcc=20, dct_type=2, norm="ortho", lifter=0)
        signal = dict(zip(SEVEN, seven_statistics(y[np.newaxis])[:, 0], strict=True))
        waveform = [
            zero_crossing_rate(y, N_FFT, HOP_LENGTH, center=True),
            root_mean_square(y, N_FFT, HOP_LENGTH, center=True),
        ]
        columns = [
            *(signal[name] for name in ("mean", "std", "skew", "kurtosis")),
            *_mean_and_std(np.stack(waveform)),
            estimate_tempo(onsets, self.sr, HOP_LENGTH),
            *_mean_and_std(np.concatenate([shape, mfcc, scale_frames(chroma, np.inf)])),
        ]
        return np.nan_to_num(np.array(columns), nan=0.0)


def _mean_and_std(rows: np.ndarray) -> np.ndarray:
    """Return the mean and standard deviation of the first row, of the second, and so on."""
    rows = rows.astype(np.float64)
    return np.stack([rows.mean(axis=1), rows.std(axis=1)], axis=1).reshape(-1)
