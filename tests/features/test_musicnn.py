"""musicnn's network and its embedding of clips."""

import importlib.metadata
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from skgenre._published_weights import musicnn as musicnn_weights
from skgenre._published_weights.checksum import masked_checksum
from skgenre.datasets import make_genre_music
from skgenre.exceptions import ModelFormatError, ShortSignalWarning
from skgenre.features import MelSpectrogram, MusicnnEmbedding, Segmenter, cache_info
from skgenre.nn import Musicnn
from skgenre.persistence import load_model, save_model

from .checkpoints import write_checkpoint

SR = 16000
PATCH = 187


def is_installed():
    try:
        importlib.metadata.distribution("musicnn")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


needs_musicnn = pytest.mark.skipif(
    not is_installed(), reason="musicnn's weights are missing: pip install --no-deps musicnn"
)


def make_variables(seed=0):
    """Weights as TensorFlow names and shapes them, in the order in which layers are made."""
    rng = np.random.default_rng(seed)
    variables = {}

    def add_norm(number, n):
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        variables[f"{name}/gamma"] = rng.normal(size=n)  # of both signs
        variables[f"{name}/beta"] = rng.normal(size=n)
        variables[f"{name}/moving_mean"] = rng.normal(size=n) * 0.1
        variables[f"{name}/moving_variance"] = rng.uniform(0.5, 2, size=n)

    kernels = [(7, 38, 1, 204), (7, 67, 1, 204), (128, 1, 1, 51), (64, 1, 1, 51), (32, 1, 1, 51)]
    kernels += [(7, 561, 1, 64), (7, 64, 1, 64), (7, 64, 1, 64)]
    add_norm(0, 1)
    for number, shape in enumerate(kernels):
        name = f"conv2d_{number}" if number else "conv2d"
        scale = 1 / np.sqrt(np.prod(shape[:3]))
        variables[f"{name}/kernel"] = scale * rng.normal(size=shape)
        variables[f"{name}/bias"] = 0.1 * rng.normal(size=shape[-1])
        add_norm(number + 1, shape[-1])
    add_norm(9, 1506)
    add_norm(10, 200)
    for name, shape in (("dense", (1506, 200)), ("dense_1", (200, 50))):
        variables[f"{name}/kernel"] = rng.normal(size=shape) / np.sqrt(shape[0])
        variables[f"{name}/bias"] = 0.1 * rng.normal(size=shape[1])
    return {name: array.astype(np.float32) for name, array in variables.items()}


def normalize(variables, number, x):
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    gamma, beta, mean, variance = (
        variables[f"{name}/{part}"].astype(np.float64)
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def convolve(variables, number, x, before, after):
    """Filter an image (time, bands) padded in time; activate and normalize it."""
    name = f"conv2d_{number}" if number else "conv2d"
    kernel = variables[f"{name}/kernel"][:, :, 0].astype(np.float64)
    x = np.pad(x, ((before, after), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2])
    response = np.tensordot(windows, kernel, ([2, 3], [0, 1])) + variables[f"{name}/bias"]
    return normalize(variables, number + 1, np.maximum(response, 0))


def run_as_published(variables, patch):
    """The published graph for one patch (time, bands), in float64."""
    x = normalize(variables, 0, patch[..., None])[..., 0]
    padding = [(3, 3), (3, 3), (63, 64), (31, 32), (15, 16)]
    front = [convolve(variables, k, x, *pads).max(axis=1) for k, pads in enumerate(padding)]
    layers = [np.concatenate(front, axis=1)]
    for number in (5, 6, 7):
        y = convolve(variables, number, layers[-1], 3, 3)[:, 0]
        layers.append(y if number == 5 else layers[-1] + y)
    features = np.concatenate(layers, axis=1)
    pooled = np.stack([features.max(0), features.mean(0)], axis=1)
    x = normalize(variables, 9, pooled.ravel())
    dense = {name: array.astype(np.float64) for name, array in variables.items() if "dense" in name}
    x = np.maximum(x @ dense["dense/kernel"] + dense["dense/bias"], 0)
    x = normalize(variables, 10, x)
    tags = 1 / (1 + np.exp(-(x @ dense["dense_1/kernel"] + dense["dense_1/bias"])))
    return {"penultimate": x, "max": pooled[:, 0], "mean": pooled[:, 1], "tags": tags}


@pytest.fixture(scope="module")
def variables():
    return make_variables()


@pytest.fixture(scope="module")
def checkpoint(variables, tmp_path_factory):
    """The path of a checkpoint, without .index."""
    prefix = tmp_path_factory.mktemp("weights") / "model"
    write_checkpoint(prefix, variables, checksum=masked_checksum)
    return prefix


@pytest.fixture(scope="module")
def clips():
    """A loud clip and a quiet one, of one patch and a bit."""
    rng = np.random.default_rng(1)
    return (rng.uniform(-1, 1, (2, 50000)) * [[1.0], [0.001]]).astype(np.float32)


def test_values_are_those_of_the_published_graph(variables, checkpoint):
    """A patch of 12 frames, on the weights as TensorFlow stores them."""
    clip = np.random.default_rng(0).uniform(-0.5, 0.5, 11 * 256)
    mel = MelSpectrogram(
        sr=SR, n_fft=512, hop_length=256, n_mels=96, scale="power", pad_mode="reflect"
    )
    patch = np.log10(10000 * mel.fit_transform(clip[None])[0].astype(np.float64) + 1)
    expected = run_as_published(variables, patch.T)
    layers = ["penultimate", "pool", "tags"]
    table = MusicnnEmbedding(
        checkpoint, layer=layers, pooling="mean", patch_duration=12 * 256 / SR
    ).fit_transform(clip[None])
    parts = [expected[name] for name in ("penultimate", "max", "mean", "tags")]
    np.testing.assert_allclose(table[0], np.concatenate(parts), atol=1e-3, rtol=1e-3)


def test_matrix_products_equal_convolutions():
    torch.manual_seed(0)
    network = Musicnn().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.weight)
            module.running_mean.normal_()
    patches = torch.rand(3, 96, 40)
    with_gradient = network(patches)
    assert with_gradient.requires_grad
    with torch.no_grad():
        torch.testing.assert_close(network(patches), with_gradient, atol=1e-4, rtol=1e-4)


def test_a_frame_as_in_the_program_of_the_authors():
    """librosa.time_to_frames(3) + 1 frames a patch, and at least half a patch more at the end."""
    embedding = MusicnnEmbedding()
    assert embedding._patch_frames() == PATCH
    assert embedding._starts(1 + 30 * SR // 256) == [PATCH * k for k in range(10)]
    assert embedding._starts(PATCH + 93) == [0]
    assert embedding._starts(PATCH + 94) == [0, 94]


def test_a_row_depends_on_its_clip_alone(checkpoint, clips):
    embedding = MusicnnEmbedding(checkpoint)
    table = embedding.fit_transform(clips)
    assert table.shape == (2, 400)
    assert table.dtype == np.float32
    for i in range(2):
        np.testing.assert_array_equal(table[i], embedding.transform(clips[i : i + 1])[0])
    np.testing.assert_array_equal(table, clone(embedding).set_params(n_jobs=2).transform(clips))


def test_batches_on_a_device_give_the_same(checkpoint, clips):
    embedding = MusicnnEmbedding(checkpoint, layer=["pool", "tags"])
    with torch.inference_mode():
        batch = embedding._compute_batch(torch.from_numpy(clips))
    np.testing.assert_allclose(batch, embedding.fit_transform(clips), rtol=1e-3, atol=1e-3)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_gives_the_same(checkpoint, clips):
    embedding = MusicnnEmbedding(checkpoint, layer=["pool", "tags"])
    table = embedding.fit_transform(clips)
    on_gpu = embedding.set_params(device="cuda").fit_transform(clips)
    np.testing.assert_allclose(on_gpu, table, rtol=1e-2, atol=1e-2)


def test_columns_are_named_by_layer_and_statistic(clips):
    embedding = MusicnnEmbedding(None, layer=["pool", "penultimate"], pooling=["max", "std"])
    table = embedding.set_output(transform="pandas").fit_transform(clips)
    names = list(table.columns)
    assert len(names) == len(set(names)) == 2 * (1506 + 200)
    assert names[0] == "max_pool0_max"
    assert names[753] == "mean_pool0_max"
    assert names[1506] == "penultimate0_max"
    assert names[-1] == "penultimate199_std"
    # A maximum over time is at least the mean over it; one patch does not vary.
    columns = [f"{kind}_pool{k}_max" for kind in ("max", "mean") for k in range(753)]
    maxima, means = np.split(table[columns].to_numpy(), 2, axis=1)
    assert (maxima >= means - 1e-6).all()
    assert (table.filter(like="_std") == 0).all(axis=None)


def test_segments_are_embedded_in_a_segmenter(clips):
    embedding = MusicnnEmbedding(None, patch_duration=0.5)
    segments = Segmenter(embedding, sr=SR, segment_duration=1.0).fit_transform(clips)
    assert segments.shape == (2, 3, 400, 1)
    alone = embedding.fit_transform(clips[:, SR : 2 * SR])
    np.testing.assert_allclose(segments[:, 1, :, 0], alone, rtol=1e-5, atol=1e-5)


def test_a_short_clip_is_padded_with_a_warning(checkpoint):
    clip = np.random.default_rng(0).uniform(-1, 1, (1, 20000))
    embedding = MusicnnEmbedding(checkpoint)
    with pytest.warns(ShortSignalWarning, match="shorter than one analysis window"):
        short = embedding.fit_transform(clip)
    padded = embedding.fit_transform(np.pad(clip, ((0, 0), (0, 47616 - 20000))))
    np.testing.assert_array_equal(short, padded)


def test_weights_are_found_by_folder_prefix_and_file(checkpoint, clips, tmp_path):
    prefix = f"{tmp_path}{os.sep}"
    write_checkpoint(prefix, make_variables(), checksum=masked_checksum)
    table = MusicnnEmbedding(checkpoint).fit_transform(clips)
    np.testing.assert_array_equal(MusicnnEmbedding(tmp_path).fit_transform(clips), table)
    np.testing.assert_array_equal(MusicnnEmbedding(prefix).fit_transform(clips), table)


def test_a_converted_file_gives_the_same(checkpoint, clips, tmp_path):
    pytest.importorskip("safetensors")
    path = tmp_path / "own.safetensors"
    musicnn_weights.write_safetensors(musicnn_weights.read_weights(checkpoint, "test"), path)
    np.testing.assert_array_equal(
        MusicnnEmbedding(path).fit_transform(clips),
        MusicnnEmbedding(checkpoint).fit_transform(clips),
    )
    assert MusicnnEmbedding(path)._digest() == MusicnnEmbedding(checkpoint)._digest()


def test_damaged_safetensors_are_refused(clips, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(ModelFormatError, match=r"weights\.safetensors is no file in the format"):
        MusicnnEmbedding(path).fit(clips)
    safetensors.save_file({"dense.weight": np.zeros((200, 3), np.float32)}, path)
    with pytest.raises(ModelFormatError, match="has other weights than those of musicnn"):
        MusicnnEmbedding(path).fit(clips)
    with path.open("wb") as file:
        file.truncate(10**10)
    with pytest.raises(ModelFormatError, match="larger than the weights of musicnn are"):
        MusicnnEmbedding(path).fit(clips)


def test_the_cache_notices_other_weights_and_no_other_place(checkpoint, clips, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    memory = tmp_path / "cache"
    embeddings = [MusicnnEmbedding(path / "w", memory=memory) for path in (first, second)]
    for path in (first, second):
        path.mkdir()
        write_checkpoint(path / "w", make_variables(), checksum=masked_checksum)
    table = embeddings[0].fit_transform(clips)
    np.testing.assert_array_equal(embeddings[1].fit_transform(clips), table)
    assert cache_info(memory).hits == 2
    write_checkpoint(first / "w", make_variables(seed=1), checksum=masked_checksum)
    os.utime(first / "w.index", ns=(1, 1))
    assert np.abs(embeddings[0].fit_transform(clips) - table).max() > 0.1
    assert cache_info(memory).entries == 4


@pytest.mark.parametrize(
    ("variable", "value"),
    [("dense/kernel", np.nan), ("batch_normalization_3/moving_variance", -1.0)],
)
def test_weights_that_no_training_gives_are_refused(variable, value, clips, tmp_path):
    variables = make_variables()
    variables[variable][0] = value
    write_checkpoint(tmp_path / "w", variables, checksum=masked_checksum)
    with pytest.raises(ModelFormatError, match="weights that no training gives"):
        MusicnnEmbedding(tmp_path / "w").fit(clips)


def test_other_data_under_the_same_index_is_read(checkpoint, clips, tmp_path):
    for path, seed in ((tmp_path / "w", 0), (tmp_path / "other", 1)):
        write_checkpoint(path, make_variables(seed=seed), checksum=masked_checksum)
    MusicnnEmbedding(tmp_path / "w").fit(clips)
    data = "data-00000-of-00001"
    (tmp_path / f"other.{data}").replace(tmp_path / f"w.{data}")
    with pytest.raises(ModelFormatError, match="checksum"):
        MusicnnEmbedding(tmp_path / "w").fit(clips)


def test_threads_leave_the_generator_of_torch_alone(monkeypatch):
    """Networks are made at the first clips, of which each thread has one."""
    monkeypatch.setattr(musicnn_weights, "_networks", {})
    state = torch.get_rng_state()
    with ThreadPoolExecutor(4) as pool:
        networks = list(
            pool.map(lambda _: musicnn_weights.load_network(None, "cpu", "test"), range(4))
        )
    assert torch.equal(torch.get_rng_state(), state)
    assert all(network is networks[0] for network in networks)


def test_tags_are_probabilities_of_clips(checkpoint, clips):
    embedding = MusicnnEmbedding(checkpoint, duration=3.0).set_output(transform="pandas")
    tags = embedding.predict_tags(clips)
    assert isinstance(tags, pd.DataFrame)
    assert tags.shape == (2, 50)
    assert tags.columns[0] == "tag0"  # of weights without names
    assert tags.to_numpy().min() > 0
    assert tags.to_numpy().max() < 1
    table = embedding.set_params(layer="tags", pooling=["mean"]).fit_transform(clips)
    np.testing.assert_allclose(tags, table)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sr": 22050}, "'sr' parameter of MusicnnEmbedding must be 16000"),
        ({"layer": "logits"}, "'layer' parameter of MusicnnEmbedding must be one or several of"),
        ({"layer": ()}, "Got \\(\\) instead"),
        ({"pooling": ("mean", "mean")}, "'pooling' parameter of MusicnnEmbedding must be one"),
        ({"weights": "msd2"}, "'weights' parameter of MusicnnEmbedding must be 'msd' or 'mtt'"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message, clips):
    kind = FileNotFoundError if "weights" in parameters else ValueError
    with pytest.raises(kind, match=message):
        MusicnnEmbedding(**{"weights": None, **parameters}).fit(clips)


def test_a_missing_package_is_named_with_the_command(clips, monkeypatch):
    monkeypatch.setattr(musicnn_weights, "_DISTRIBUTION", "no-such-distribution")
    with pytest.raises(ImportError, match="pip install --no-deps musicnn"):
        MusicnnEmbedding("mtt").fit(clips)


def test_a_model_is_saved_without_a_path_to_open(checkpoint, clips, tmp_path):
    model = make_pipeline(MusicnnEmbedding(None), DummyClassifier()).fit(clips, ["a", "b"])
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded[0].transform(clips), model[0].transform(clips))
    model = make_pipeline(MusicnnEmbedding(str(checkpoint)), DummyClassifier())
    with pytest.raises(TypeError, match="it can only be 'msd', 'mtt' or None"):
        save_model(model.fit(clips, ["a", "b"]), tmp_path / "path.skops")


@needs_musicnn
def test_published_weights_are_those_whose_tags_are_named(clips):
    for name, tag in (("msd", "Hip-Hop"), ("mtt", "harpsichord")):
        assert tag in MusicnnEmbedding(name).predict_tags(clips[:1]).columns


@needs_musicnn
def test_published_weights_hear_synthetic_genres():
    music = make_genre_music(8, genres=["classical", "metal"], duration=3.0, sr=SR, random_state=0)
    tags = MusicnnEmbedding("mtt").predict_tags(music.data).groupby(music.target).mean()
    assert tags["classical"]["classical"] > 2 * tags["classical"]["metal"]
    assert tags["metal"]["metal"] > 2 * tags["metal"]["classical"]
