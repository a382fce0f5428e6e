"""Configurations of models that are trained on clips and on changed copies of their sound, too."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import librosa
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import Tags
from sklearn.utils.validation import has_fit_parameter

from skgenre.audio import load_audio
from skgenre.features import MelSpectrogram

from .choose_configurations import Configurations
from .choose_sizes import make_sized
from .data import Collection, load

_SR = 22050
# As the other questions' maps of GTZAN.
_HOP_LENGTH = 1709
_DURATION = 30.0
_SEMITONE = 2 ** (1 / 12)
_TEMPO = 1.05

# Row by row, what `load_variants` makes of a clip.
VARIANTS = ("clean", "semitone up", "semitone down", "5 % faster", "5 % slower")
_PITCH, _SPEED = (0, 1, 2), (0, 3, 4)


def load_variants(folder: Path | str) -> Collection:
    """Read a folder of genres, and compute the log-mel maps of each clip and its variants.

    A semitone is made by resampling, which changes pitch and tempo together; the tempo alone by a
    phase vocoder. Variants that are shorter than the clip are mirrored at their end.

    Parameters
    ----------
    folder : Path or str
        A folder of genres, clips of 30 s.

    Returns
    -------
    Collection
        ``X`` has the shape (n_clips, n_variants, n_bands, n_frames), in dB. Each clip is a group.
    """
    found = load(folder)
    if found.kind != "audio":
        raise ValueError(f"{folder} is no folder of sound files, which the audio questions take.")
    mel = MelSpectrogram(n_mels=128, hop_length=_HOP_LENGTH, ref="max", top_db=80.0, sr=_SR)
    maps = [
        mel.fit_transform(_vary(load_audio(path, sr=_SR, duration=_DURATION))) for path in found.X
    ]
    return Collection(
        found.name,
        "variants",
        np.asarray(maps, dtype=np.float32),
        found.y,
        np.arange(len(found.y)),
        None,
        f"{len(found.y)} clips, log-mel maps of {', '.join(VARIANTS)}, folds by clip",
        _SR / _HOP_LENGTH,
    )


def variants_of(name: str, *, copies: bool = False) -> Configurations:
    """Return a model by name, trained on clips alone, and with variants of them.

    Parameters
    ----------
    name : str
        Of the model.
    copies : bool, default=False
        Whether one is trained on three copies of each clip: as many steps as with two variants.
    """
    chosen = {name: (0,)}
    if copies:
        chosen[f"{name}, three copies"] = (0, 0, 0)
    chosen[f"{name}, pitch"] = _PITCH
    chosen[f"{name}, tempo"] = _SPEED
    if not copies:
        chosen[f"{name}, both"] = (*_PITCH, *_SPEED[1:])
    return {key: partial(_make, name, variants) for key, variants in chosen.items()}


class EachVariant(TransformerMixin, BaseEstimator):
    """Transform all variants of clips by steps that learn nothing.

    Parameters
    ----------
    steps : transformer
        It takes maps.
    """

    def __init__(self, steps: BaseEstimator) -> None:
        self.steps = steps

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Do nothing."""
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return an array of objects (n_clips, n_variants)."""
        rows = clone(self.steps).fit_transform(X.reshape(-1, *X.shape[2:]))
        found = np.empty(len(rows), dtype=object)
        found[:] = list(rows)
        return found.reshape(X.shape[:2])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


class VariantsClassifier(ClassifierMixin, BaseEstimator):
    """Fit a classifier on variants of clips, and predict clips by their first one.

    Parameters
    ----------
    estimator : classifier
        What to fit. If it takes groups, a clip and its variants are one.
    variants : sequence of int, default=(0,)
        Which to fit on.

    Attributes
    ----------
    classes_ : ndarray
        The genres.
    estimator_ : classifier
        The fitted classifier.
    """

    def __init__(self, estimator: BaseEstimator, variants: Sequence[int] = (0,)) -> None:
        self.estimator = estimator
        self.variants = variants

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Fit on all chosen variants of all clips."""
        n_variants = len(self.variants)
        clips = np.repeat(np.arange(len(y)), n_variants)
        params = {}
        if n_variants > 1 and has_fit_parameter(self.estimator, "groups"):
            params["groups"] = clips
        rows = _stack(X[:, list(self.variants)].ravel())
        self.estimator_ = clone(self.estimator).fit(rows, y[clips], **params)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the most probable genre of each clip."""
        return self.estimator_.predict(_stack(X[:, 0]))


def _vary(y: np.ndarray) -> np.ndarray:
    """Return the variants of a waveform, all as long as it."""
    stretched = (librosa.effects.time_stretch(y, rate=rate) for rate in (_TEMPO, 1 / _TEMPO))
    resampled = (
        librosa.resample(y, orig_sr=_SR, target_sr=_SR / ratio)
        for ratio in (_SEMITONE, 1 / _SEMITONE)
    )
    waves = [wave[: len(y)] for wave in (y, *resampled, *stretched)]
    return np.stack([np.pad(wave, (0, len(y) - len(wave)), mode="reflect") for wave in waves])


def _stack(rows: np.ndarray) -> np.ndarray:
    """Return the rows of an array of objects as one array, unless they are lists of tables."""
    return rows if isinstance(rows[0], list) else np.stack(rows)


def _make(name: str, variants: Sequence[int], frame_rate: float) -> Pipeline:
    *steps, last = (step for _, step in make_sized(name, None, frame_rate).steps)
    return make_pipeline(
        EachVariant(make_pipeline(*steps)), VariantsClassifier(last.estimator, variants)
    )
