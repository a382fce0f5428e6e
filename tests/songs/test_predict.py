"""Songs of any length, predicted clip by clip as the model predicts clips."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre.audio import load_audio
from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.exceptions import AudioDecodeError
from skgenre.features import (
    FramePooling,
    FrameSegmenter,
    MelSpectrogram,
    Segmenter,
    SegmentPooling,
)
from skgenre.songs import combine_timeline, predict_song, predict_timeline

from .conftest import SR, make_mfcc, make_sounds, make_voting

GENRES = ["noise", "tone"]


def make_network(**params):
    settings = {"channels": (4,), "max_epochs": 8, "random_state": 0, "device": "cpu", **params}
    return CNNClassifier(**settings)


def make_mel(**params):
    return MelSpectrogram(sr=SR, n_mels=16, n_fft=512, hop_length=256, **params)


def test_a_timeline_says_what_is_heard_when(pooled, write_song):
    timeline = predict_timeline(pooled, write_song("song.wav", ["tone", "tone", "noise", "tone"]))
    assert timeline.columns.tolist() == ["start", "end", *GENRES]
    assert timeline["start"].tolist() == [0, 1, 2, 3]
    assert timeline["end"].tolist() == [1, 2, 3, 4]
    assert timeline[GENRES].idxmax(axis=1).tolist() == ["tone", "tone", "noise", "tone"]


def test_the_rows_are_what_the_model_says_of_the_clips(pooled, write_song):
    path = write_song("song.flac", ["tone", "noise", "tone"], rate=16000, subtype="PCM_16")
    timeline = predict_timeline(pooled, path)
    clips = load_audio(path, sr=SR).reshape(3, SR)
    np.testing.assert_allclose(timeline[GENRES], pooled.predict_proba(clips), atol=1e-6)


def make_pooled_segments(clips, **params):
    """Return a model of the mean over the segments of a clip."""
    segmenter = Segmenter(make_mfcc(), sr=SR, segment_duration=0.25, **params)
    rest = FramePooling(), SegmentPooling(), LogisticRegression(C=0.01, max_iter=1000)
    return make_pipeline(segmenter, *rest).fit(*clips)


@pytest.mark.parametrize("hop", [None, 0.125])
def test_pooled_segments_get_clips_as_long_as_in_fit(clips, write_song, hop):
    model = make_pooled_segments((list(clips[0]), clips[1]), segment_hop=hop)
    path = write_song("song.wav", ["tone", "noise", "tone"])
    timeline = predict_timeline(model, path)
    assert timeline["end"].tolist() == [1, 2, 3]
    parts = load_audio(path, sr=SR).reshape(3, SR)
    np.testing.assert_allclose(timeline[GENRES], model.predict_proba(list(parts)), atol=1e-6)
    assert len(predict_timeline(model, path, segment_duration=0.5)) == 6


def test_pooled_segments_get_no_segments_of_silence(clips, write_song):
    model = make_pooled_segments(clips)
    path = write_song("song.wav", ["tone", "noise"], last=0.5)
    timeline = predict_timeline(model, path)
    assert timeline["end"].tolist() == [1, 1.5]
    last = model.predict_proba([load_audio(path, sr=SR)[SR:]])
    np.testing.assert_allclose(timeline[GENRES].iloc[1:], last, atol=1e-6)


@pytest.mark.parametrize("hop", [None, 0.1, 0.25])
def test_the_rows_of_segments_are_those_of_the_voting_classifier(clips, write_song, hop):
    model = make_voting(segment_hop=hop).fit(*clips)
    path = write_song("song.wav", ["tone", "noise", "tone"], last=0.4)
    timeline = predict_timeline(model, path)
    expected = model[-1].predict_proba_segments(model[:-1].transform([path]))[0]
    np.testing.assert_allclose(timeline[GENRES], expected, atol=1e-6)
    step = 0.25 if hop is None else hop
    np.testing.assert_allclose(timeline["start"], np.arange(len(expected)) * step)
    assert timeline["end"].iloc[-1] == min(2.4, timeline["start"].iloc[-1] + 0.25)
    song = predict_song(model, path)
    np.testing.assert_allclose(song[GENRES], model.predict_proba([path])[0], atol=1e-6)


def test_segments_go_on_where_the_model_would_cut_the_clip(clips, write_song):
    model = make_voting(duration=1.0).fit(*clips)
    path = write_song("song.wav", ["tone", "noise", "noise"])
    assert model.predict([path]) == ["tone"]
    assert len(predict_timeline(model, path)) == 12
    assert predict_song(model, path).index[0] == "noise"
    # And no silence is added to what is shorter.
    assert len(predict_timeline(model, write_song("short.wav", ["tone"], last=0.5))) == 2
    assert model[0].duration == 1.0


def test_one_song_of_the_clips_length_is_one_clip(pooled, write_song):
    path = write_song("song.wav", ["tone"])
    timeline = predict_timeline(pooled, path)
    np.testing.assert_allclose(timeline[GENRES], pooled.predict_proba([path]), atol=1e-6)


@pytest.mark.parametrize(
    ("last", "end"),
    [(0.3, 2.0), (0.49, 2.0), (0.5, 2.5), (0.9, 2.9)],
)
def test_the_end_counts_when_it_is_at_least_half_a_clip(pooled, write_song, last, end):
    timeline = predict_timeline(pooled, write_song("song.wav", ["tone"] * 3, last=last))
    assert len(timeline) == (3 if last >= 0.5 else 2)
    assert timeline["end"].iloc[-1] == pytest.approx(end)


def test_a_song_shorter_than_a_clip_is_padded(pooled, write_song):
    path = write_song("song.wav", ["noise"], last=0.2)
    timeline = predict_timeline(pooled, path)
    assert timeline[["start", "end"]].to_numpy().tolist() == [[0.0, 0.2]]
    padded = np.pad(load_audio(path, sr=SR), (0, SR - 1600))
    np.testing.assert_allclose(timeline[GENRES], pooled.predict_proba([padded]), atol=1e-6)


def test_hop_overlaps_and_leaves_out(pooled, write_song):
    path = write_song("song.wav", ["tone", "noise", "tone"])
    assert predict_timeline(pooled, path, segment_hop=0.25)["start"].tolist() == list(
        np.arange(9) * 0.25
    )
    assert predict_timeline(pooled, path, segment_hop=2)["start"].tolist() == [0.0, 2.0]
    np.testing.assert_allclose(
        predict_timeline(pooled, path, segment_hop=0.5).iloc[::2].to_numpy(),
        predict_timeline(pooled, path).to_numpy(),
        atol=1e-6,
    )


@pytest.mark.parametrize("combine", ["mean", "majority", "longest_run"])
def test_a_song_is_its_timeline_combined(pooled, write_song, combine):
    path = write_song("song.wav", ["tone", "noise", "noise"])
    song = predict_song(pooled, path, combine=combine)
    expected = combine_timeline(predict_timeline(pooled, path), combine)
    assert song.to_dict() == expected.to_dict()
    assert song.index.tolist() == expected.index.tolist()


# Models that tell the length of their clips in one way or another.
MODELS = {
    "duration": lambda: make_pipeline(
        make_mfcc(duration=1.0), FramePooling(), LogisticRegression()
    ),
    "network": lambda: make_pipeline(make_mel(), make_network()),
    "scaled": lambda: make_pipeline(
        make_mfcc(duration=1.0), FramePooling(), StandardScaler(), LogisticRegression()
    ),
    "nested": lambda: make_pipeline(
        make_pipeline(make_mfcc(duration=1.0), FramePooling()), LogisticRegression()
    ),
    "search": lambda: GridSearchCV(
        make_pipeline(make_mfcc(duration=1.0), FramePooling(), LogisticRegression()),
        {"logisticregression__C": [0.1, 1.0]},
        cv=2,
    ),
    "calibrated": lambda: CalibratedClassifierCV(
        make_pipeline(make_mfcc(duration=1.0), FramePooling(), LogisticRegression()), cv=2
    ),
    "ensemble": lambda: VotingClassifier(
        [
            ("one", make_pipeline(make_mfcc(duration=1.0), FramePooling(), LogisticRegression())),
            ("two", make_pipeline(make_mel(), FramePooling(), LogisticRegression())),
        ],
        voting="soft",
    ),
    "union": lambda: make_pipeline(
        FeatureUnion(
            [
                ("one", make_pipeline(make_mfcc(duration=1.0), FramePooling())),
                ("two", make_pipeline(make_mel(duration=1.0), FramePooling())),
            ]
        ),
        LogisticRegression(),
    ),
    "frame segments": lambda: make_pipeline(
        make_mel(duration=1.0), FrameSegmenter(n_frames=8), SegmentVotingClassifier(make_network())
    ),
    "numbered segments": lambda: make_pipeline(
        Segmenter(make_mel(), sr=SR, n_segments=4, duration=1.0),
        SegmentVotingClassifier(make_network()),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_clips_are_as_long_as_those_of_the_fit(name, tmp_path, write_song):
    kinds = ["noise", "tone"] * 6
    paths = [write_song(f"{number}.wav", [kind], seed=number) for number, kind in enumerate(kinds)]
    model = MODELS[name]().fit(paths, kinds)
    song = write_song("song.wav", ["tone", "noise", "tone", "tone"], seed=99)
    timeline = predict_timeline(model, song)
    # A network tells its frames: clips of one second have as many as some shorter ones.
    length = 31 * 256 / SR if name == "network" else 1.0
    np.testing.assert_allclose(timeline["start"], np.arange(4) * length)
    y = load_audio(song, sr=SR)
    begin = np.round(timeline["start"] * SR).astype(int)
    cuts = [y[b : b + round(length * SR)] for b in begin]
    expected = getattr(model, "best_estimator_", model).predict_proba(cuts)
    np.testing.assert_allclose(timeline[GENRES], expected, atol=1e-5)


def test_the_length_of_an_array_in_fit_is_that_of_the_clips(pooled):
    assert pooled[0].duration is None
    assert pooled[0].n_features_in_ == SR


def test_a_length_that_is_not_known_is_asked_for(write_song):
    kinds = ["noise", "tone"] * 3
    paths = [write_song(f"{n}.wav", [kind], seed=n) for n, kind in enumerate(kinds)]
    model = make_pipeline(make_mfcc(), FramePooling(), LogisticRegression()).fit(paths, kinds)
    with pytest.raises(ValueError, match=r"predict_song .* MFCC has duration=None. .* duration="):
        predict_song(model, paths[0])
    song = write_song("song.wav", ["tone", "noise", "noise"])
    assert len(predict_timeline(model, song, segment_duration=0.5)) == 6


def test_segments_in_longer_clips(voting, write_song):
    path = write_song("song.wav", ["tone", "noise", "noise"])
    timeline = predict_timeline(voting, path, segment_duration=1.0)
    expected = voting.predict_proba(load_audio(path, sr=SR).reshape(3, SR))
    np.testing.assert_allclose(timeline[GENRES], expected, atol=1e-6)


def test_a_duration_that_the_model_would_pad_is_refused(write_song):
    model = MODELS["duration"]().fit(make_sounds(GENRES), GENRES)
    with pytest.raises(ValueError, match=r"duration=0.5, but the model's MFCC .* to 1 s"):
        predict_timeline(model, write_song("song.wav", ["tone"]), segment_duration=0.5)
    assert len(predict_timeline(model, write_song("song.wav", ["tone"]), segment_duration=1.0)) == 1


@pytest.mark.parametrize(
    "setting",
    [{"segment_hop": 0}, {"segment_hop": -1.0}, {"segment_duration": "3"}, {"segment_hop": True}],
)
def test_seconds_are_positive_numbers(pooled, write_song, setting):
    (name,) = setting
    with pytest.raises(ValueError, match=f"predict_timeline needs {name} to be a positive number"):
        predict_timeline(pooled, write_song("song.wav", ["tone"]), **setting)


def test_another_word_is_refused_before_the_song_is_read(pooled, tmp_path):
    with pytest.raises(ValueError, match="'combine' parameter of predict_song"):
        predict_song(pooled, tmp_path / "gone.wav", combine="sum")


def refused_models():
    table = np.random.default_rng(0).normal(size=(6, 3))
    sounds, kinds = make_sounds(GENRES * 3), GENRES * 3
    yield LogisticRegression().fit(table, kinds), r"begins with LogisticRegression"
    scaled = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, kinds)
    yield scaled, r"begins with StandardScaler"
    ridge = make_pipeline(make_mfcc(duration=1.0), FramePooling(), RidgeClassifier())
    yield ridge.fit(sounds, kinds), r"needs a fitted classifier with predict_proba"
    both = FeatureUnion(
        [
            ("one", make_pipeline(make_mfcc(duration=1.0), FramePooling())),
            ("two", make_pipeline(make_mel(duration=0.5), FramePooling())),
        ]
    )
    yield make_pipeline(both, LogisticRegression()).fit(sounds, kinds), "0.5 s, 1 s"
    rates = FeatureUnion(
        [
            ("one", make_pipeline(make_mfcc(duration=1.0), FramePooling())),
            ("two", make_pipeline(MelSpectrogram(duration=1.0), FramePooling())),
        ]
    )
    model = make_pipeline(rates, LogisticRegression()).fit(list(sounds), kinds)
    yield model, r"different rates, sr=8000 and sr=22050"
    own = make_pipeline(FunctionTransformer(np.abs), LogisticRegression()).fit(table, kinds)
    yield own, "begins with FunctionTransformer"


def test_other_models_are_refused_by_what_they_are(write_song):
    path = write_song("song.wav", ["tone"])
    for model, message in refused_models():
        with pytest.raises(ValueError, match=message):
            predict_timeline(model, path)


def test_a_model_without_fit_is_refused(write_song):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        predict_timeline(MODELS["duration"](), write_song("song.wav", ["tone"]))


def test_hard_votes_are_a_timeline_too(clips, write_song):
    model = make_pipeline(
        Segmenter(make_mfcc(), sr=SR, segment_duration=0.25),
        FramePooling(),
        SegmentVotingClassifier(RidgeClassifier(), voting="hard"),
    ).fit(*clips)
    timeline = predict_timeline(model, write_song("song.wav", ["tone", "noise"]))
    assert set(np.unique(timeline[GENRES])) == {0.0, 1.0}
    assert timeline["tone"].tolist() == [1.0] * 4 + [0.0] * 4


@pytest.mark.parametrize(
    ("name", "content"), [("gone.wav", None), ("text.mp3", b"no music"), ("empty.flac", b"")]
)
def test_a_bad_file_is_named(pooled, tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AudioDecodeError, match=name):
        predict_song(pooled, tmp_path / name)


def test_the_model_is_left_as_it_was(clips, write_song):
    model = make_voting(duration=1.0, verbose=0).fit(*clips)
    before = pickle.dumps(model)
    predict_song(model, write_song("song.wav", ["tone", "noise"]), segment_hop=0.1)
    assert pickle.dumps(model) == before


def test_importing_it_loads_nothing_heavy():
    code = "import skgenre.songs, sys; print({'torch', 'librosa', 'pandas'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.strip() == b"set()"
