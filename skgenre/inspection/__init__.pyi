from ._confusion_matrix import GenreConfusionMatrixDisplay as GenreConfusionMatrixDisplay
from ._cooccurrence import GenreCooccurrenceDisplay as GenreCooccurrenceDisplay
from ._feature_map import FeatureMapDisplay as FeatureMapDisplay
from ._feature_scatter import FeatureScatterDisplay as FeatureScatterDisplay
from ._genre_colors import genre_colors as genre_colors
from ._genre_scores import GenreScoresDisplay as GenreScoresDisplay
from ._history import HistoryDisplay as HistoryDisplay
from ._precision_recall import GenrePrecisionRecallDisplay as GenrePrecisionRecallDisplay
from ._reliability import ReliabilityDisplay as ReliabilityDisplay
from ._spectrogram import SpectrogramDisplay as SpectrogramDisplay
from ._timeline import GenreTimelineDisplay as GenreTimelineDisplay
from ._waveform import WaveformDisplay as WaveformDisplay

__all__ = [
    "FeatureMapDisplay",
    "FeatureScatterDisplay",
    "GenreConfusionMatrixDisplay",
    "GenreCooccurrenceDisplay",
    "GenrePrecisionRecallDisplay",
    "GenreScoresDisplay",
    "GenreTimelineDisplay",
    "HistoryDisplay",
    "ReliabilityDisplay",
    "SpectrogramDisplay",
    "WaveformDisplay",
    "genre_colors",
]
