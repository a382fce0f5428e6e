"""Statistics of the MFCCs of mel maps, as a table."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import scipy.fft
from sklearn.utils._param_validation import Interval

from .._docstrings import inherit_docs
from .._public import public
from ._pooling import FramePooling, StatisticsTable


@public
@inherit_docs(FramePooling)
class MFCCStatistics(StatisticsTable):
    """Statistics of the MFCCs of mel maps, as a table.

    The bands of each frame are transformed to MFCCs; these, their slopes and the slopes of those
    are summarised over the frames of a clip. It takes mel spectrograms in dB, so a model that
    also uses the maps otherwise computes them once. The defaults were the most accurate in a
    support vector machine with standardized columns, see the user guide.

    Parameters
    ----------
    n_mfcc : int, default=20
        Number of coefficients, from the first. A map with fewer bands has as many as bands.
    delta_order : int, default=2
        Also summarise the slopes of the MFCCs (1), and the slopes of those (2).

    Attributes
    ----------
    n_features_in_ : int
        Number of bands of the maps.

    See Also
    --------
    MFCC : The coefficients themselves, of waveforms.
    FramePooling : The same statistics of any map.
    BandCovariance : Covariances of bands, compared as matrices.

    Notes
    -----
    The cosine transform is that of :class:`MFCC` with its defaults, but for `top_db`: give the
    :class:`MelSpectrogram` ``top_db=80`` for the same values. The columns are ``mfcc0_mean``,
    ``mfcc0_mfcc1_cov``, ``delta_mfcc0_mean`` and so on. They have different units: put a
    StandardScaler after this transformer. A gain changes mfcc0 alone, of which the mean and the
    percentiles depend on the level.

    ==================================================  ==========================================
    input                                               output
    ==================================================  ==========================================
    feature map (n_clips, n_bands, n_frames)            table (n_clips, n_features)
    segments (n_clips, n_segments, n_bands, n_frames)   (n_clips, n_segments, n_features, 1)
    ragged segments                                     ragged (n_segments, n_features, 1)
    table (n_clips, n_bands): maps of a single frame    table (n_clips, n_features)
    ==================================================  ==========================================

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical Genre Classification of Audio Signals", IEEE TSAP 10,
       2002.
    .. [2] M. I. Mandel, D. P. W. Ellis, "Song-Level Features and Support Vector Machines for Music
       Classification", ISMIR 2005: covariances of MFCCs.
    .. [3] S. Furui, "Speaker-Independent Isolated Word Recognition Using Dynamic Features of
       Speech Spectrum", IEEE TASSP 34, 1986: deltas.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import SVC
    >>> from skgenre.features import MelSpectrogram, MFCCStatistics
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (4, 22050))
    >>> model = make_pipeline(MelSpectrogram(), MFCCStatistics(), StandardScaler(), SVC(C=10))
    >>> model.fit(clips, ["blues", "blues", "jazz", "jazz"]).predict(clips).tolist()
    ['blues', 'blues', 'jazz', 'jazz']
    >>> model[1].get_feature_names_out()[[0, 20, -1]].tolist()
    ['mfcc0_mean', 'mfcc0_std', 'delta2_mfcc19_mfcc19_cov']
    """

    _is_per_map = True

    _parameter_constraints: ClassVar[dict] = {
        **StatisticsTable._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        n_mfcc: int = 20,
        statistics: str | Sequence[str] = ("mean", "std", "p10", "p25", "p75", "p90", "cov"),
        delta_order: int = 2,
        delta_width: int = 3,
        compression: str | None = "sqrt",
    ) -> None:
        self.n_mfcc = n_mfcc
        self.statistics = statistics
        self.delta_order = delta_order
        self.delta_width = delta_width
        self.compression = compression

    def _bands_of(self, maps: np.ndarray) -> np.ndarray:
        return scipy.fft.dct(maps, axis=-2, norm="ortho")[..., : self.n_mfcc, :]

    def _band_names(self, input_features: Any) -> Any:
        # Checks the names of the bands, which each coefficient has a share of.
        super()._band_names(input_features)
        return [f"mfcc{number}" for number in range(min(self.n_mfcc, self.n_features_in_))]
