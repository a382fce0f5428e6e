"""Every reference system as a file, in a new process, and as ONNX."""

import numpy as np
import pytest

from skgenre.datasets import make_genre_music
from skgenre.persistence import export_onnx, save_model
from skgenre.systems import make_system
from skgenre.systems._systems import CARDS

from ..other_processes import run_code

# What makes a system small enough for two-second clips, by the last part of a parameter's name.
SMALL = {
    "duration": 2.0,
    "max_epochs": 2,
    "n_estimators": 5,
    "image_size": (32, 32),
    "weights": None,
    "device": "cpu",
    "random_state": 0,
}
CODE = """
import sys
import numpy as np
from skgenre.persistence import load_model
model = load_model(sys.argv[1])
X = np.load(sys.argv[2])
np.save(sys.argv[3], model.predict_proba(X) if hasattr(model, "predict_proba")
        else model.decision_function(X))
"""
QUICK = {"kumar2021-cnn", "genrewiz-pcrnn", "park-rnn"}
NETWORKS = [name for name in CARDS if CARDS[name].n_bands]


def mark(names, quick=QUICK):
    return [pytest.param(n, marks=() if n in quick else pytest.mark.slow) for n in names]


@pytest.fixture(scope="module")
def clips():
    """Sixteen clips of two genres, two seconds long."""
    return make_genre_music(16, genres=["classical", "metal"], duration=2.0, random_state=0)


@pytest.fixture(scope="module")
def fit(clips):
    """Return a function that fits a small system, each once."""
    fitted = {}

    def make(name):
        if name not in fitted:
            system = make_system(name)
            for path, value in system.get_params().items():
                parameter = path.rpartition("__")[2]
                if parameter in SMALL and (value is not None or parameter == "random_state"):
                    system.set_params(**{path: SMALL[parameter]})
            fitted[name] = system.fit(clips.data, clips.target)
        return fitted[name]

    return make


@pytest.mark.parametrize("name", mark(CARDS, {"genrewiz-pcrnn"}))
def test_a_system_predicts_the_same_in_another_process(name, fit, clips, tmp_path):
    if "xgb" in name or "ensemble" in name:
        pytest.importorskip("xgboost")
    model = fit(name)
    paths = [tmp_path / part for part in ("model.skops", "X.npy", "p.npy")]
    save_model(model, paths[0])
    np.save(paths[1], clips.data)
    run_code(CODE, *paths)
    has_probabilities = hasattr(model, "predict_proba")
    expected = (model.predict_proba if has_probabilities else model.decision_function)(clips.data)
    np.testing.assert_array_equal(np.load(paths[2]), expected)


@pytest.mark.parametrize("name", mark(NETWORKS, {"genrewiz-pcrnn"}))
def test_a_system_is_exported(name, fit, clips, tmp_path):
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    model = fit(name)
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for X in (clips.data, clips.data[:1]):
        (probabilities,) = session.run(None, {"waveform": X})
        np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-5, rtol=0)
