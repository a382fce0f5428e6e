"""Feature tables of the GTZAN collection."""

import os
from numbers import Real
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .._docstrings import inherit_docs
from .._public import public
from ._engine.clip_table import (
    HOP_LENGTH,
    N_FFT,
    ClipTable,
    count_frames,
    pad_to_one_frame,
    run_standard_pass,
    standard_framing,
)
from .kernels._chroma import ChromaEnergies, make_chroma_filters, scale_frames
from .kernels._descriptors import Descriptors
from .kernels._hpss import separate
from .kernels._mel import MelEnergies, cepstrum, to_decibels
from .kernels._mel_filters import make_mel_filters
from .kernels._tempo import estimate_tempo, onset_strength
from .kernels._time_domain import root_mean_square, zero_crossing_rate

if TYPE_CHECKING:
    import torch

_N_MELS, _N_MFCC = 128, 20
_SERIES = (
    "chroma_stft",
    "rms",
    "spectral_centroid",
    "spectral_bandwidth",
    "rolloff",
    "zero_crossing_rate",
    "harmony",
    "perceptr",
)


@public
@inherit_docs()
class GTZANFeatures(ClipTable):
    """The 57 columns of GTZAN's ``features_30_sec.csv``.

    Means and variances of librosa's features over the frames of a clip, and its tempo, with the
    names and the order of the table that circulates with the collection (without its column
    ``length``). ``Segmenter(GTZANFeatures(), segment_duration=3.0)`` computes the same for each 3-s
    segment, as in ``features_3_sec.csv`` but with the ten segments of a clip in one row.

    Parameters
    ----------
    pad_mode : {"reflect", "constant"}, default="reflect"
        Padding mode at the ends of a clip: mirrored, as in the published table, or zeros, as in
        librosa since version 0.10. The median column differs by a thousandth of its standard
        deviation.
    tuning : float, default=None
        Deviation of the clips from A440 in fractions of a semitone, for chroma. None estimates it
        for each clip, as the published table does; 0.0 saves a tenth of the time.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute the spectral columns on; the others are computed on the CPU. "auto" uses
        CUDA if available.

    See Also
    --------
    FMAFeatures : Columns of the FMA collection.
    BahuleyanFeatures : Columns of a much-cited comparison.

    Notes
    -----
    With frames of 2,048 samples, 512 apart; ``_mean`` and ``_var`` (over all frames, divided by
    their number):

    - ``chroma_stft``: energy of the twelve pitch classes, the strongest of a frame is 1; over
      classes and frames.
    - ``rms``: root mean square of the waveform.
    - ``spectral_centroid``, ``spectral_bandwidth``, ``rolloff``: mean, standard deviation and
      85 % point of the magnitude spectrum, in Hz.
    - ``zero_crossing_rate``: share of samples at which the sign changes.
    - ``harmony``, ``perceptr``: samples of the waveform's harmonic and percussive parts. Their
      means are nearly zero; the variances are the energies.
    - ``tempo``: in beats per minute, from the flux's median over mel bands, as in
      ``librosa.beat.beat_track``.
    - ``mfcc1`` to ``mfcc20``: mel-frequency cepstral coefficients.

    With the default parameters these are the numbers of the published table, to its rounding; the
    ``harmony`` and ``perceptr`` columns come from a separation that has changed since and differ by
    up to a thousandth of their standard deviation (the median over clips).

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical Genre Classification of Audio Signals", IEEE
       Transactions on Speech and Audio Processing 10(5), 2002.
    .. [2] A. Olteanu, "GTZAN Dataset - Music Genre Classification", Kaggle, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import GTZANFeatures
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 66150))
    >>> features = GTZANFeatures().set_output(transform="pandas").fit_transform(clips)
    >>> features.shape
    (2, 57)
    >>> list(features.columns[:3])
    ['chroma_stft_mean', 'chroma_stft_var', 'rms_mean']
    """

    _parameter_constraints: ClassVar[dict] = {
        **ClipTable._parameter_constraints,
        "pad_mode": [StrOptions({"reflect", "constant"})],
        "tuning": [Interval(Real, -1, 1, closed="both"), None],
    }

    def __init__(
        self,
        *,
        pad_mode: str = "reflect",
        tuning: float | None = None,
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.pad_mode = pad_mode
        self.tuning = tuning
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _names(self) -> list[str]:
        coefficients = [f"mfcc{n}" for n in range(1, _N_MFCC + 1)]
        return [
            *(f"{name}_{statistic}" for name in _SERIES for statistic in ("mean", "var")),
            "tempo",
            *(f"{name}_{statistic}" for name in coefficients for statistic in ("mean", "var")),
        ]

    def compute(self, y: np.ndarray) -> np.ndarray:
        y = pad_to_one_frame(y)
        n_frames = count_frames(y)
        chroma, shape, mel = run_standard_pass(
            y,
            [
                ChromaEnergies(n_frames, self.sr, N_FFT, 12, self.tuning),
                Descriptors(n_frames, self.sr, N_FFT, ["centroid", "bandwidth_2", "rolloff"]),
                MelEnergies(n_frames, 2.0, self.sr, N_FFT, _N_MELS, 0.0, None, False, "slaney"),
            ],
            self.pad_mode,
        )
        return self._columns(y, scale_frames(chroma, np.inf), shape, to_decibels(mel, top_db=80.0))

    def _columns(
        self, y: np.ndarray, chroma: np.ndarray, shape: np.ndarray, decibels: np.ndarray
    ) -> np.ndarray:
        """Return the row of a clip from its spectral features and its waveform."""
        onsets = onset_strength(decibels, N_FFT, HOP_LENGTH, aggregate="median")
        mfcc = cepstrum(decibels, n_mfcc=_N_MFCC, dct_type=2, norm="ortho", lifter=0)
        series = [
            chroma,
            root_mean_square(y, N_FFT, HOP_LENGTH, center=True, pad_mode=self.pad_mode),
            *shape,
            zero_crossing_rate(y, N_FFT, HOP_LENGTH, center=True),
            *separate(y, self.pad_mode),
        ]
        tempo = estimate_tempo(onsets, self.sr, HOP_LENGTH)
        return np.array([*_mean_and_variance(series), tempo, *_mean_and_variance(mfcc)])

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        """Compute the spectral columns on the waveforms' device, and the others on the CPU."""
        import torch

        from .torch_kernels import _chroma, _descriptors, _mel, _spectrum

        waveforms = torch.nn.functional.pad(waveforms, (0, max(0, N_FFT - waveforms.shape[1])))
        framing = standard_framing(self.pad_mode)
        if self.tuning is None:
            tunings = _chroma.estimate_tunings(waveforms, self.sr, 12, **framing)
        else:
            tunings = [self.tuning]
        bank = np.stack([make_chroma_filters(self.sr, N_FFT, 12, tuning) for tuning in tunings])
        chroma = _chroma.scale_frames(_spectrum.filter_spectrum(waveforms, bank, **framing), np.inf)
        filters = make_mel_filters(self.sr, N_FFT, _N_MELS, 0.0, None, False, "slaney")
        mel = _spectrum.filter_spectrum(waveforms, filters, **framing)
        shape = _descriptors.describe_spectrum(waveforms, self.sr, **framing)
        decibels = _mel.to_decibels(mel, top_db=80.0)
        parts = [part.cpu().numpy() for part in (waveforms, chroma, shape, decibels)]
        rows = [self._columns(*clip) for clip in zip(*parts, strict=True)]
        return torch.from_numpy(np.stack(rows).astype(np.float32))


def _mean_and_variance(series: list[np.ndarray] | np.ndarray) -> list[float]:
    return [f(values, dtype=np.float64) for values in series for f in (np.mean, np.var)]
