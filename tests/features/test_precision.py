"""The precision of the Fourier transform, as a parameter."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.features import (
    MFCC,
    ChromaFeatures,
    FeatureStack,
    FramePooling,
    MelSpectrogram,
    MFCCSegmenter,
    Segmenter,
    cache_info,
)
from skgenre.persistence import load_model, save_model

KINDS = [MelSpectrogram, MFCC, ChromaFeatures, MFCCSegmenter]


@pytest.fixture(scope="module")
def two_clips():
    rng = np.random.default_rng(0)
    t = np.arange(4 * 22050) / 22050
    loud = np.sin(2 * np.pi * 220 * t) + 1e-4 * rng.normal(size=len(t))
    return np.stack([loud, 0.01 * rng.normal(size=len(t))]).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_precisions_differ_a_little(kind, two_clips):
    double = kind().fit_transform(two_clips)
    single = kind(precision="single").fit_transform(two_clips)
    assert single.dtype == double.dtype == np.float32
    assert 0 < np.abs(single - double).max() < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_precision_is_a_parameter(kind, two_clips):
    transformer = kind(precision="single")
    assert clone(transformer).precision == "single"
    with pytest.raises(ValueError, match=f"'precision' parameter of {kind.__name__} must be"):
        transformer.set_params(precision="half").fit(two_clips)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_clip_is_the_same_alone_and_in_threads(two_clips, precision):
    mel = MelSpectrogram(precision=precision)
    together = mel.set_params(n_jobs=2).fit_transform(two_clips)
    alone = mel.set_params(n_jobs=None).fit_transform(two_clips[1:])
    np.testing.assert_array_equal(together[1:], alone)


def test_members_of_a_stack_keep_their_own(two_clips):
    stack = FeatureStack([MelSpectrogram(precision="single"), MFCC()])
    mel = MelSpectrogram(precision="single").fit_transform(two_clips)
    expected = np.concatenate([mel, MFCC().fit_transform(two_clips)], axis=1)
    np.testing.assert_array_equal(stack.fit_transform(two_clips), expected)


def test_segments_have_the_precision_of_the_feature_inside(two_clips):
    segmenter = Segmenter(MFCC(precision="single"), segment_duration=1.0)
    expected = segmenter.fit_transform(two_clips)
    ours = MFCCSegmenter(precision="single", segment_duration=1.0).fit_transform(two_clips)
    np.testing.assert_array_equal(ours, expected)


def test_the_cache_keeps_precisions_apart(two_clips, tmp_path):
    MelSpectrogram(memory=tmp_path).fit_transform(two_clips)
    single = MelSpectrogram(precision="single", memory=tmp_path)
    first = single.fit_transform(two_clips)
    assert cache_info(tmp_path).misses == 4
    np.testing.assert_array_equal(single.fit_transform(two_clips), first)
    assert cache_info(tmp_path).hits == 2


def make_model(feature):
    return make_pipeline(feature, FramePooling(), StandardScaler(), SVC())


def test_a_saved_model_keeps_its_precision(two_clips, tmp_path):
    model = make_model(MelSpectrogram(precision="single")).fit(two_clips, ["a", "b"])
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert loaded[0].precision == "single"
    np.testing.assert_array_equal(loaded[:-1].transform(two_clips), model[:-1].transform(two_clips))


@pytest.mark.parametrize("kind", [MelSpectrogram, MFCC, ChromaFeatures])
def test_a_model_that_was_saved_before_has_double_precision(kind, two_clips, tmp_path, monkeypatch):
    model = make_model(kind()).fit(two_clips, ["a", "b"])

    def state_of_earlier_versions(transformer):
        state = dict(transformer.__dict__)
        del state["precision"]
        return state

    monkeypatch.setattr(kind, "__getstate__", state_of_earlier_versions)
    save_model(model, tmp_path / "model.skops")
    monkeypatch.undo()
    assert b"precision" not in (tmp_path / "model.skops").read_bytes()
    loaded = load_model(tmp_path / "model.skops")
    assert loaded[0].get_params()["precision"] == "double"
    np.testing.assert_array_equal(loaded[:-1].transform(two_clips), model[:-1].transform(two_clips))


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickle_from_before_has_double_precision(kind):
    transformer = kind()
    del transformer.__dict__["precision"]
    assert pickle.loads(pickle.dumps(transformer)).precision == "double"
