"""The command's model files: safe ones by default, pickles by name, and ONNX."""

import json
import os
import pickle
import subprocess
import sys
import types

import numpy as np
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skgenre.cli._model_file import read_model
from skgenre.datasets import make_genre_music
from skgenre.exceptions import ModelFormatError
from skgenre.persistence import load_model, save_model
from skgenre.songs import predict_song

from ..other_processes import run_command as run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight clips of two genres in genre folders."""
    path = tmp_path_factory.mktemp("genres")
    make_genre_music(8, genres=["classical", "metal"], duration=3.0, random_state=0, to=path)
    return path


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    """A small network, fitted by the command."""
    path = tmp_path_factory.mktemp("models") / "model.skops"
    result = run("fit", folder, "--model", "cnn", "--epochs", 2, "--save", path)
    assert result.returncode == 0, result.stderr
    return path


def test_fit_saves_a_file_that_is_safe_to_load(model, folder):
    song = sorted(folder.rglob("*.flac"))[0]
    fitted = load_model(model)
    result = run("predict", song, "--model", model, "--format", "json")
    assert result.returncode == 0, result.stderr
    given = {g["genre"]: g["probability"] for g in json.loads(result.stdout)[0]["genres"]}
    expected = dict(zip(fitted.classes_, fitted.predict_proba([str(song)])[0], strict=True))
    assert given == pytest.approx(expected)


def test_a_pickle_of_a_module_that_is_not_found_names_it(tmp_path, monkeypatch):
    gone = types.ModuleType("nets_that_are_gone")
    gone.Net = type("Net", (), {"__module__": gone.__name__})
    monkeypatch.setitem(sys.modules, gone.__name__, gone)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(gone.Net()))
    monkeypatch.delitem(sys.modules, gone.__name__)
    with pytest.raises(ModelFormatError, match=r"module 'nets_that_are_gone'.*PYTHONPATH"):
        read_model(tmp_path / "model.pickle")


def test_a_pickle_under_another_name_is_not_run(model, folder, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(pickle.dumps(load_model(model)))
    result = run("predict", *folder.rglob("*.flac"), "--model", path)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}: not a model file of skgenre")


def test_export_writes_a_model_for_onnxruntime(model, folder, tmp_path):
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    out = tmp_path / "model.onnx"
    result = run("export", model, out)
    assert result.returncode == 0, result.stderr
    assert "genres" in result.stdout
    session = onnxruntime.InferenceSession(out)
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    assert labels == ["classical", "metal"]
    X = make_genre_music(4, genres=labels, duration=3.0, random_state=1).data
    (probabilities,) = session.run(None, {"waveform": X})
    np.testing.assert_allclose(probabilities, load_model(model).predict_proba(X), atol=1e-5)


@pytest.mark.slow
def test_what_can_not_be_exported_is_one_line(tmp_path):
    from sklearn.svm import SVC

    save_model(SVC().fit([[0.0], [1.0]], ["a", "b"]), tmp_path / "model.skops")
    result = run("export", tmp_path / "model.skops", tmp_path / "model.onnx")
    assert result.returncode == 1
    assert "SVC" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs limits of POSIX")
@pytest.mark.parametrize("name", [pytest.param("model.pkl", marks=pytest.mark.slow), "model.skops"])
def test_a_full_disk_leaves_the_older_model_and_nothing_else(name, tmp_path):
    path = tmp_path / name
    path.write_text("an older model")
    code = (
        "import resource, sys; from pathlib import Path; import numpy as np\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from skgenre.cli._model_file import write_model\n"
        "model = LogisticRegression().fit(np.eye(500), np.arange(500) % 9)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_model(model, Path(sys.argv[1]))\n"
    )
    result = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert "OSError" in result.stderr
    assert path.read_text() == "an older model"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_place_of_a_model_is_named_so(tmp_path):
    with pytest.raises(ModelFormatError, match="this is a folder"):
        read_model(tmp_path)


def test_a_url_in_the_place_of_a_model_is_named_so(folder, tmp_path):
    url = "s3://music:secret@bucket/model.skops"
    saved = run("fit", folder, "--save", url, cwd=tmp_path)
    read = run("predict", folder, "--model", url, cwd=tmp_path)
    for result in (saved, read):
        assert result.returncode == 1
        assert "bucket/model.skops: this can't be a URL. Name a file on" in result.stderr
        assert "secret" not in result.stderr


OTHERS = [
    (Ridge().fit(np.eye(3), [0.0, 1.0, 2.0]), r"a regressor \(Ridge\), which predicts numbers"),
    (make_pipeline(StandardScaler(), Ridge()).fit(np.eye(3), [0.0, 1.0, 2.0]), r"\(Ridge\)"),
    (KMeans(2, n_init=1).fit(np.eye(3)), r"a clusterer \(KMeans\)"),
    (StandardScaler().fit(np.eye(3)), r"a transformer \(StandardScaler\) without a classifier"),
    (LinearSVC().fit(np.eye(2), ["a", "b"]), r"a classifier without probabilities \(LinearSVC\)"),
    (LinearSVC(), r"a classifier that is not fitted \(LinearSVC\)"),
]


@pytest.mark.parametrize(("model", "words"), OTHERS)
def test_a_model_of_another_task_is_named(model, words, tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model))
    with pytest.raises(ModelFormatError, match=rf"holds .*{words}.* not a fitted classifier with"):
        read_model(path)
    with pytest.raises((ValueError, NotFittedError)):
        predict_song(model, "song.wav")


def test_a_file_of_skops_says_what_it_holds(tmp_path):
    skops.io.dump(OTHERS[0][0], tmp_path / "model.skops")
    with pytest.raises(ModelFormatError, match=r"it holds a Ridge, .*Needed is a fitted classif"):
        read_model(tmp_path / "model.skops")


@pytest.mark.parametrize("command", ["predict", "export", "demo"])
def test_the_commands_refuse_a_model_of_another_task_in_one_line(command, tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(OTHERS[0][0]))
    arguments = {
        "predict": ["song.wav", "--model", path],
        "export": [path, tmp_path / "model.onnx"],
        "demo": ["--model", path],
    }
    result = run(command, *arguments[command])
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}: holds a regressor (Ridge)")
