"""Songs and models of clips with several genres."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier
from skgenre.features import MFCC, FramePooling, MelSpectrogram
from skgenre.songs import predict_song, predict_timeline

SR = 22050


@pytest.fixture(scope="module")
def clips():
    """Noise, a tone, both or neither."""
    rng = np.random.default_rng(0)
    matrix = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 5)
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(SR) / SR)
    X = [
        0.1 * noise * rng.normal(size=SR) + tone * is_tone + 1e-4 * rng.normal(size=SR)
        for noise, is_tone in matrix
    ]
    return np.array(X, dtype=np.float32), pd.DataFrame(matrix, columns=["noise", "tone"])


@pytest.mark.parametrize(
    "steps",
    [
        (MFCC(), FramePooling(), RandomForestClassifier(20, random_state=0)),
        (MelSpectrogram(n_mels=16), CNNClassifier(channels=(4,), max_epochs=1, device="cpu")),
    ],
    ids=["forest, a list of arrays", "network"],
)
def test_a_song_gets_a_probability_of_each_genre(steps, clips, tmp_path):
    X, y = clips
    model = make_pipeline(*steps).fit(X, y)
    song = tmp_path / "song.wav"
    soundfile.write(song, np.concatenate([X[0], X[1], X[2]]), SR, subtype="FLOAT")
    timeline = predict_timeline(model, song, segment_duration=1.0)
    is_named = hasattr(model[-1], "genres_")
    genres = ["noise", "tone"] if is_named else [0, 1]
    assert timeline.columns.tolist() == ["start", "end", *genres]
    assert len(timeline) == 3
    means = predict_song(model, song, segment_duration=1.0)
    for genre in genres:
        assert means[genre] == pytest.approx(timeline[genre].mean())
    if not is_named:
        assert (timeline[genres].to_numpy() > 0.5).tolist() == [
            [True, False],
            [False, True],
            [True, True],
        ]
