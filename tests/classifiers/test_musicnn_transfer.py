"""musicnn's network as the first part of a classifier."""

import numpy as np
import pytest
import torch
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import TransferCNNClassifier
from skgenre.features import MelSpectrogram
from skgenre.nn import Musicnn
from skgenre.persistence import load_model, save_model

N_FRAMES = 8


@pytest.fixture(scope="module")
def maps():
    """Maps in dB of two genres: one is louder in its lower half."""
    rng = np.random.default_rng(0)
    X = rng.normal(-40, 8, size=(8, 96, N_FRAMES)).astype(np.float32)
    y = np.array(["low", "flat"] * 4)
    X[y == "low", :48] += 20
    return X, y


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of weights in the format safetensors, and the network they are of."""
    safetensors = pytest.importorskip("safetensors.torch")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Musicnn()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    path = tmp_path_factory.mktemp("weights") / "musicnn.safetensors"
    state = {k: v for k, v in network.state_dict().items() if "num_batches" not in k}
    safetensors.save_file(state, path)
    return str(path), network.eval()


def make(path, **parameters):
    settings = {"dense": (), "dropout": 0.0, "max_epochs": 2, "random_state": 0, "device": "cpu"}
    return TransferCNNClassifier(backbone="musicnn", weights=path, **{**settings, **parameters})


def state_of(classifier):
    features = classifier.net_.module_.features
    return {name: value.clone() for name, value in features.state_dict().items()}


def test_the_layers_before_the_classifier_are_musicnn_of_decibels(maps, weights):
    path, network = weights
    X, y = maps
    classifier = make(path).fit(X, y)
    module = classifier.net_.module_.eval()
    power = 10 ** (torch.tensor(X) / 10)
    with torch.no_grad():
        penultimate = network.embed(torch.log10(10000 * power + 1))[1]
        expected = module.classifier(penultimate).softmax(1)
    np.testing.assert_allclose(classifier.predict_proba(X), expected, atol=1e-4)


@pytest.mark.parametrize("n_blocks", [0, 1, 2, 5])
def test_blocks_are_trained_from_the_last(maps, weights, n_blocks):
    path, network = weights
    classifier = make(path, trainable_blocks=n_blocks, lr=1e-2).fit(*maps)
    state = state_of(classifier)
    before = network.state_dict()
    names = ["temporal.0.conv.weight", "middle.0.conv.weight", "middle.1.norm.running_mean"]
    names += ["middle.2.conv.weight", "dense.weight"]
    changed = [not torch.equal(state[name], before[name]) for name in names]
    assert changed == [number >= 5 - n_blocks for number in range(5)]


def test_earlier_blocks_have_lower_rates(maps, weights):
    classifier = make(weights[0], trainable_blocks=5, lr=0.1, lr_decay=0.5).fit(*maps)
    module = classifier.net_.module_
    rates = {}
    for group in classifier.net_.optimizer_.param_groups:
        rates.update({id(weight): group["lr"] for weight in group["params"]})
    layers = [module.classifier[-1], module.features.dense, module.features.middle[2].conv]
    layers += [module.features.middle[0].conv, module.features.timbral[1].conv]
    found = [rates[id(layer.weight)] for layer in layers]
    np.testing.assert_allclose(found, [0.1, 0.05, 0.025, 0.00625, 0.003125])


def test_it_learns_and_is_saved_with_its_weights(maps, weights, tmp_path):
    X, y = maps
    classifier = make(weights[0], max_epochs=20, lr=0.01).fit(X, y)
    assert classifier.score(X, y) == 1
    save_model(classifier, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))


@pytest.mark.slow
def test_it_is_exported(maps, weights, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    from skgenre.persistence import export_onnx

    clips = np.random.default_rng(0).uniform(-1, 1, (4, 2000)).astype(np.float32)
    mel = MelSpectrogram(sr=16000, n_fft=512, hop_length=256, n_mels=96)
    classifier = make_pipeline(mel, make(weights[0])).fit(clips, ["a", "b"] * 2)
    export_onnx(classifier, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    found = session.run(None, {session.get_inputs()[0].name: clips[:3]})
    probabilities = next(part for part in found if np.shape(part) == (3, 2))
    np.testing.assert_allclose(probabilities, classifier.predict_proba(clips[:3]), atol=1e-4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"weights": "imagenet"}, "'imagenet' is a file of VGG16: with backbone='musicnn'"),
        ({"trainable_blocks": 6}, "must be at most 5 with backbone='musicnn'"),
        ({"colormap": "jet"}, "'colormap' parameter must be None with backbone='musicnn'"),
        ({"width": 0.5}, "'width' parameter must be 1 with backbone='musicnn'"),
    ],
)
def test_wrong_parameters_are_refused(maps, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(None).set_params(**parameters).fit(*maps)


def test_weights_of_other_bands_are_refused(maps, weights):
    X, y = maps
    with pytest.raises(ValueError, match=r"take 96 bands in dB.* Got maps of 80 bands"):
        make(weights[0]).fit(X[:, :80], y)


def test_bands_are_not_centred():
    maps = np.random.default_rng(0).normal(-40, 10, (4, 96, 40)).astype(np.float32)
    network = TransferCNNClassifier(backbone="musicnn", weights=None, center="clip")
    with pytest.raises(ValueError, match="'center' parameter must be None with backbone='musicnn'"):
        network.fit(maps, [0, 1, 0, 1])
