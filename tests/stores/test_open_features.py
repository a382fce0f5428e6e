"""Opening of stores: what is in them, views, arrays, pickles, and what is refused."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import _safe_indexing, check_array

from skgenre.stores import FeatureStore, open_features

from .written_stores import write_maps, write_table

N = 30
MAPS = np.random.default_rng(0).normal(size=(N, 3, 5)).astype(np.float32)
TABLE = np.random.default_rng(1).normal(size=(N, 4)).astype(np.float32)
GENRE = np.array(["blues", "metal", "jazz"])[np.arange(N) % 3]
GROUP = [f"artist{row // 2}" for row in range(N)]
BAD = [2, 17]
KEPT = np.setdiff1d(np.arange(N), BAD)


@pytest.fixture
def maps(tmp_path):
    url = write_maps(tmp_path / "mel.zarr", MAPS, genre=GENRE, group=GROUP, bad=BAD)
    return open_features(url)


@pytest.fixture
def table(tmp_path):
    url = write_table(tmp_path / "table", TABLE, genre=GENRE, group=GROUP, bad=BAD)
    return open_features(url)


@pytest.mark.parametrize("kind", ["maps", "table"])
def test_clips_without_features_are_left_out_of_everything(kind, request):
    store = request.getfixturevalue(kind)
    features = MAPS if kind == "maps" else TABLE
    assert store.shape == (len(KEPT), *features.shape[1:])
    assert len(store) == len(KEPT)
    assert store.ndim == features.ndim
    assert store.dtype == np.float32
    np.testing.assert_array_equal(store, features[KEPT])
    np.testing.assert_array_equal(store.y, GENRE[KEPT])
    np.testing.assert_array_equal(store.groups, np.array(GROUP)[KEPT])
    np.testing.assert_array_equal(store.ids, [f"clip{row:03}" for row in KEPT])
    np.testing.assert_array_equal(np.flatnonzero(~store.ok), BAD)
    assert store.n_left_out == 2
    assert repr(store).endswith(f"shape={store.shape}, dtype=float32, 2 left out)")


@pytest.mark.parametrize("kind", ["maps", "table"])
@pytest.mark.parametrize(
    "key",
    [
        slice(3, 20, 2),
        np.array([7, 3, 3, 25]),
        [5, -1],
        [],
        np.arange(len(KEPT)) % 3 == 0,
        slice(None, None, -1),
    ],
    ids=str,
)
def test_views_are_those_of_the_array(kind, key, request):
    store = request.getfixturevalue(kind)
    features = (MAPS if kind == "maps" else TABLE)[KEPT]
    key = np.asarray(key, dtype=int) if isinstance(key, list) else key
    for view in (store[key], store[key, ...], _safe_indexing(store, key)):
        assert isinstance(view, FeatureStore)
        assert view.shape == features[key].shape
        np.testing.assert_array_equal(view, features[key])
        np.testing.assert_array_equal(view.y, GENRE[KEPT][key])
    np.testing.assert_array_equal(store[5:25][2:4], features[7:9])


def test_an_index_and_an_iteration_read_clips(maps):
    np.testing.assert_array_equal(maps[4], MAPS[5])
    np.testing.assert_array_equal(maps[-1], MAPS[-1])
    np.testing.assert_array_equal(list(maps), MAPS[KEPT])
    with pytest.raises(IndexError):
        maps[len(KEPT)]


@pytest.mark.parametrize("key", [(slice(None), 1), (..., 0), np.zeros((2, 2), int)], ids=str)
def test_other_axes_are_refused(maps, key):
    with pytest.raises(IndexError, match="FeatureStore takes"):
        maps[key]


def test_the_table_has_names(table, maps):
    assert table.feature_names.tolist() == ["f0", "f1", "f2", "f3"]
    assert maps.feature_names is None


def test_half_precision_stays(tmp_path):
    store = open_features(write_maps(tmp_path / "mel.zarr", MAPS.astype(np.float16)))
    assert store.dtype == np.float16
    np.testing.assert_array_equal(np.asarray(store, dtype=np.float32), MAPS.astype(np.float16))


def test_several_genres_are_a_table(tmp_path):
    genre = [["rock", "blues"], [], ["jazz"]] * 10
    store = open_features(write_maps(tmp_path / "mel.zarr", MAPS, genre=genre, bad=[0]))
    assert store.y.columns.tolist() == ["blues", "jazz", "rock"]
    assert store.y.iloc[:2].to_numpy().tolist() == [[0, 0, 0], [0, 1, 0]]
    pd.testing.assert_index_equal(store[5:].y.index, pd.RangeIndex(len(store) - 5))


def test_unknown_genres_and_groups_are_none(tmp_path):
    store = open_features(write_maps(tmp_path / "mel.zarr", MAPS))
    assert store.y is None
    assert store.groups is None


def test_numbers_stay_numbers(tmp_path):
    store = open_features(write_table(tmp_path / "t", TABLE, genre=range(N), group=range(N)))
    assert store.y.dtype == store.groups.dtype == np.int64


def test_what_is_larger_than_memory_may_be_is_not_read(tmp_path):
    url = write_maps(tmp_path / "mel.zarr", MAPS)
    store = open_features(url, max_in_memory=10 * MAPS[0].nbytes)
    np.testing.assert_array_equal(store[:10], MAPS[:10])
    for read in (np.asarray, lambda X: check_array(X, allow_nd=True)):
        with pytest.raises(ValueError, match=r"30 clips take 1.8 KB .* and max_in_memory is"):
            read(store)


@pytest.mark.parametrize("kind", ["maps", "table"])
def test_a_pickle_is_small(kind, request):
    store = request.getfixturevalue(kind)
    view = store[np.array([3, 1])]
    content = pickle.dumps(view)
    assert len(content) < 1500
    np.testing.assert_array_equal(pickle.loads(content), np.asarray(view))


def test_another_process_opens_a_pickle(table):
    view = table[np.array([3, 1])]
    content = pickle.dumps(view)
    code = (
        "import pickle, sys, numpy; view = pickle.load(sys.stdin.buffer); "
        "numpy.save(sys.stdout.buffer, numpy.asarray(view)); print(view.y, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode().strip() == str(view.y)
    assert done.stdout.endswith(np.asarray(view).tobytes())


def test_a_pickle_of_a_store_that_changed_is_refused(tmp_path):
    url = write_maps(tmp_path / "mel.zarr", MAPS)
    content = pickle.dumps(open_features(url))
    path = Path(url, "zarr.json")
    path.write_text(path.read_text().replace("5e77", "07e4"))
    with pytest.raises(ValueError, match="has other features or clips than when"):
        pickle.loads(content)


def test_a_store_of_which_partitions_are_missing_is_refused(tmp_path):
    url = write_maps(tmp_path / "mel.zarr", MAPS, unfinished=[1, 3])
    with pytest.raises(ValueError, match=r"unfinished: 2 of 4 partitions .* extract_features"):
        open_features(url)


def test_no_store_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no store of features"):
        open_features(tmp_path / "none.zarr")
    (tmp_path / "song.wav").write_bytes(b"RIFF")
    with pytest.raises(ValueError, match="no features of skgenre"):
        open_features(tmp_path)
    for wrong in ("2 apples", None):
        with pytest.raises(ValueError, match="'max_in_memory' parameter of open_features"):
            open_features(tmp_path, max_in_memory=wrong)
    with pytest.raises(ValueError, match="must be above 0"):
        open_features(tmp_path, max_in_memory=0)


def test_a_foreign_zarr_group_is_refused(tmp_path):
    import zarr

    zarr.create_group(tmp_path / "other.zarr", attributes={"made_by": "another"})
    with pytest.raises(ValueError, match="no features of skgenre"):
        open_features(tmp_path / "other.zarr")


def test_a_newer_store_is_refused(tmp_path):
    url = write_table(tmp_path / "table", TABLE, format=99, version="7.0")
    with pytest.raises(ValueError, match=r"written by skgenre 7.0, which is newer"):
        open_features(url)


@pytest.mark.parametrize("content", ["{", "[]", '{"n_clips": -1}', "[" * 50_000, "1" * 5000])
def test_damaged_facts_are_refused(tmp_path, content):
    url = write_table(tmp_path / "table", TABLE)
    Path(url, "_skgenre/store.json").write_text(content)
    with pytest.raises(ValueError, match=r"table: this holds no .* or damaged ones") as error:
        open_features(url)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("write", [write_maps, write_table])
@pytest.mark.parametrize(
    "facts", [{"shape": 5}, {"shape": None}, {"dtype": "words"}, {"columns": 5}, {"setting": None}]
)
def test_facts_of_wrong_types_are_refused(tmp_path, write, facts):
    url = write(tmp_path / "a.zarr", MAPS if write is write_maps else TABLE, **facts)
    with pytest.raises(ValueError, match=r"a.zarr: this holds no .* or damaged ones"):
        open_features(url)


@pytest.mark.parametrize("columns", [None, [], ["f0"] * 4, ["f0"]])
def test_impossible_columns_are_damage(tmp_path, columns):
    url = write_table(tmp_path / "table", TABLE, columns=columns)
    with pytest.raises(ValueError, match=r"store.json has \d columns and the shape"):
        open_features(url)


def test_any_number_of_partitions_is_refused_without_counting_them(tmp_path):
    url = write_table(tmp_path / "table", TABLE, n_clips=10**15)
    with pytest.raises(ValueError, match="unfinished: 124999999999996 of 125000000000000 part"):
        open_features(url)


def test_chunks_of_another_size_are_damage(tmp_path):
    url = write_maps(tmp_path / "mel.zarr", MAPS, partition_size=10)
    with pytest.raises(ValueError, match="array ok has chunks of 8 clips in place of 10"):
        open_features(url)


def test_a_file_is_no_store(tmp_path):
    (tmp_path / "song.wav").write_bytes(b"RIFF")
    with pytest.raises(
        ValueError, match=r"song\.wav: this folder holds other files, and no features"
    ):
        open_features(tmp_path / "song.wav")


@pytest.mark.parametrize("facts", [{"n_clips": -1}, {"partition_size": "many"}, {"shape": [0]}])
def test_impossible_counts_are_refused(tmp_path, facts):
    url = write_table(tmp_path / "table", TABLE, **facts)
    with pytest.raises(ValueError, match="table is damaged: its facts are no counts of clips"):
        open_features(url)


@pytest.mark.parametrize(
    ("name", "change", "match"),
    [
        ("X/c/1/0/0", "remove", r"the map of clip 4 is missing\. Delete parts/00000.json"),
        ("X/c/1/0/0", "cut", r"maps can't be read .*Delete parts/00000.json in it"),
        ("X/zarr.json", "remove", "its arrays can't be opened"),
        ("X/zarr.json", "cut", "its arrays can't be opened"),
        ("ok/c/0", "cut", "its array ok can't be read"),
        ("clips.parquet", "remove", "clips.parquet is missing"),
        ("clips.parquet", "cut", "clips.parquet can't be read"),
    ],
)
def test_damaged_maps_are_named(tmp_path, name, change, match):
    url = write_maps(tmp_path / "mel.zarr", MAPS, genre=GENRE)
    damage(Path(url, name), change)
    with pytest.raises(ValueError, match=match) as error:
        read_all(url)
    assert "\n" not in str(error.value)
    assert "mel.zarr is damaged" in str(error.value)


@pytest.mark.parametrize(
    ("name", "change", "match"),
    [
        ("part-00001.parquet", "remove", r"part-00001.parquet is missing\. Delete _skgenre/parts/"),
        ("part-00001.parquet", "cut", "part-00001.parquet can't be read"),
        ("part-00000.parquet", "remove", "part-00000.parquet is missing"),
        (
            "_skgenre/parts/00000.json",
            "cut",
            r"00000.json can't be read\. Delete _skgenre/parts/00000.json in it",
        ),
        ("_skgenre/clips.parquet", "cut", "clips.parquet can't be read"),
    ],
)
def test_damaged_tables_are_named(tmp_path, name, change, match):
    url = write_table(tmp_path / "table", TABLE, genre=GENRE)
    damage(Path(url, name), change)
    with pytest.raises(ValueError, match=match) as error:
        read_all(url)
    assert "\n" not in str(error.value)
    assert "table is damaged" in str(error.value)


def test_a_marker_of_other_clips_is_damaged(tmp_path):
    url = write_table(tmp_path / "table", TABLE)
    Path(url, "_skgenre/parts/00001.json").write_text('{"bad": {"30": "empty file"}}')
    with pytest.raises(ValueError, match=r"00001.json can't be read\. Delete"):
        open_features(url)


def test_lost_rows_of_a_table_are_named(tmp_path):
    url = write_table(tmp_path / "table", TABLE)
    part = Path(url, "part-00001.parquet")
    pd.read_parquet(part).iloc[[0, 1, 2, 4, 5, 6, 7]].to_parquet(part, index=False)
    with pytest.raises(ValueError, match="the row of clip 11 is missing"):
        read_all(url)


def test_another_number_of_clips_is_damage(tmp_path):
    url = write_maps(tmp_path / "mel.zarr", MAPS)
    path = Path(url, "zarr.json")
    facts = json.loads(path.read_text())
    facts["attributes"]["skgenre"]["n_clips"] = 31
    path.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match=r"its array X has the shape \(30, 3, 5\)"):
        open_features(url)


def damage(path, change):
    if change == "remove":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def read_all(url):
    store = open_features(url)
    return np.asarray(store), store.y


def test_feature_store_is_made_by_open_features_only():
    with pytest.raises(TypeError, match="is made by open_features"):
        FeatureStore()
