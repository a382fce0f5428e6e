"""Model files of networks whose clips have several genres."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.exceptions import ModelFormatError
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.persistence import export_onnx, load_model, model_card, save_model

GENRES = ["jazz", "rock", "soul"]


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 2, (12, 3))
    matrix[:, 1] = 0  # a genre without clips
    X = rng.uniform(-0.5, 0.5, (12, 22050)).astype(np.float32)
    return X, pd.DataFrame(matrix, columns=GENRES)


def network(**params):
    return CNNClassifier(channels=(4,), max_epochs=1, random_state=0, device="cpu", **params)


def pipelines():
    mel = MelSpectrogram(n_mels=8, hop_length=1024)
    segments = Segmenter(mel, segment_duration=0.5)
    return {
        "network": make_pipeline(mel, network(threshold=[0.4, 0.5, 0.6])),
        "soft votes": make_pipeline(segments, SegmentVotingClassifier(network(), threshold=0.4)),
        "hard votes": make_pipeline(segments, SegmentVotingClassifier(network(), voting="hard")),
    }


@pytest.fixture(scope="module", params=pipelines())
def model(request, clips):
    X, y = clips
    with pytest.warns(UserWarning, match="no training clip has the genre"):
        return pipelines()[request.param].fit(X, y)


def test_a_file_keeps_genres_thresholds_and_the_form(model, clips, tmp_path):
    X, _ = clips
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops", device="cpu")
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X), atol=1e-6)
    pd.testing.assert_frame_equal(loaded.predict(X), model.predict(X))
    assert loaded[-1].thresholds_.tolist() == model[-1].thresholds_.tolist()
    for genre in GENRES:
        assert genre in model_card(model)


def test_an_exported_file_has_probabilities_of_each_genre(model, clips, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    X, _ = clips
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (found,) = session.run(None, {"waveform": X})
    np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-5)
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["labels"]) == GENRES
    assert json.loads(facts["thresholds"]) == model[-1].thresholds_.tolist()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("thresholds_", np.array([0.5, 0.5])),
        ("thresholds_", np.array([0.5, 0.5, np.nan])),
        ("genres_", np.array(["jazz", "jazz", "soul"])),
        ("genres_", np.array(["jazz", "soul"])),
        ("classes_", [np.array([0, 1])] * 2),
        ("classes_", [np.array([0, 2])] * 3),
        ("_is_seen", np.array([True])),
        ("_target_form", "else"),
    ],
)
def test_contents_that_do_not_fit_are_refused(attribute, value, clips, tmp_path):
    X, y = clips
    with pytest.warns(UserWarning, match="no training clip"):
        model = network().fit(X[:, :64], y)
    setattr(model, attribute, value)
    with pytest.raises((TypeError, ValueError), match="save_model can't store"):
        save_model(model, tmp_path / "model.skops")


def test_a_file_whose_genres_were_changed_is_refused(clips, tmp_path):
    X, y = clips
    with pytest.warns(UserWarning, match="no training clip"):
        save_model(network().fit(X[:, :64], y), tmp_path / "model.skops")
    changed = tmp_path / "changed.skops"
    with (
        zipfile.ZipFile(tmp_path / "model.skops") as source,
        zipfile.ZipFile(changed, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(".json") and b'"jazz"' in content and b'"versions"' in content:
                content = content.replace(b'"jazz"', b'"fado"')
            target.writestr(name, content)
    with pytest.raises(ModelFormatError):
        load_model(changed)


def test_trees_of_several_genres_are_for_pickle_and_are_not_exported(clips, tmp_path):
    X, y = clips
    trees = XGBGenreClassifier(n_estimators=2, random_state=0)
    with pytest.warns(UserWarning, match="no training clip"):
        trees.fit(X[:, :8], y)
    with pytest.raises(TypeError, match="trees of several genres per clip are not read"):
        save_model(trees, tmp_path / "model.skops")
    with pytest.raises(ValueError, match="networks alone are exported"):
        export_onnx(trees, tmp_path / "model.onnx")
