"""A few bytes never take much memory or time, and native code never sees an index from a file."""

import copy
import hashlib
import io
import json
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre.classifiers import CovarianceNetClassifier, MLPGenreClassifier
from skgenre.exceptions import ModelFormatError
from skgenre.features import ChromaCQT, ChromaFeatures, MelSpectrogram
from skgenre.persistence import load_model, save_model
from skgenre.persistence._archive import SUMS, write_archive
from skgenre.persistence._save import FORMAT, INFO, _dump, _read_entries

# Bytes that loading may take at most, of a file of some kilobytes.
ALLOWED = 300 * 2**20


def read_entries(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != SUMS}


def nodes_of(schema):
    rest = [schema]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            if "__loader__" in part:
                yield part
            rest += part.values()
        elif isinstance(part, list):
            rest += part


@pytest.fixture
def path(table, tmp_path):
    """A file of a small pipeline."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(*table)
    save_model(model, tmp_path / "model.skops")
    return tmp_path / "model.skops"


@pytest.fixture
def entries(path):
    return read_entries(path)


def refuse(path, words):
    """Assert that a file is refused for what it is, and takes little memory for it."""
    tracemalloc.start()
    try:
        with pytest.raises(ModelFormatError, match=words) as caught:
            load_model(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)
    assert peak < ALLOWED


def array_of(entries):
    return next(name for name in sorted(entries) if name.endswith(".npy"))


def header(text):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header("{'descr': '<U0', 'fortran_order': False, 'shape': (300000000,)}"), "announces"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (300000000,)}"), "announces"),
        (header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") + bytes(8), "not read"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}") + bytes(8), "no shape"),
        (header("(" * 5000), "no array"),
        (b"\x93NUMPY", "cut off|no array"),
    ],
    ids=["no size", "too many", "objects", "negative", "deep", "cut"],
)
def test_what_a_header_announces_is_checked_first(content, words, entries, path):
    write_archive(path, entries | {array_of(entries): content})
    refuse(path, words)


def test_an_archive_in_an_arrays_place_is_refused(entries, path):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.zeros(2**28, np.uint8))
    write_archive(path, entries | {array_of(entries): buffer.getvalue()})
    refuse(path, "no array in NumPy's format")


def test_an_array_under_many_names_is_built_once(entries, path):
    schema = json.loads(entries["schema.json"])
    named = [node for node in nodes_of(schema) if "file" in node]
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(6 * 2**20))
    for number, node in enumerate(named):
        node |= {"file": "big.npy", "__id__": 10**15 + number, "__class__": "ndarray"}
    text = json.dumps(schema).encode()
    write_archive(path, entries | {"schema.json": text, "big.npy": buffer.getvalue()})
    assert len(named) >= 6
    refuse(path, "can't be built")


def test_a_zip_directory_that_lies_is_not_believed(entries, path):
    sums = "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in entries.items())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**entries, SUMS: sums.encode(), "bomb": bytes(2**29)}.items():
            archive.writestr(name, content)
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 100)
    path.write_bytes(data)
    refuse(path, "damaged")


@pytest.mark.parametrize("name", ["schema.json", "skgenre.json"])
@pytest.mark.parametrize("fill", [b"[" * 200_000, b"[" + b"{}," * 5_000_000 + b"{}]"])
def test_json_that_is_deep_or_long_is_refused(name, fill, entries, path):
    write_archive(path, entries | {name: fill})
    refuse(path, "nested too deeply|values, more than|no format")


def test_a_description_that_is_nested_deeply_is_refused(entries, path):
    node = {"__loader__": "ListNode", "__module__": "builtins", "__class__": "list"}
    inner = json.dumps(node)[:-1] + ', "content": ['
    schema = json.loads(entries["schema.json"])
    leaf = next(node for node in nodes_of(schema) if node["__loader__"] == "JsonNode")
    kept = json.dumps(leaf)
    leaf.clear()
    leaf |= {"MARK": 0}
    deep = inner * 300 + kept + "]}" * 300
    text = json.dumps(schema).replace('{"MARK": 0}', deep)
    write_archive(path, entries | {"schema.json": text.encode()})
    refuse(path, "nested too deeply")


def test_lists_that_share_their_items_take_no_time(entries, path):
    """Of 40 lists of two, which together have 2**40 leaves."""
    schema = json.loads(entries["schema.json"])
    leaf = next(node for node in nodes_of(schema) if node["__loader__"] == "JsonNode")
    inner = dict(leaf)
    for depth in range(40):
        pair = [inner, {**inner, "content": []}]
        inner = {
            "__loader__": "ListNode",
            "__module__": "builtins",
            "__class__": "list",
            "__id__": 10**16 + depth,
            "content": pair,
        }
    leaf.clear()
    leaf |= inner
    write_archive(path, entries | {"schema.json": json.dumps(schema).encode()})
    refuse(path, "can't be built")


def test_sparse_matrices_are_refused(entries, path):
    buffer = io.BytesIO()
    indices = np.array([10**6, -5], "i4")
    np.savez(
        buffer,
        format=np.array(b"csr"),
        shape=np.array([3, 20]),
        data=np.ones(2),
        indices=indices,
        indptr=np.array([0, 1, 2, 2], "i4"),
    )
    schema = json.loads(entries["schema.json"])
    node = next(node for node in nodes_of(schema) if "file" in node)
    identity = node["__id__"]
    node.clear()
    node |= {
        "__loader__": "SparseMatrixNode",
        "__module__": "scipy.sparse",
        "__class__": "spmatrix",
        "type": "scipy",
        "file": "1.npz",
        "__id__": identity,
    }
    text = json.dumps(schema).encode()
    write_archive(path, entries | {"schema.json": text, "1.npz": buffer.getvalue()})
    refuse(path, "SparseMatrixNode.*Nothing was loaded")


@pytest.mark.parametrize(
    ("loader", "module", "name"),
    [
        ("TypeNode", "xgboost.core", "Booster"),
        ("TypeNode", "builtins", "int"),
        ("FunctionNode", "numpy", "load"),
        ("FunctionNode", "numpy", "matmul"),
        ("FunctionNode", "builtins", "open"),
    ],
)
def test_a_function_transformer_calls_functions_of_the_list_alone(
    loader, module, name, table, tmp_path
):
    model = make_pipeline(FunctionTransformer(np.abs), LogisticRegression()).fit(*table)
    save_model(model, tmp_path / "model.skops")
    entries = read_entries(tmp_path / "model.skops")
    schema = json.loads(entries["schema.json"])
    node = next(node for node in nodes_of(schema) if node["__loader__"] == "FunctionNode")
    node |= {"__loader__": loader, "__module__": module, "__class__": name}
    text = json.dumps(schema).encode()
    write_archive(tmp_path / "model.skops", entries | {"schema.json": text})
    refuse(tmp_path / "model.skops", "Nothing was loaded|no function that a file may name")


def test_a_file_starts_no_thousands_of_threads(table, tmp_path):
    model = RandomForestClassifier(2, random_state=0).fit(*table).set_params(n_jobs=3000)
    save_model(model, tmp_path / "model.skops")
    assert 1 <= load_model(tmp_path / "model.skops").n_jobs < 3000


def test_the_cause_is_kept(entries, path):
    name = array_of(entries)
    write_archive(path, entries | {name: b"no array"})
    with pytest.raises(ModelFormatError, match="no array in NumPy's format") as caught:
        load_model(path)
    assert "install these versions" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)


def test_other_versions_are_named_where_they_differ(entries, path):
    info = json.loads(entries["skgenre.json"])
    info["versions"]["scikit-learn"] = "0.1"
    changed = {array_of(entries): b"", "skgenre.json": json.dumps(info).encode()}
    write_archive(path, entries | changed)
    with pytest.raises(ModelFormatError, match=r"written with scikit-learn 0\.1 \(here") as caught:
        load_model(path)
    assert "numpy" not in str(caught.value)


def write_unchecked(model, path):
    """Write what save_model would refuse, as one who wants to do harm does."""
    entries = _read_entries(_dump(model))
    info = {"format": FORMAT, "classes": model.classes_.tolist(), "versions": {}}
    write_archive(path, entries | {INFO: json.dumps(info).encode()})


@pytest.mark.parametrize("name", ["transform", "predict", "_validate_params", "__sklearn_tags__"])
def test_no_attribute_stands_in_the_place_of_a_method(name, table, tmp_path):
    # Without its own check of X, KMeans.predict read beyond its centers.
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(*table)
    part = model[0] if name == "transform" else model[1]
    vars(part)[name] = np.positive
    write_unchecked(model, tmp_path / "model.skops")
    refuse(tmp_path / "model.skops", f"{name}.*its class's own")


@pytest.fixture(scope="module")
def network():
    """A small network, without the net that trained it. Not to be changed."""
    X = np.random.default_rng(0).normal(size=(20, 4))
    model = MLPGenreClassifier(dense=(4,), max_epochs=1, random_state=0, device="cpu")
    return pickle.loads(pickle.dumps(model.fit(X, np.repeat(["jazz", "pop"], 10))))


@pytest.mark.parametrize("device", [5, None, ["cpu"]])
def test_the_name_of_a_device_is_a_text(device, network, tmp_path):
    model = copy.copy(network)
    model.device = device
    write_unchecked(model, tmp_path / "model.skops")
    refuse(tmp_path / "model.skops", "the device of MLPGenreClassifier is")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dense": (10**9,)}, "dense is"),
        ({"net_params": {"optimizer__momentum": 1e300}}, "net_params has"),
        ({"net_params": {"iterator_valid__worker_init_fn": [1]}}, "net_params has a list"),
    ],
)
def test_what_a_network_was_made_with_is_checked_too(changes, words, network, tmp_path):
    model = copy.copy(network)
    model._trained_with = {**network._trained_with, **changes}
    write_unchecked(model, tmp_path / "model.skops")
    refuse(tmp_path / "model.skops", words)


def test_averages_of_bands_take_bounded_memory(tmp_path):
    """They are in no file, and the parameters of this one would make them of 14 GB."""
    X = np.random.default_rng(0).normal(size=(4, 6, 8))
    model = CovarianceNetClassifier(
        n_filters=1, lags=(0,), mean=False, max_epochs=1, random_state=0, device="cpu"
    )
    model = pickle.loads(pickle.dumps(model.fit(X, ["jazz", "pop"] * 2)))
    weights = {name: np.array(value) for name, value in model._weights.items()}
    weights["branches.0.filters.weight"] = np.zeros((1, 59_999, 1), np.float32)
    for layer in ("standardize", "levels"):
        for part in ("mean", "scale"):
            weights[f"{layer}.{part}"] = np.ones((60_000, 1), np.float32)
    model._weights, model._input_shape = weights, (60_000, 8)
    model._trained_with = {**model._trained_with, "pooled_bands": 59_999}
    write_unchecked(model, tmp_path / "model.skops")
    refuse(tmp_path / "model.skops", "'pooling' of the shape.*more than is computed")


@pytest.mark.parametrize("name", ["_net", "_module"])
def test_a_net_is_in_no_file(name, network, tmp_path):
    # What was under these names was looked at by no rule.
    model = make_pipeline(StandardScaler(), network)
    vars(model[0])[name] = LogisticRegression()
    write_unchecked(model, tmp_path / "model.skops")
    refuse(tmp_path / "model.skops", f"{name}.*in no file")


@pytest.mark.parametrize(
    "feature",
    [
        ChromaFeatures(n_chroma=2**13),
        MelSpectrogram(n_mels=2**13),
        ChromaCQT(bins_per_octave=2**13),
        ChromaCQT(fmin=1e-4),
    ],
    ids=["chroma", "mel", "fine pitches", "low pitches"],
)
def test_filters_of_a_feature_take_bounded_memory(feature, network, tmp_path):
    model = make_pipeline(feature, network)
    write_unchecked(model, tmp_path / "model.skops")
    refuse(tmp_path / "model.skops", f"{type(feature).__name__}.*more than is computed")
