"""Damaged, foreign and hostile files: an error, and nothing of them runs."""

import io
import json
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from skgenre.exceptions import ModelFormatError
from skgenre.persistence import load_model, save_model
from skgenre.persistence._archive import SUMS, write_archive

N_MUTATIONS = 500


@pytest.fixture(scope="module")
def content(fitted, tmp_path_factory):
    """The bytes of a model file."""
    path = tmp_path_factory.mktemp("models") / "model.skops"
    save_model(fitted, path)
    return path.read_bytes()


@pytest.fixture
def entries(content):
    """The entries of a model file without their checksums."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != SUMS}


def flip_bytes(content, rng):
    changed = bytearray(content)
    for place in rng.integers(len(changed), size=rng.integers(1, 20)):
        changed[place] ^= int(rng.integers(1, 256))
    return bytes(changed)


def cut(content, rng):
    return content[: rng.integers(len(content))]


def swap_parts(content, rng):
    first, second = sorted(rng.integers(len(content) - 64, size=2))
    changed = bytearray(content)
    changed[first : first + 64], changed[second : second + 64] = (
        content[second : second + 64],
        content[first : first + 64],
    )
    return bytes(changed)


def swap_entries(content, rng):
    """Give two entries each other's name, in a sound archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    first, second = rng.choice(sorted(found), 2, replace=False)
    return pack(found | {first: found[second], second: found[first]})


def change_entry(content, rng):
    """Change a byte of an entry, in a sound archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(found))
    return pack(found | {name: flip_bytes(found[name], rng)})


def drop_entry(content, rng):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    del found[rng.choice(sorted(found))]
    return pack(found)


def pack(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


MUTATIONS = (flip_bytes, cut, swap_parts, swap_entries, change_entry, drop_entry)


def test_a_damaged_file_gives_an_error_or_the_same_model(content, fitted, music, tmp_path):
    rng = np.random.default_rng(0)
    expected = fitted.predict_proba(music.data[:2])
    path = tmp_path / "model.skops"
    loaded = 0
    for number in range(N_MUTATIONS):
        path.write_bytes(MUTATIONS[number % len(MUTATIONS)](content, rng))
        try:
            model = load_model(path)
        except ModelFormatError as error:
            assert str(path) in str(error)  # noqa: PT017 (either outcome is right)
            continue
        loaded += 1
        np.testing.assert_array_equal(model.predict_proba(music.data[:2]), expected)
    # A flip in a time stamp changes nothing; most changes do.
    assert loaded < N_MUTATIONS / 5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"no model", "no zip archive"),
        (b"PK\x03\x04 and no more", "cut off"),
        (pack({"a.txt": b"a"}), f"has no {SUMS}"),
        (skops.io.dumps(LogisticRegression()), "skops.io.load"),
    ],
)
def test_a_foreign_file_is_named(data, words, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(data)
    with pytest.raises(ModelFormatError, match=words) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Both the file as it was looked for and what to do: a relative name alone tells neither.
    message = re.escape(str(tmp_path / "nope")) + ": this is no file. Name one that save_model"
    with pytest.raises(FileNotFoundError, match=message):
        load_model("nope")
    with pytest.raises(IsADirectoryError, match="this is no file"):
        load_model(tmp_path)


def test_a_few_bytes_can_not_fill_the_memory(entries, tmp_path):
    write_archive(tmp_path / "bomb.skops", entries | {"bomb.bin": bytes(2**28 + 2**25)})
    assert (tmp_path / "bomb.skops").stat().st_size < 2**21
    with pytest.raises(ModelFormatError, match="unpack to"):
        load_model(tmp_path / "bomb.skops")


def test_a_newer_format_says_what_wrote_it(entries, tmp_path):
    info = json.loads(entries["skgenre.json"])
    info |= {"format": 99, "versions": {"skgenre": "12.0"}}
    write_archive(tmp_path / "m.skops", entries | {"skgenre.json": json.dumps(info).encode()})
    with pytest.raises(ModelFormatError, match=r"format 99.*skgenre 12\.0: upgrade"):
        load_model(tmp_path / "m.skops")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x"}', '{"format": 1}'])
def test_a_file_that_says_nothing_of_itself(text, entries, tmp_path):
    write_archive(tmp_path / "m.skops", entries | {"skgenre.json": text.encode()})
    with pytest.raises(ModelFormatError, match="not a model file of skgenre"):
        load_model(tmp_path / "m.skops")


def test_genres_that_are_not_the_models(entries, tmp_path):
    info = json.loads(entries["skgenre.json"]) | {"classes": ["a", "b", "c"]}
    write_archive(tmp_path / "m.skops", entries | {"skgenre.json": json.dumps(info).encode()})
    with pytest.raises(ModelFormatError, match="genres"):
        load_model(tmp_path / "m.skops")


def node(loader, name, **more):
    module, _, kind = name.rpartition(".")
    return {"__loader__": loader, "__module__": module, "__class__": kind, "__id__": 7, **more}


def text_node(text):
    return node("JsonNode", "builtins.str", content=json.dumps(text), is_json=True)


ARGUMENTS = node("TupleNode", "builtins.tuple", content=[text_node("touch {marker}")])
NOTHING = node("DictNode", "builtins.dict", content={}, key_types=None)


@pytest.mark.parametrize(
    ("hostile", "name"),
    [
        (node("FunctionNode", "os.system"), "os.system"),
        (node("FunctionNode", "posix.system"), "posix.system"),
        (node("TypeNode", "subprocess.Popen"), "subprocess.Popen"),
        (node("FunctionNode", "builtins.eval"), "builtins.eval"),
        (node("FunctionNode", "numpy.f2py.main"), "numpy.f2py.main"),
        (node("FunctionNode", "numpy.load"), "numpy.load"),
        (node("FunctionNode", "sklearn.datasets.fetch_openml"), "fetch_openml"),
        (node("FunctionNode", "skgenre.persistence.load_model"), "skgenre.persistence.load_model"),
        (node("FunctionNode", "xgboost.dask.DaskXGBClassifier"), "DaskXGBClassifier"),
        (node("ConstructorFromReduceNode", "os.system", content=ARGUMENTS), "os.system"),
        (node("OperatorFuncNode", "operator.methodcaller", attrs=ARGUMENTS), "methodcaller"),
        (
            node("MethodNode", "os.system", content={"func": "x", "obj": text_node("a")}),
            "MethodNode",
        ),
        (
            node(
                "PartialNode",
                "functools.partial",
                content={
                    "func": node("FunctionNode", "os.system"),
                    "args": ARGUMENTS,
                    "kwds": NOTHING,
                    "namespace": NOTHING,
                },
            ),
            "functools.partial",
        ),
        (node("ObjectNode", "torch.nn.modules.linear.Linear"), "Linear"),
        (node("ObjectNode", "skorch.callbacks.logging.PrintLog"), "PrintLog"),
        (node("BoobyTrapNode", "numpy.ndarray"), "BoobyTrapNode"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_file_names_is_refused_and_not_run(hostile, name, table, tmp_path):
    """A sound file but for the function of a FunctionTransformer."""
    marker = tmp_path / "executed"
    model = LogisticRegression().fit(*table)
    model.penalty_of_mine = FunctionTransformer()
    save_model(model, tmp_path / "model.skops")
    with zipfile.ZipFile(tmp_path / "model.skops") as archive:
        found = {entry: archive.read(entry) for entry in archive.namelist() if entry != SUMS}
    schema = json.loads(found["schema.json"])
    attributes = schema["content"]["content"]
    attributes["penalty_of_mine"]["content"]["content"]["func"] = hostile
    text = json.dumps(schema).replace("{marker}", str(marker))
    write_archive(tmp_path / "model.skops", found | {"schema.json": text.encode()})
    known = set(sys.modules)
    with pytest.raises(ModelFormatError, match="Nothing was loaded") as caught:
        load_model(tmp_path / "model.skops")
    assert name in str(caught.value)
    assert not marker.exists()
    assert not {"subprocess.Popen", "numpy.f2py"} & (set(sys.modules) - known)


def test_a_file_without_xgboost_says_what_is_needed(table, tmp_path, monkeypatch):
    pytest.importorskip("xgboost")
    from skgenre.classifiers import XGBGenreClassifier

    save_model(XGBGenreClassifier(n_estimators=2).fit(*table), tmp_path / "model.skops")
    for name in [name for name in sys.modules if name.partition(".")[0] == "xgboost"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="xgboost"):
        load_model(tmp_path / "model.skops")


def test_a_folder_is_not_read(tmp_path):
    with pytest.raises(IsADirectoryError):
        load_model(Path(tmp_path))
