"""Models of several genres learn clips of two styles, and name each where it sounds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.datasets import genre_matrix, make_genre_music
from skgenre.features import FrameSegmenter, MelSpectrogram, MFCCStatistics
from skgenre.model_selection import MultilabelStratifiedGroupKFold
from skgenre.songs import predict_timeline

GENRES = ["classical", "disco", "metal", "reggae"]


def make_cnn(n_epochs):
    return CNNClassifier(channels=(16, 32, 32), max_epochs=n_epochs, random_state=0, device="cpu")


def make_trees():
    return make_pipeline(
        make_mel(), MFCCStatistics(), XGBGenreClassifier(n_estimators=100, random_state=0)
    )


def make_mel():
    return MelSpectrogram(n_mels=64, hop_length=1024)


MODELS = {
    "xgb": make_trees,
    "cnn": lambda: make_pipeline(make_mel(), make_cnn(30)),
    "vote": lambda: make_pipeline(
        make_mel(), FrameSegmenter(43), SegmentVotingClassifier(make_cnn(20))
    ),
}


def score(model, music):
    folds = MultilabelStratifiedGroupKFold(4, shuffle=True, random_state=0)
    train, test = next(iter(folds.split(music.data, music.target, music.groups)))
    model.fit(music.data[train], music.target.iloc[train])
    found = model.predict_proba(music.data[test])
    return roc_auc_score(music.target.iloc[test], found, average="macro")


def test_trees_learn_two_genres_at_once():
    music = make_genre_music(
        60, genres=GENRES[:3], n_genres_per_clip=2, duration=2.0, random_state=0
    )
    assert score(make_trees(), music) > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("mixing", ["overlaid", "sequence"])
def test_held_out_clips_of_two_genres(mixing):
    music = make_genre_music(
        500, genres=GENRES, n_genres_per_clip=2, mixing=mixing, duration=5.0, random_state=0
    )
    scores = {name: score(make(), music) for name, make in MODELS.items()}
    assert min(scores.values()) >= 0.85, scores


@pytest.mark.slow
def test_a_timeline_names_each_genre_in_its_part(tmp_path):
    one = make_genre_music(80, genres=GENRES, duration=3.0, random_state=0)
    two = make_genre_music(80, genres=GENRES, n_genres_per_clip=2, duration=3.0, random_state=0)
    y = pd.concat([genre_matrix([{genre} for genre in one.target]), two.target])
    model = make_pipeline(make_mel(), make_cnn(20))
    model.fit(np.concatenate([one.data, two.data]), y.reset_index(drop=True))
    songs = make_genre_music(
        12,
        genres=GENRES,
        n_genres_per_clip=2,
        mixing="sequence",
        duration=18.0,
        random_state=9,
        to=tmp_path,
    )
    is_most_probable = []
    for path, parts, change in zip(songs.paths, songs.parts, songs.changes, strict=True):
        timeline = predict_timeline(model, path, segment_duration=3.0)
        first = timeline.loc[timeline["end"] <= change, GENRES].mean()
        second = timeline.loc[timeline["start"] >= change, GENRES].mean()
        is_most_probable += [first.idxmax() == parts[0], second.idxmax() == parts[1]]
    # By chance it is one time in four.
    assert np.mean(is_most_probable) > 0.75
