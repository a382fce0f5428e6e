"""Predict the genres of a song, over time and as a whole."""

import os
from typing import TYPE_CHECKING, Any, BinaryIO

from .._public import public
from .._shown_text import show
from ..audio import stream_audio
from ..audio._level import levels_are_told
from ._combine import check_combination, combine_probabilities, song_thresholds
from ._cut import batched, cut_stream
from ._remarks import Listener
from ._timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd

    from ._clip_model import ClipModel
    from ._onnx_clip_model import OnnxClipModel

# Seconds of clips that are predicted in one batch: many short ones, or one long one.
_BATCH = 30.0


@public
def predict_timeline(
    model: Any,
    path: str | os.PathLike | BinaryIO,
    *,
    segment_duration: float | None = None,
    segment_hop: float | None = None,
) -> "pd.DataFrame":
    """Predict the genres of a sound file of any length, clip by clip.

    The file is decoded in blocks and cut into clips of the duration that the model was fitted on,
    so a file of several hours needs no more memory than a short one. For a model whose segments
    vote, the segments are the clips.

    Parameters
    ----------
    model : classifier or Pipeline
        A fitted model with ``predict_proba`` that takes sound files as X. For a search,
        ``best_estimator_`` is used.
    path : str, PathLike, or binary file
        A sound file, as for :func:`skgenre.audio.load_audio`.
    segment_duration : float, default=None
        Clip length in seconds. None takes that of the segments of a
        :class:`~skgenre.features.Segmenter`, if they vote; as many of them as a clip of the fit
        had, if they are pooled; else `duration` of the transformer that reads files, else the
        length of the clips in fit, if the fitted model has it.
    segment_hop : float, default=None
        Seconds from the start of one clip to the next. None takes that of the segments, or
        `segment_duration`: no overlap.

    Returns
    -------
    DataFrame of shape (n_clips, 2 + n_genres)
        One row per clip: `start` and `end` in seconds, then a column with the probability of each
        genre, in the order of ``classes_``. The column of a genre called "file", "start" or "end",
        or one that begins with "genre:", has the prefix "genre:".

    Raises
    ------
    AudioDecodeError
        When the file can't be read or is damaged.
    NotFittedError
        When the model is not fitted.
    ValueError
        When the model doesn't take sound files, has no probabilities, has no known clip length, or
        takes clips of another length.

    Warns
    -----
    SilentSignalWarning
        When the song is digital silence: its prediction is meaningless.
    ShortSignalWarning
        When the song is shorter than a tenth of a second and was padded with zeros.
    LevelWarning
        When samples reach 10, see :func:`skgenre.audio.load_audio`.

    See Also
    --------
    combine_timeline : Aggregates a timeline to the genre of the song.
    skgenre.inspection.GenreTimelineDisplay : Plots it.

    Notes
    -----
    A last clip that is at least half full is padded with zeros, and its `end` is that of the song;
    a shorter one is dropped, unless it is the only one. Before a Segmenter, which takes clips of
    any lengths, it is not padded. So for a pipeline with segments the rows
    are those of ``predict_proba_segments``.

    References
    ----------
    .. [1] J. Bergstra et al., "Aggregate Features and AdaBoost for Music Classification", Machine
       Learning 65, 2006: songs as sequences of segments that are classified on their own.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import soundfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skgenre.features import MFCC, FramePooling
    >>> from skgenre.songs import predict_timeline
    >>> rng = np.random.default_rng(0)
    >>> noise, tone = rng.normal(size=(4, 22050)), np.sin(0.1 * np.arange(4 * 22050)).reshape(4, -1)
    >>> X, y = 0.1 * np.concatenate([noise, tone]), ["noise"] * 4 + ["tone"] * 4
    >>> model = make_pipeline(MFCC(), FramePooling(), LogisticRegression()).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "song.wav"
    ...     soundfile.write(path, X[[4, 5, 0]].ravel(), 22050)
    ...     predict_timeline(model, path).round(2)
       start  end  noise  tone
    0    0.0  1.0    0.0   1.0
    1    1.0  2.0    0.0   1.0
    2    2.0  3.0    1.0   0.0
    """
    from ._clip_model import ClipModel

    clip_model = ClipModel(model, "predict_timeline", segment_duration, segment_hop)
    return make_timeline(clip_model, path).to_frame()


@public
def predict_song(
    model: Any,
    path: str | os.PathLike | BinaryIO,
    *,
    combine: str = "mean",
    above_threshold: bool = False,
    segment_duration: float | None = None,
    segment_hop: float | None = None,
) -> "pd.Series":
    """Predict the genre, or the genres, of a sound file of any length.

    The clips are predicted as in :func:`predict_timeline`, in bounded memory, and aggregated.

    Parameters
    ----------
    model : classifier or Pipeline
        A fitted model with ``predict_proba`` that takes sound files as X. For a search,
        ``best_estimator_`` is used.
    path : str, PathLike, or binary file
        A sound file, as for :func:`skgenre.audio.load_audio`.
    combine : {"mean", "majority", "longest_run"}, default="mean"
        The mean of the clips' probabilities, the share of clips predicted as a genre, or the
        longest run of them, see :func:`combine_timeline`.
    above_threshold : bool, default=False
        Return only the genres that the song has, for a model whose clips may have several: those
        with a mean above their threshold, or, for "majority" and "longest_run", with a share above
        one half. The result is empty if there is none.
    segment_duration : float, default=None
        Clip length in seconds, see :func:`predict_timeline`.
    segment_hop : float, default=None
        Seconds from the start of one clip to the next. None takes that of the segments, or
        `segment_duration`: no overlap.

    Returns
    -------
    Series of shape (n_genres,)
        A number from 0 to 1 for each genre, or for each that the song has, the largest first.

    Raises
    ------
    AudioDecodeError
        When the file can't be read or is damaged.
    NotFittedError
        When the model is not fitted.
    ValueError
        When `combine` is not an allowed value, the model is not suitable, see
        :func:`predict_timeline`, or `above_threshold` is used with one genre per clip.

    Warns
    -----
    SilentSignalWarning
        When the song is digital silence: its prediction is meaningless.
    ShortSignalWarning
        When the song is shorter than a tenth of a second and was padded with zeros.
    LevelWarning
        When samples reach 10, see :func:`skgenre.audio.load_audio`.

    See Also
    --------
    predict_timeline : Predicts genres over time.
    combine_timeline : Aggregates in other ways, without predicting again.

    Notes
    -----
    With segments that vote and the mean, the result equals ``predict_proba`` of the whole file,
    unless the model's `duration` cuts it.

    References
    ----------
    .. [1] J. Bergstra et al., "Aggregate Features and AdaBoost for Music Classification", Machine
       Learning 65, 2006.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import soundfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skgenre.features import MFCC, FramePooling
    >>> from skgenre.songs import predict_song
    >>> rng = np.random.default_rng(0)
    >>> noise, tone = rng.normal(size=(4, 22050)), np.sin(0.1 * np.arange(4 * 22050)).reshape(4, -1)
    >>> X, y = 0.1 * np.concatenate([noise, tone]), ["noise"] * 4 + ["tone"] * 4
    >>> model = make_pipeline(MFCC(), FramePooling(), LogisticRegression()).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "song.wav"
    ...     soundfile.write(path, X[[4, 5, 0, 6]].ravel(), 22050)
    ...     predict_song(model, path, combine="majority")
    genre
    tone     0.75
    noise    0.25
    Name: share, dtype: float64
    """
    from ._clip_model import ClipModel

    check_combination("predict_song", combine)
    clip_model = ClipModel(model, "predict_song", segment_duration, segment_hop)
    if above_threshold and clip_model.thresholds_ is None:
        raise ValueError(
            "predict_song with above_threshold=True needs a model of several genres per clip, "
            "which has a threshold for each. This model was fitted on one genre per clip: leave it "
            "out; the first genre is the most probable."
        )
    _, probabilities, genres, thresholds = make_timeline(clip_model, path)
    scores = combine_probabilities(genres, probabilities, combine, thresholds)
    if not above_threshold or thresholds is None:
        return scores
    named = dict(zip(genres, song_thresholds(thresholds, combine), strict=True))
    return scores[[score > named[genre] for genre, score in scores.items()]]


def make_timeline(
    model: "ClipModel | OnnxClipModel", path: "str | os.PathLike | BinaryIO"
) -> Timeline:
    """Return the timeline of a song, for a model that has been checked."""
    name = show(path) if isinstance(path, str | os.PathLike) else "The song"
    return make_timeline_of(model, stream_audio(path, sr=model.sr), name)


def make_timeline_of(
    model: "ClipModel | OnnxClipModel", pieces: "Iterable[np.ndarray]", name: str = "The song"
) -> Timeline:
    """Return the timeline of a song given in blocks at the model's sampling rate."""
    import numpy as np

    listener = Listener()
    times, probabilities = [], []
    cuts = cut_stream(
        listener.listen(pieces), model.n_samples, model.hop, is_padded=model.is_padded
    )
    # The file's level was checked when it was decoded.
    with levels_are_told():
        for batch in batched(cuts, round(_BATCH * model.sr)):
            times += [(cut.start, cut.end) for cut in batch]
            probabilities.append(model.predict_proba([cut.y for cut in batch]))
    listener.warn(name, model.sr, model.n_samples)
    genres = np.asarray(model.classes_).tolist()
    return Timeline(
        np.array(times) / model.sr,
        np.concatenate(probabilities, dtype=np.float64),
        genres,
        model.thresholds_,
    )
