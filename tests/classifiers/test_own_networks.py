"""TorchClassifier: networks, augmentations and backbones that users bring."""

import functools
import pickle
import sys
import textwrap
import warnings
from functools import partial

import numpy as np
import pytest
import soundfile
import torch
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import (
    CNNClassifier,
    SegmentVotingClassifier,
    TorchClassifier,
    TransferCNNClassifier,
)
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.model_selection import compare
from skgenre.songs import predict_song

from ..other_processes import run_code

RESNET = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(width, width, 3, padding=1), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Conv1d(width, width, 3, padding=1), nn.BatchNorm1d(width),
        )

    def forward(self, X):
        return torch.relu(X + self.layers(X))


class ResNet(nn.Module):
    def __init__(self, n_bands, n_frames, n_outputs, width=16, depth=2):
        super().__init__()
        self.stem = nn.Conv1d(n_bands, width, 3, padding=1)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.output = nn.Linear(width, n_outputs)

    def forward(self, X):
        return self.output(self.blocks(self.stem(X)).mean(-1))


class Jitter(nn.Module):
    def __init__(self, size=0.1):
        super().__init__()
        self.register_buffer("size", torch.tensor(size))

    def forward(self, maps, generator):
        return maps + self.size * torch.randn(maps.shape, generator=generator)


def backbone():
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.BatchNorm2d(4)), nn.ReLU(),
        nn.Conv2d(4, 8, 3, stride=2), nn.ReLU(),
    )
"""


@pytest.fixture
def resnets(tmp_path, monkeypatch):
    """A user's module with a 1-D ResNet."""
    (tmp_path / "resnets_of_a_user.py").write_text(RESNET)
    monkeypatch.syspath_prepend(str(tmp_path))
    import resnets_of_a_user

    yield resnets_of_a_user
    del sys.modules["resnets_of_a_user"]


def linear(n_bands, n_frames, n_outputs, dropout=0.0):
    layers = torch.nn.Linear(n_bands * n_frames, n_outputs)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(dropout), layers)


def lazy(n_bands, n_frames, n_outputs):
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(n_outputs))


def own(module=linear, **parameters):
    return TorchClassifier(module, **{"max_epochs": 2, "random_state": 0, **parameters})


@pytest.fixture(scope="module")
def music():
    """Twenty clips of two genres, two seconds long."""
    return make_genre_music(20, genres=["classical", "metal"], duration=2.0, random_state=0)


def test_a_resnet_of_a_users_file_learns_twenty_clips_and_goes_everywhere(resnets, music, tmp_path):
    network = own(resnets.ResNet, module_params={"width": 12}, max_epochs=40, lr=1e-2)
    segmenter = Segmenter(MelSpectrogram(n_mels=24), segment_duration=1.0)
    model = make_pipeline(segmenter, SegmentVotingClassifier(network))
    model.fit(music.data, music.target)
    assert model.score(music.data, music.target) >= 0.95
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(music.data), model.predict_proba(music.data))
    soundfile.write(tmp_path / "song.wav", np.concatenate(music.data[:6:2]), 22050)
    assert predict_song(model, tmp_path / "song.wav").index[0] == "classical"


def test_a_search_over_the_modules_parameters_leaves_the_callers_dict(resnets, maps):
    given = {"depth": 1}
    network = own(resnets.ResNet, module_params=given)
    search = GridSearchCV(network, {"module_params__width": [2, 3]}, cv=2).fit(*maps)
    best = search.best_estimator_
    width = search.best_params_["module_params__width"]
    assert best.module_params == {"depth": 1, "width": width}
    assert best.net_.module_.network.stem.out_channels == width
    assert given == {"depth": 1}
    assert network.module_params is given
    assert own().set_params(module_params__dropout=0.5).module_params == {"dropout": 0.5}
    deep = best.get_params()
    assert deep["module_params__width"] == width
    assert "module_params__width" not in best.get_params(deep=False)
    assert clone(best).get_params() == deep


@pytest.mark.slow
def test_compare_takes_it_in_processes(resnets, maps):
    # Processes that an earlier test left don't find the module.
    get_reusable_executor().shutdown(wait=True)
    X, y = maps
    pipelines = {"own": own(resnets.ResNet), "ours": CNNClassifier(channels=(4,), max_epochs=2)}
    found = [
        compare(pipelines, X, y, cv=2, n_jobs=n_jobs, random_state=0, on_error="raise").frame
        for n_jobs in (1, 2)
    ]
    assert found[0]["test_accuracy"].tolist() == found[1]["test_accuracy"].tolist()


def test_a_module_of_a_script_survives_pickles_between_runs(tmp_path):
    script = textwrap.dedent(
        """
        import pickle, sys
        from pathlib import Path
        import numpy as np, torch
        from skgenre.classifiers import TorchClassifier
        from skgenre.persistence import load_model, save_model

        class Tiny(torch.nn.Sequential):
            def __init__(self, n_bands, n_frames, n_outputs):
                size = n_bands * n_frames
                super().__init__(torch.nn.Flatten(), torch.nn.Linear(size, n_outputs))

        X = np.random.default_rng(0).normal(size=(8, 3, 4))
        folder = Path(sys.argv[1])
        if not (folder / "model.pickle").exists():
            model = TorchClassifier(Tiny, max_epochs=1).fit(X, ["a", "b"] * 4)
            (folder / "model.pickle").write_bytes(pickle.dumps(model))
            save_model(model, folder / "model.skops", trusted=["__main__.Tiny"])
            np.save(folder / "p.npy", model.predict_proba(X))
        else:
            pickled = pickle.loads((folder / "model.pickle").read_bytes())
            safe = load_model(folder / "model.skops", trusted=["__main__.Tiny"])
            for model in (pickled, safe):
                assert (model.predict_proba(X) == np.load(folder / "p.npy")).all()
        """
    )
    for _ in range(2):
        run_code(script, tmp_path)


def test_lazy_layers_get_their_sizes_and_are_trained(maps):
    fitted = own(lazy, lr=0.1, max_epochs=10).fit(*maps)
    assert fitted.score(*maps) > 0.9
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(maps[0]), fitted.predict_proba(maps[0]))


def test_maps_are_standardized_before_a_users_network(maps):
    X, y = maps
    one, other = (own().fit(data, y).predict_proba(data) for data in (X, 1000.0 * X + 50.0))
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_a_user_s_weights_are_penalized(maps):
    def norm(**parameters):
        module = own(max_epochs=10, lr=1e-2, **parameters).fit(*maps).net_.module_
        return float(module.network[2].weight.detach().norm())

    assert norm(l2=1.0) < 0.5 * norm()


def test_warm_start_continues_with_a_function_or_a_partial(maps):
    import functools

    for module in (linear, functools.partial(linear, dropout=0.1)):
        network = own(module, warm_start=True).fit(*maps)
        before = network.net_
        assert network.fit(*maps).net_ is before
        network.set_params(module=lazy)
        with pytest.raises(ValueError, match="'module' parameter of TorchClassifier can't change"):
            network.fit(*maps)


SHARED_BODY = torch.nn.Linear(96, 4)
SHARED_NORM = torch.nn.BatchNorm1d(96, affine=False)
SHARED = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(96, 2))


@pytest.mark.parametrize(
    ("module", "module_params", "error", "message"),
    [
        (torch.nn.Linear(96, 2), None, TypeError, "instance of Linear.* leak.*module=Linear"),
        (linear, {"drop": 0.1}, ValueError, "has 'drop', which can't .*: linear takes dropout"),
        (linear, {"n_bands": 3}, ValueError, "has 'n_bands', .* it is the size of the maps"),
        (linear, {"n_outputs": 3}, ValueError, "has 'n_outputs', .* number of genres"),
        (lambda a, b, c: None, None, TypeError, "with n_bands, n_frames, .* Pass a function of"),
        (lambda **sizes: torch.nn.Conv2d(1, 2, 3), None, ValueError, r"with maps.unsqueeze\(1\)"),
        (lambda **sizes: 3, None, TypeError, "must return a torch.nn.Module. Got int"),
        (lambda **sizes: torch.nn.Flatten(), None, ValueError, r"\(2, 2\) .* Got \(2, 96\)"),
        (lambda **sizes: torch.nn.Linear(3, 2), None, ValueError, "can't compute maps of shape"),
        ("cnn", None, ValueError, "'module' parameter of TorchClassifier must be a callable"),
        (linear, [1], ValueError, "'module_params' parameter of TorchClassifier must be"),
    ],
)
def test_a_module_that_can_not_be_is_refused(module, module_params, error, message, maps):
    network = own(module, module_params=module_params)
    with pytest.raises(error, match=message):
        network.fit(*maps)


def test_a_function_that_returns_one_network_again_is_refused(maps):
    shared = own(lambda **sizes: SHARED)
    shared.fit(*maps)
    with pytest.raises(ValueError, match="returned a network that it had returned before"):
        shared.fit(*maps)


class Head(torch.nn.Module):
    def __init__(self, n_bands, n_frames, n_outputs, body):
        super().__init__()
        self.layers = torch.nn.Sequential(body, torch.nn.LazyLinear(n_outputs))

    def forward(self, X):
        return self.layers(X.flatten(1))


@pytest.mark.parametrize("body", [SHARED_BODY, SHARED_NORM], ids=["weights", "statistics"])
def test_layers_of_an_earlier_network_are_refused(body, maps):
    network = own(lambda **sizes: Head(body=body, **sizes))
    network.fit(*maps)
    with pytest.raises(ValueError, match="returned before, or layers of one"):
        network.fit(*maps)


class Counting(torch.nn.Linear):
    """Has more state than tensors."""

    def get_extra_state(self):
        return {"calls": 0}

    def set_extra_state(self, state):
        pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Counting(96, 2), r"'1\._extra_state' of type dict"),
        (
            lambda: torch.nn.Linear(96, 2, dtype=torch.bfloat16),
            r"'1\.weight' of type torch.bfloat16",
        ),
    ],
)
def test_a_network_whose_state_can_not_be_kept_is_refused(make, message, maps):
    network = own(lambda **sizes: torch.nn.Sequential(torch.nn.Flatten(), make()))
    with pytest.raises(TypeError, match=message):
        network.fit(*maps)


@pytest.mark.parametrize("is_partial", [False, True])
def test_a_network_among_the_arguments_is_copied_for_each_fit(is_partial, maps):
    body = torch.nn.Sequential(torch.nn.LazyLinear(4), torch.nn.BatchNorm1d(4))
    body(torch.zeros(2, *maps[0].shape[1:]).flatten(1))
    before = {name: value.clone() for name, value in body.state_dict().items()}
    given = functools.partial(Head, body=body) if is_partial else Head
    network = own(given, module_params=None if is_partial else {"body": body})
    first = network.fit(*maps).predict_proba(maps[0])
    for name, value in body.state_dict().items():
        assert torch.equal(value, before[name])
    np.testing.assert_array_equal(network.fit(*maps).predict_proba(maps[0]), first)


class Viewed(torch.nn.Module):
    """Flattens with view, as most tutorials do: it needs maps that are contiguous."""

    def __init__(self, n_bands, n_frames, n_outputs):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 3, 3, padding=1)
        self.output = torch.nn.Linear(3 * n_bands * n_frames, n_outputs)

    def forward(self, X):
        X = self.conv(X[:, None])
        return self.output(X.view(X.shape[0], -1))


def test_a_network_that_flattens_with_view_is_trained_and_pickled(maps):
    network = own(Viewed).fit(*maps)
    np.testing.assert_allclose(
        pickle.loads(pickle.dumps(network)).predict_proba(maps[0]),
        network.predict_proba(maps[0]),
        atol=1e-6,
    )


def test_probabilities_in_the_place_of_logits_are_warned_of(maps):
    def flat(n_bands, n_frames, n_outputs, last=torch.nn.Identity):
        sizes = (n_bands * n_frames, n_outputs)
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(*sizes), last())

    for last in (torch.nn.Identity, partial(torch.nn.LogSoftmax, 1), torch.nn.ReLU):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            own(flat, module_params={"last": last}, max_epochs=1).fit(*maps)
    with pytest.warns(UserWarning, match="module flat returns probabilities.*softmax out"):
        own(flat, module_params={"last": partial(torch.nn.Softmax, 1)}, max_epochs=1).fit(*maps)


def test_a_module_that_returns_a_tuple_is_refused(maps):
    class Pair(torch.nn.Linear):
        def __init__(self, n_bands, n_frames, n_outputs):
            super().__init__(n_bands, n_outputs)

        def forward(self, X):
            return super().forward(X.mean(-1)), X

    with pytest.raises(ValueError, match=r"Pair must return logits .* Got a tuple instead"):
        own(Pair).fit(*maps)


def test_skorch_s_names_of_the_modules_arguments_lead_to_ours():
    with pytest.raises(ValueError, match=r"'module__width'.*set as module_params__width"):
        TorchClassifier(torch.nn.Identity).set_params(module__width=3)


def test_an_augmentation_of_other_arguments_is_refused(resnets, maps):
    def turn(maps):
        return maps

    class Turn(torch.nn.Module):
        def forward(self, maps):
            return maps

    for augmentation, name in ((turn, r"turn\(maps\)"), (Turn(), r"Turn\(maps\)")):
        with pytest.raises(TypeError, match=rf"called with \(maps, generator\), and {name} can't"):
            own(resnets.ResNet, augmentation=augmentation).fit(*maps)


def test_families_have_no_module_params():
    with pytest.raises(ValueError, match="Invalid parameter 'module_params'"):
        CNNClassifier().set_params(module_params__width=3)
    assert issubclass(CNNClassifier, TorchClassifier)


def add_noise(maps, generator):
    return maps + torch.randn(maps.shape, generator=generator)


def weights_of(network):
    return network.net_.module_.state_dict()


def test_a_users_augmentation_is_fixed_by_random_state_and_not_changed(resnets, maps):
    plain = weights_of(own().fit(*maps))
    for augmentation in (add_noise, resnets.Jitter(0.5)):
        network = own(augmentation=augmentation)
        first, second = (weights_of(clone(network).fit(*maps)) for _ in range(2))
        for name, value in first.items():
            torch.testing.assert_close(second[name], value, rtol=0, atol=0)
        assert any(not torch.equal(plain[name], first[name]) for name in plain)
        again = pickle.loads(pickle.dumps(network.fit(*maps)))
        again.set_params(random_state=1).fit(*maps)
        assert network.augmentation is augmentation


def test_an_augmentation_that_shortens_maps_is_taken_where_the_network_can(resnets, maps):
    lengths = []

    def crop(maps, generator):
        lengths.append(maps.shape[-1])
        return maps[..., :6]

    fitted = own(resnets.ResNet, augmentation=crop).fit(*maps)
    assert set(lengths) == {12}
    assert fitted.predict(maps[0]).shape == (60,)


@pytest.mark.parametrize("labels", ["strings", "gaps"])
def test_a_net_of_skorch_in_compare_gets_a_message_with_the_cure(labels, maps):
    from skorch import NeuralNetClassifier

    X, y = maps
    y = y if labels == "strings" else np.where(y == "metal", 7, 3)
    net = NeuralNetClassifier(linear(8, 12, 2), max_epochs=1, verbose=0)
    net.set_params(criterion=torch.nn.CrossEntropyLoss)
    with pytest.raises(ValueError, match=r"int64 numbers from 0 .* Use .*TorchClassifier"):
        compare({"net": net}, X, y, cv=2, on_error="raise")
    compare({"net": net}, X, (y == y[0]).astype(np.int64), cv=2, on_error="raise")


def transfer(backbone, **parameters):
    return TransferCNNClassifier(
        backbone=backbone,
        **{
            "weights": None,
            "image_size": (32, 32),
            "max_epochs": 2,
            "dense": (),
            "random_state": 0,
            "device": "cpu",
            **parameters,
        },
    )


def test_a_users_backbone_is_frozen_from_the_first_block_on(resnets, maps, tmp_path):
    torch.manual_seed(0)
    source = resnets.backbone()
    torch.save(source.state_dict(), tmp_path / "backbone.pth")
    model = transfer(
        resnets.backbone, weights=tmp_path / "backbone.pth", trainable_blocks=1, lr_decay=0.5
    ).fit(*maps)
    made = model.net_.module_.features
    for name, value in source.state_dict().items():
        is_same = torch.equal(made.state_dict()[name], value)
        assert is_same == name.startswith("0."), name  # running statistics too
    rates = {group["lr"] for group in model.net_.optimizer_.param_groups}
    assert rates == {1e-3, 5e-4, 2.5e-4}
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(maps[0]), model.predict_proba(maps[0]))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"backbone": "vgg19"}, "must be 'vgg16', 'musicnn', 'timm:'"),
        ({"backbone": "timm:hf-hub:someone/net"}, "must be 'vgg16', 'musicnn', 'timm:'"),
        ({"weights": "imagenet"}, "weights='imagenet' is a file of VGG16"),
        ({"trainable_blocks": 3}, "must be at most 2, the blocks of the backbone .* Got 3"),
        ({"backbone": "vgg16", "trainable_blocks": 6}, "must be at most 5 with backbone='vgg16'"),
        ({"width": 0.5}, "'width' parameter must be 1"),
        ({"image_size": (2, 2)}, "can't take images of 2 x 2 pixels .*: set image_size"),
    ],
)
def test_a_backbone_that_can_not_be_is_refused(parameters, message, resnets, maps):
    model = transfer(resnets.backbone).set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(*maps)


def test_weights_of_another_backbone_are_refused(resnets, maps, tmp_path):
    torch.save({"0.0.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"'0\.0\.weight' has to have .* of the same backbone"):
        transfer(resnets.backbone, weights=tmp_path / "other.pth").fit(*maps)


def test_timm_is_named_where_it_is_missing(maps, monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ImportError, match=r"pip install 'skgenre\[timm\]'"):
        transfer("timm:resnet18").fit(*maps)


def test_a_network_of_timm_is_fine_tuned(maps, tmp_path):
    timm = pytest.importorskip("timm")
    weights = tmp_path / "resnet10t.pth"
    torch.save(timm.create_model("resnet10t", pretrained=False).state_dict(), weights)
    model = transfer("timm:resnet10t", weights=weights, trainable_blocks=1).fit(*maps)
    kept = torch.load(weights)
    features = model.net_.module_.features.state_dict()
    assert torch.equal(features["layer1.0.conv1.weight"], kept["layer1.0.conv1.weight"])
    assert not torch.equal(features["layer4.0.conv1.weight"], kept["layer4.0.conv1.weight"])
    assert model.predict_proba(maps[0]).shape == (60, 2)


def test_a_changed_network_is_not_taken_from_the_finished_folds(maps, tmp_path):
    code = """
class Net(torch.nn.Sequential):
    def __init__(self, n_bands, n_frames, n_outputs):
        size = n_bands * n_frames
        super().__init__(torch.nn.Flatten(), torch.nn.Dropout(0.1), torch.nn.Linear(size, 2))
"""

    def run(code):
        namespace = {"torch": torch, "__name__": "nets_of_a_user"}
        exec(code, namespace)
        pipelines = {"own": own(namespace["Net"], max_epochs=1)}
        result = compare(pipelines, *maps, cv=2, random_state=0, memory=tmp_path)
        return result.protocol["resumed_folds"]

    assert [run(code), run(code), run(code.replace("0.1", "0.2"))] == [0, 2, 0]


@pytest.mark.parametrize("changed", [{}, {"dropout": 0.9}])
def test_what_was_saved_before_there_were_backbones_is_a_vgg16(changed, maps):
    fitted = transfer("vgg16", width=0.0625).fit(*maps)
    expected = fitted.predict_proba(maps[0])
    state = pickle.loads(pickle.dumps(fitted.set_params(**changed))).__getstate__()
    del state["backbone"]
    state.get("_trained_with", {}).pop("backbone", None)
    assert ("_trained_with" in state) == bool(changed)
    loaded = TransferCNNClassifier.__new__(TransferCNNClassifier)
    loaded.__setstate__(state)
    assert loaded.backbone == "vgg16"
    np.testing.assert_array_equal(loaded.predict_proba(maps[0]), expected)
