"""Songs and models of clips with several genres."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier
from skgenre.features import MFCC, FramePooling, MelSpectrogram
from skgenre.songs import combine_timeline, predict_song, predict_timeline

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


@pytest.fixture
def several(clips):
    X, y = clips
    network = CNNClassifier(channels=(4,), max_epochs=1, device="cpu", random_state=0)
    return make_pipeline(MelSpectrogram(n_mels=16, duration=1.0), network).fit(X, y)


@pytest.fixture
def song(clips, tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, np.concatenate(clips[0][:3]), SR, subtype="FLOAT")
    return path


def test_a_song_has_the_genres_above_their_thresholds(several, song):
    scores = predict_song(several, song)
    middle = scores.mean()
    for thresholds, named in [
        ([0.0, 0.0], scores.index.tolist()),
        ([middle, middle], scores.index[:1].tolist()),
        ([1.0, 1.0], []),
    ]:
        several[-1].thresholds_ = np.array(thresholds)
        found = predict_song(several, song, above_threshold=True)
        assert found.index.tolist() == named
        assert found.tolist() == scores[named].tolist()
        assert (found.name, found.index.name) == ("probability", "genre")


def test_clips_above_the_threshold_are_counted(several, song):
    timeline = predict_timeline(several, song)
    lowest = timeline[["noise", "tone"]].min()
    # Of a genre, all clips are above its threshold but the least probable one.
    several[-1].thresholds_ = lowest.to_numpy()
    found = predict_song(several, song, combine="majority")
    assert found.to_dict() == pytest.approx({"noise": 2 / 3, "tone": 2 / 3})
    again = combine_timeline(timeline, "majority", thresholds=lowest)
    pd.testing.assert_series_equal(found, again)
    named = predict_song(several, song, combine="majority", above_threshold=True)
    assert set(named.index) == {"noise", "tone"}


def test_one_genre_per_clip_has_no_thresholds(clips, song):
    X, y = clips
    model = make_pipeline(MFCC(), FramePooling(), RandomForestClassifier(5, random_state=0))
    model.fit(X, y["tone"])
    with pytest.raises(ValueError, match="above_threshold=True needs a model of several genres"):
        predict_song(model, song, segment_duration=1.0, above_threshold=True)


@pytest.mark.parametrize("thresholds", [0.5, [0.5], [0.5, 1.5], [0.5, np.nan], ["a", "b"]])
def test_thresholds_of_a_timeline_are_one_of_each_genre(thresholds):
    timeline = pd.DataFrame([[0.0, 1.0, 0.2, 0.8]], columns=["start", "end", "jazz", "rock"])
    with pytest.raises(ValueError, match="'thresholds' parameter of combine_timeline"):
        combine_timeline(timeline, "majority", thresholds=thresholds)


def test_the_longest_run_is_of_clips_above_the_threshold():
    timeline = pd.DataFrame(
        {
            "start": [0.0, 1.0, 2.0, 3.0],
            "end": [1.0, 2.0, 3.0, 4.0],
            "jazz": [0.6, 0.6, 0.1, 0.6],
            "rock": [0.7, 0.7, 0.7, 0.7],
        }
    )
    found = combine_timeline(timeline, "longest_run", thresholds=[0.5, 0.5])
    assert found.to_dict() == {"rock": 1.0, "jazz": 0.5}
    assert combine_timeline(timeline, "longest_run")["jazz"] == 0
