"""Questions of sound: variants of clips are trained on, and never tested."""

import librosa
import numpy as np
import pytest
import soundfile
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

from benchmarks.study import choose, choose_audio
from benchmarks.study.choose_audio import (
    VARIANTS,
    EachVariant,
    VariantsClassifier,
    _vary,
    load_variants,
    variants_of,
)
from benchmarks.study.choose_questions import QUESTIONS, Question
from benchmarks.study.fit import split_pipeline
from benchmarks.study.records import Records

SR = 22050


class Noting(ClassifierMixin, BaseEstimator):
    """A classifier that keeps what it was fitted on and asked."""

    def fit(self, X, y, groups=None):
        Noting.fitted, Noting.labels, Noting.groups = X, y, groups
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        Noting.asked = X
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Four genres of five clips of 1 s: tones of 440 Hz and noise."""
    monkeypatch.setattr(choose_audio, "_DURATION", 1.0)
    rng = np.random.default_rng(0)
    for genre in ("blues", "jazz", "metal", "pop"):
        (tmp_path / "music" / genre).mkdir(parents=True)
        for number in range(5):
            y = 0.1 * np.sin(2 * np.pi * 440 * np.arange(SR) / SR) + 0.01 * rng.normal(size=SR)
            soundfile.write(tmp_path / "music" / genre / f"{number}.wav", y, SR)
    return tmp_path / "music"


def test_variants_change_pitch_and_tempo():
    """The tone's frequency, and the second in which it gets louder, say by how much."""
    y = np.sin(2 * np.pi * 440 * np.arange(6 * SR) / SR).astype(np.float32)
    y[: 3 * SR] *= 0.1
    waves = _vary(y)
    assert waves.shape == (len(VARIANTS), len(y))
    assert np.array_equal(waves[0], y)
    semitone = 2 ** (1 / 12)
    tones = [librosa.yin(wave[: 2 * SR], fmin=300, fmax=600, sr=SR).mean() for wave in waves]
    np.testing.assert_allclose(tones, [440, 440 * semitone, 440 / semitone, 440, 440], rtol=0.01)
    louder = [np.argmax(np.abs(wave) > 0.5) / SR for wave in waves]
    np.testing.assert_allclose(
        louder, [3, 3 / semitone, 3 * semitone, 3 / 1.05, 3 * 1.05], atol=0.05
    )


def test_a_folder_becomes_maps_of_all_variants(folder):
    found = load_variants(folder)
    assert found.X.shape == (20, len(VARIANTS), 128, 13)
    assert len(np.unique(found.groups)) == 20
    assert sorted(np.unique(found.y)) == ["blues", "jazz", "metal", "pop"]
    # 440 Hz and a semitone up are other bands.
    clean, up = (found.X[:, i].mean(2).argmax(1) for i in (0, 1))
    assert (up > clean).all()


def test_only_training_clips_have_variants():
    X = np.empty((4, 3), dtype=object)
    for i, j in np.ndindex(4, 3):
        X[i, j] = np.array([10 * i + j])
    y = np.array(["blues", "jazz"] * 2)
    model = VariantsClassifier(Noting(), (0, 2)).fit(X, y)
    assert Noting.fitted.ravel().tolist() == [0, 2, 10, 12, 20, 22, 30, 32]
    assert Noting.labels.tolist() == np.repeat(y, 2).tolist()
    # A clip and its variant are never on both sides of an inner split.
    assert Noting.groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    model.predict(X)
    assert Noting.asked.ravel().tolist() == [0, 10, 20, 30]


def test_features_of_variants_are_computed_before_the_split():
    X = np.random.default_rng(0).normal(size=(4, 3, 2, 5))
    steps = EachVariant(make_pipeline(FunctionTransformer(lambda maps: maps.mean(2))))
    first, rest = split_pipeline(make_pipeline(steps, VariantsClassifier(Noting())))
    assert len(first) == len(rest) == 1
    rows = first.fit_transform(X)
    assert rows.shape == (4, 3)
    np.testing.assert_allclose(rows[1, 2], X[1, 2].mean(1))


@pytest.mark.parametrize("question", ["audio-svm", "audio-covnet"])
def test_every_configuration_fits_the_variants_of_its_name(question):
    for name, make in QUESTIONS[question].configurations.items():
        model = make(12.9)
        last = model[-1].set_params(estimator=Noting())
        X = np.random.default_rng(0).normal(-40, 9, size=(4, 5, 128, 260)).astype(np.float32)
        X[:, 1:] -= 500  # Of tables and segments alike, variants are recognized by their level.
        model[0].set_params(steps=make_pipeline(FunctionTransformer(lambda maps: maps.mean(1))))
        model.fit(X, np.array(["blues", "jazz"] * 2))
        n_clean = (Noting.fitted.mean(1) > -100).sum()
        copies = {"pitch": 1, "tempo": 1, "both": 1, "three copies": 3}
        assert n_clean == 4 * copies.get(name.partition(", ")[2], 1)
        assert len(Noting.fitted) == 4 * len(last.variants)


def test_svm_learns_from_variants():
    rng = np.random.default_rng(0)
    X = rng.normal(-40, 8, size=(16, 5, 128, 150)).astype(np.float32)
    y = np.array(["blues", "jazz"] * 8)
    X[y == "jazz", :, ::2] += 10
    model = variants_of("svm")["svm, both"](12.9)
    assert (model.fit(X, y).predict(X) == y).all()


def test_the_question_is_asked_of_a_folder(folder, tmp_path, monkeypatch):
    made = {
        name: lambda _, variants=variants: make_pipeline(VariantsClassifier(Noting(), variants))
        for name, variants in {"clean": (0,), "all": (0, 1, 2)}.items()
    }
    asked = Question("toy", "Which?", "clean", made, is_of_audio=True)
    monkeypatch.setitem(QUESTIONS, "toy", asked)
    choose.run(folder, questions=["toy"], n_repeats=1, results=tmp_path / "results")
    records = Records(tmp_path / "results" / "records.jsonl").read()
    assert [record["accuracy"] for record in records if "fold" in record] == [0.25] * 10
    assert (tmp_path / "results" / "music_toy.md").exists()


def test_questions_of_audio_are_asked_alone(tmp_path):
    with pytest.raises(ValueError, match="Ask questions of audio alone: audio-svm"):
        choose.run(tmp_path, questions=["mfcc", "audio-svm"], results=tmp_path)


def test_audio_questions_refuse_maps(tmp_path):
    path = tmp_path / "maps.npz"
    np.savez(path, X=np.zeros((2, 4, 8), np.uint8), genre=["a", "b"])
    with pytest.raises(ValueError, match=r"maps.npz is no folder of sound files"):
        choose.run(path, questions=["audio-svm"], results=tmp_path)
