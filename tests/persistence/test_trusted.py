"""Classes and functions of users in model files: by exact name, at the top level of a module."""

import html
import json
import pickle
import re
import sys

import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from typer.testing import CliRunner

from skgenre.classifiers import SegmentVotingClassifier, TorchClassifier, TransferCNNClassifier
from skgenre.cli._app import app
from skgenre.exceptions import ModelFormatError
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.nn import MLP, RecurrentNetwork
from skgenre.persistence import export_onnx, load_model, model_card, save_model
from skgenre.persistence._archive import SUMS, read_archive, write_archive
from skgenre.persistence._safe.rules import CLASSES
from skgenre.testing import all_estimators

from ..other_processes import run_code

MODULE = """
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression


class Tiny(torch.nn.Module):
    def __init__(self, n_bands, n_frames, n_outputs, width=4):
        super().__init__()
        self.conv = torch.nn.Conv1d(n_bands, width, 3, padding=1)
        self.output = torch.nn.Linear(width, n_outputs)

    def forward(self, X):
        return self.output(torch.relu(self.conv(X)).mean(-1))


def noise(maps, generator):
    return maps + 0.1 * torch.randn(maps.shape, generator=generator)


class Shift(torch.nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, maps, generator):
        return maps + self.by


def backbone():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3, stride=4))


def double(X):
    return np.asarray(X) * 2.0


class Mine(LogisticRegression):
    pass


class Recurrent(torch.nn.Module):
    def __init__(self, n_bands, n_frames, n_outputs, kind="LSTM", **parameters):
        super().__init__()
        self.layers = getattr(torch.nn, kind)(n_bands, 5, **parameters)
        self.output = torch.nn.Linear(5, n_outputs)

    def forward(self, X):
        return self.output(self.layers(X.permute(2, 0, 1))[0][-1])


class Outer:
    class Inner(LogisticRegression):
        pass


def make_local():
    def local(X):
        return X

    return local
"""
NAMES = [f"parts_of_a_user.{name}" for name in ("Tiny", "noise", "Shift", "backbone", "double")]
NAMES += ["parts_of_a_user.Mine"]
LOAD = """
import sys
from pathlib import Path
import numpy as np
from skgenre.persistence import load_model
for path in Path(sys.argv[1]).glob("*.skops"):
    model = load_model(path, trusted=sys.argv[2:])
    X = np.load(path.with_suffix(".X.npy"))
    np.save(path.with_suffix(".p.npy"), model.predict_proba(X))
"""


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """A module of a user."""
    (tmp_path / "parts_of_a_user.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    import parts_of_a_user

    yield parts_of_a_user
    sys.modules.pop("parts_of_a_user", None)


@pytest.fixture
def maps():
    return np.random.default_rng(0).normal(size=(12, 5, 8)).astype(np.float32), ["a", "b"] * 6


def fit(parts, maps, **parameters):
    parameters = {"module_params": {"width": 3}, "max_epochs": 1, "random_state": 0, **parameters}
    return TorchClassifier(parts.Tiny, **parameters).fit(*maps)


def make_models(parts, maps):
    X, y = maps
    yield X, fit(parts, maps, augmentation=parts.noise)
    yield X, fit(parts, maps, augmentation=parts.Shift(0.5))
    transfer = TransferCNNClassifier(
        backbone=parts.backbone, weights=None, image_size=(32, 32), dense=(), max_epochs=1
    )
    yield X, transfer.fit(X, y)
    table = X[:, :, 0]
    yield table, make_pipeline(FunctionTransformer(parts.double), parts.Mine()).fit(table, y)


def test_what_is_named_is_loaded_in_another_process(parts, maps, tmp_path):
    expected = {}
    for number, (X, model) in enumerate(make_models(parts, maps)):
        save_model(model, tmp_path / f"{number}.skops", trusted=NAMES)
        np.save(tmp_path / f"{number}.X.npy", X)
        expected[number] = model.predict_proba(X)
    run_code(LOAD, tmp_path, *NAMES)
    for number, probabilities in expected.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{number}.p.npy"), probabilities)


def test_without_it_both_name_the_parameter_and_nothing_is_imported(parts, maps, tmp_path):
    model = fit(parts, maps)
    path = tmp_path / "model.skops"
    with pytest.raises(TypeError, match=r"can't store parts_of_a_user\.Tiny: .* with trusted="):
        save_model(model, path)
    noisy = fit(parts, maps, augmentation=parts.noise)
    both = r"with trusted=\['parts_of_a_user\.Tiny', 'parts_of_a_user\.noise'\] here"
    for trusted in (None, ["parts_of_a_user.Tiny"]):
        with pytest.raises(TypeError, match=both):
            save_model(noisy, path, trusted=trusted)
    save_model(model, path, trusted=NAMES)
    del sys.modules["parts_of_a_user"]
    for trusted in (None, [], ["parts_of_a_user.Tin"], ["parts_of_a_user"]):
        names = [name for name in trusted or [] if "." in name]
        with pytest.raises(ModelFormatError, match=r"needs parts_of_a_user\.Tiny.*list 'trusted'"):
            load_model(path, trusted=names)
    assert "parts_of_a_user" not in sys.modules


def edit(path, change):
    entries = read_archive(path.read_bytes(), "model")
    schema = entries["schema.json"].decode()
    changed = change(schema)
    assert changed != schema
    entries.pop(SUMS, None)
    write_archive(path, entries | {"schema.json": changed.encode()})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Tiny"', '"make_local"'),
        ('"__module__": "parts_of_a_user"', '"__module__": "os"'),
        ('"Tiny"', '"Tiny.forward"'),
    ],
)
def test_nothing_else_of_the_same_module_is_trusted(old, new, parts, maps, tmp_path):
    path = tmp_path / "model.skops"
    save_model(fit(parts, maps), path, trusted=NAMES)
    edit(path, lambda schema: schema.replace(old, new))
    with pytest.raises(ModelFormatError, match="Nothing was loaded"):
        load_model(path, trusted=NAMES)


def test_a_network_that_is_not_that_of_the_weights_is_refused_before_memory_is_spent(
    parts, maps, tmp_path
):
    path = tmp_path / "model.skops"
    for width, message in ((4, "have the shape"), (10**9, "module_params is"), (-1, "'meta'|nega")):
        model = pickle.loads(pickle.dumps(fit(parts, maps)))
        model.module_params = {"width": width}
        del model._trained_with
        with pytest.raises(TypeError, match=message):
            save_model(model, path, trusted=NAMES)


def test_a_class_is_held_to_the_rules_of_the_class_it_derives_from(parts, table, tmp_path):
    path = tmp_path / "model.skops"
    model = parts.Mine().fit(*table)
    save_model(model, path, trusted=NAMES)
    model.coef_ = model.coef_[:, :3]
    with pytest.raises(TypeError, match="Mine: coef_"):
        save_model(model, path, trusted=NAMES)


@pytest.mark.parametrize("function", ["lambda", "local"])
def test_what_has_no_name_of_its_own_is_refused_with_the_reason(function, parts, table, tmp_path):
    function = (lambda X: X) if function == "lambda" else parts.make_local()
    model = make_pipeline(FunctionTransformer(function), LogisticRegression()).fit(*table)
    with pytest.raises(TypeError, match=r"'func' of FunctionTransformer, .* at the top level of a"):
        save_model(model, tmp_path / "m.skops", trusted=[*NAMES, f"{__name__}.<lambda>"])


def test_a_class_inside_another_is_refused_before_it_is_saved(parts, table, tmp_path):
    model = parts.Outer.Inner().fit(*table)
    with pytest.raises(TypeError, match=r"Outer\.Inner: a file stores .* at the top level of a"):
        save_model(model, tmp_path / "m.skops", trusted=[*NAMES, "parts_of_a_user.Inner"])


def test_a_function_among_arguments_needs_a_name(parts, maps, tmp_path):
    model = TorchClassifier(parts.Tiny, module_params={"width": 3}, max_epochs=1).fit(*maps)
    model.set_params(module_params__width=lambda: 3)
    with pytest.raises(TypeError, match=r"'width' of TorchClassifier, .* at the top level of a"):
        save_model(model, tmp_path / "m.skops", trusted=[*NAMES, f"{__name__}.<lambda>"])


def test_names_may_come_from_an_iterator(parts, maps, tmp_path):
    save_model(fit(parts, maps), tmp_path / "model.skops", trusted=iter(NAMES))
    assert load_model(tmp_path / "model.skops", trusted=(name for name in NAMES)).classes_.size


@pytest.mark.parametrize(
    ("trusted", "error"),
    [
        ("a.b", TypeError),
        (True, TypeError),
        ([3], TypeError),
        (["Tiny"], ValueError),
        (["sklearn.svm._classes.SVC"], ValueError),
        (["builtins.eval"], ValueError),
        (["skgenre.persistence.load_model"], ValueError),
    ],
)
def test_names_that_can_not_be_trusted_are_refused(trusted, error, fitted, tmp_path):
    path = tmp_path / "model.skops"
    with pytest.raises(error, match="'trusted' parameter of save_model"):
        save_model(fitted, path, trusted=trusted)
    save_model(fitted, path)
    with pytest.raises(error, match="'trusted' parameter of load_model"):
        load_model(path, trusted=trusted)


def test_a_module_that_is_gone_is_named(parts, maps, tmp_path, monkeypatch):
    path = tmp_path / "model.skops"
    save_model(fit(parts, maps), path, trusted=NAMES)
    monkeypatch.setitem(sys.modules, "parts_of_a_user", None)
    with pytest.raises(ImportError, match=r"parts_of_a_user\.Tiny can't be imported.*PYTHONPATH"):
        load_model(path, trusted=NAMES)


def test_networks_of_this_package_need_no_trust(maps, tmp_path):
    path = tmp_path / "model.skops"
    model = TorchClassifier(MLP, module_params={"dense": (4,)}, max_epochs=1).fit(*maps)
    save_model(model, path)
    np.testing.assert_array_equal(
        load_model(path).predict_proba(maps[0]), model.predict_proba(maps[0])
    )


@pytest.mark.parametrize("parameters", [{"num_layers": 10**5}, {"hidden_size": (1,) * 100}])
def test_layers_among_module_params_are_bounded(parameters, maps, tmp_path):
    model = TorchClassifier(RecurrentNetwork, module_params={"num_layers": 1}, max_epochs=1)
    model.fit(*maps).module_params = parameters
    with pytest.raises(TypeError, match=r"num_layers is 100000|hidden_size has 100 values"):
        save_model(model, tmp_path / "model.skops")


def test_the_card_loads_the_model_with_the_names_that_it_needs(parts, maps, tmp_path):
    for _, model in make_models(parts, maps):
        needed = re.findall(r"load_model\(.*trusted=(\[.*\])\)", model_card(model))
        assert len(needed) == 1
        assert needed[0] in html.unescape(model_card(model, as_html=True))
        save_model(model, tmp_path / "model.skops", trusted=json.loads(needed[0]))
        load_model(tmp_path / "model.skops", trusted=json.loads(needed[0]))


def test_a_function_of_a_script_is_saved_with_a_warning(table, tmp_path, monkeypatch):
    def triple(X):
        return np.asarray(X) * 3.0

    triple.__module__, triple.__qualname__ = "__main__", "triple"
    monkeypatch.setattr(sys.modules["__main__"], "triple", triple, raising=False)
    model = make_pipeline(FunctionTransformer(triple), LogisticRegression()).fit(*table)
    with pytest.warns(UserWarning, match=r"needs __main__\.triple, which other programs can't"):
        save_model(model, tmp_path / "model.skops", trusted=["__main__.triple"])
    load_model(tmp_path / "model.skops", trusted=["__main__.triple"])


def test_every_estimator_of_the_package_can_be_in_a_file():
    lacking = {
        name for name, kind in all_estimators() if f"{kind.__module__}.{name}" not in CLASSES
    }
    assert lacking == set()


@pytest.fixture
def of_music(parts, music):
    network = TorchClassifier(parts.Tiny, max_epochs=1, random_state=0, device="cpu")
    segmenter = Segmenter(MelSpectrogram(n_mels=8, n_fft=512), segment_duration=0.5)
    return make_pipeline(segmenter, SegmentVotingClassifier(network)).fit(music.data, music.target)


def test_the_command_takes_trusted_names(of_music, music, tmp_path):
    save_model(of_music, tmp_path / "model.skops", trusted=NAMES)
    soundfile.write(tmp_path / "song.wav", music.data[0], 22050)
    arguments = ["predict", str(tmp_path / "song.wav"), "--model", str(tmp_path / "model.skops")]
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code != 0
    result = CliRunner().invoke(
        app, [*arguments, "--format", "json", "--trusted", "parts_of_a_user.Tiny"]
    )
    assert result.exit_code == 0, result.output
    both = ["--trusted", "parts_of_a_user.Tiny, parts_of_a_user.noise"]
    assert CliRunner().invoke(app, [*arguments, *both]).exit_code == 0
    assert set(music.target) <= set(json.dumps(json.loads(result.stdout)).replace('"', " ").split())


def test_a_users_network_is_exported_to_onnx(of_music, music, tmp_path):
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    export_onnx(of_music, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (probabilities,) = session.run(None, {"waveform": music.data})
    np.testing.assert_allclose(probabilities, of_music.predict_proba(music.data), atol=1e-5)


@pytest.mark.parametrize(
    "module_params",
    [
        {"kind": "LSTM"},
        pytest.param({"kind": "RNN", "nonlinearity": "relu"}, marks=pytest.mark.slow),
    ],
)
def test_a_users_recurrent_layers_mean_in_onnx_what_they_mean_in_torch(
    module_params, parts, music, tmp_path
):
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    network = TorchClassifier(
        parts.Recurrent, module_params=module_params, max_epochs=5, lr=0.05, random_state=0
    )
    X = music.data[:, :3000]
    mel = MelSpectrogram(n_mels=4, n_fft=1024, hop_length=512)
    model = make_pipeline(mel, network).fit(X, music.target)
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (probabilities,) = session.run(None, {"waveform": X})
    np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-5)
