"""Checkpoints of TensorFlow: what is read, and what is refused."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skgenre._published_weights import sstable
from skgenre._published_weights.checksum import masked_checksum
from skgenre._published_weights.protobuf import iterate_fields
from skgenre._published_weights.sstable import read_table
from skgenre._published_weights.tf_checkpoint import read_checkpoint
from skgenre.exceptions import ModelFormatError

from .checkpoints import (
    close_block,
    crc32c,
    field,
    finish_table,
    make_block,
    make_entry,
    make_index,
    make_table,
    varint,
    write_checkpoint,
)

RNG = np.random.default_rng(0)
ARRAYS = {
    "dense/kernel": RNG.normal(size=(3, 4)),
    "dense/bias": RNG.normal(size=4),
    "dense_1/kernel": RNG.normal(size=(4, 2, 1)),
    "step": np.array(7.0),
    "dense_1/bias": RNG.normal(size=2),
}
SHAPES = {name: array.shape for name, array in ARRAYS.items()}


@pytest.fixture
def prefix(tmp_path):
    write_checkpoint(tmp_path / "model", ARRAYS)
    return tmp_path / "model"


def assert_read(found, names=ARRAYS):
    assert list(found) == list(names)
    for name in names:
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], ARRAYS[name].astype(np.float32))


def test_variables_are_read_by_name(prefix):
    assert_read(read_checkpoint(prefix, SHAPES))
    assert_read(read_checkpoint(prefix, {"step": ()}), ["step"])


def test_variables_are_read_from_several_shards(tmp_path):
    write_checkpoint(tmp_path / "model", ARRAYS, n_shards=3)
    assert_read(read_checkpoint(tmp_path / "model", SHAPES))


def test_a_prefix_may_be_a_folder_alone(tmp_path):
    """The published files are named ``.index`` and so on."""
    write_checkpoint(f"{tmp_path}/", ARRAYS)
    assert_read(read_checkpoint(f"{tmp_path}/", SHAPES))


def test_the_checksum_is_that_of_the_specification():
    masked = ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert masked_checksum(b"123456789") == masked == crc32c(b"123456789")


@pytest.mark.parametrize("length", [0, 1, 4095, 4096, 4097, 10_000])
def test_long_data_have_the_checksum_of_its_bytes_in_turn(length):
    data = np.random.default_rng(length).bytes(length)
    assert masked_checksum(data) == crc32c(data)


def test_every_truncation_of_the_index_is_refused(prefix):
    index = prefix.with_suffix(".index")
    whole = index.read_bytes()
    for length in range(len(whole)):
        index.write_bytes(whole[:length])
        with pytest.raises(ModelFormatError, match=r"model\.index is not the index"):
            read_checkpoint(prefix, SHAPES)


def test_every_changed_byte_is_noticed_or_harmless(prefix):
    for path in (prefix.with_suffix(".index"), *prefix.parent.glob("*.data-*")):
        whole = path.read_bytes()
        for place in range(len(whole)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
            try:
                found = read_checkpoint(prefix, SHAPES)
            except ModelFormatError as error:
                assert path.name in str(error)  # noqa: PT017
            else:
                assert_read(found)
        path.write_bytes(whole)


def test_truncated_values_are_refused(prefix):
    data = prefix.with_name("model.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(ModelFormatError, match=r"model\.data-00000-of-00001 is truncated"):
        read_checkpoint(prefix, SHAPES)


@pytest.mark.parametrize("name", ["model.index", "model.data-00000-of-00001"])
def test_a_missing_file_is_named(prefix, name):
    prefix.with_name(name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        read_checkpoint(prefix, SHAPES)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"dense/kernel": (4, 3)}, r"'dense/kernel' has the shape \(3, 4\), not \(4, 3\)"),
        ({"missing": (1,)}, "has no variable 'missing'"),
    ],
)
def test_another_network_is_refused(prefix, shapes, message):
    with pytest.raises(ModelFormatError, match=message):
        read_checkpoint(prefix, shapes)


HOSTILE_ENTRIES = {
    "size": make_entry((2, 3), size=2**62),
    "offset": make_entry((2, 3), size=24, offset=2**63 - 1),
    "shard": make_entry((2, 3), size=24, shard=2**40),
    "dtype": make_entry((2, 3), size=24, dtype=7),
    "shape": make_entry((2**31, 2**31), size=24),
    "axes": make_entry((1,) * 5000, size=24),
    "checksum": make_entry((2, 3), size=24, checksum=1),
    "slices": make_entry((2, 3), size=24) + field(7, b""),
    "group": make_entry((2, 3), size=24) + varint(9 << 3 | 3),
    "long field": varint(2 << 3 | 2) + varint(2**40),
    "endless number": b"\xff" * 20,
    "number as text": field(1, b"float"),
    "nothing": b"",
}
HOSTILE_TABLES = {
    "empty": b"",
    "magic alone": finish_table(b"", [])[-8:],
    "no entries": make_table([]),
    "no header": make_table([make_block([(b"a", make_entry((2, 3), size=24))])]),
    "compressed": make_table([make_block([])], compression=1),
    "same block": finish_table(
        close_block(make_block([(b"", field(1, 1))])), [(b"a", b"\0\x0d"), (b"b", b"\0\x0d")]
    ),
    "same key": make_table([make_block([(b"a", b""), (b"a", b"")])]),
    "beyond the end": finish_table(b"", [(b"a", varint(2**60) + varint(2**60))]),
    "empty handle": finish_table(b"", [(b"a", b"")]),
    "restarts": make_table([b"\xff\xff\xff\xff"]),
    "short block": make_table([b"a"]),
    "shared bytes": make_table([varint(9) + varint(0) + varint(0) + bytes(4)]),
    "value": make_table([varint(0) + varint(0) + varint(2**50) + bytes(4)]),
    "long key": make_table([make_block([(bytes(5000), b"")])]),
    "shards": make_table([make_block([(b"", field(1, 2**50))])]),
    "big-endian": make_table([make_block([(b"", field(1, 1) + field(2, 1))])]),
}


@pytest.mark.parametrize("index", [
    *(pytest.param(make_index({"a": entry}), id=name) for name, entry in HOSTILE_ENTRIES.items()),
    *(pytest.param(table, id=name) for name, table in HOSTILE_TABLES.items()),
])  # fmt: skip
def test_hostile_files_with_right_checksums_are_refused(tmp_path, index):
    (tmp_path / "model.index").write_bytes(index)
    (tmp_path / "model.data-00000-of-00001").write_bytes(bytes(24))
    tracemalloc.start()
    try:
        with pytest.raises(ModelFormatError, match="model"):
            read_checkpoint(tmp_path / "model", {"a": (2, 3)})
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_an_index_of_gigabytes_is_not_read(tmp_path):
    with (tmp_path / "model.index").open("wb") as file:
        file.truncate(10**11)
    with pytest.raises(ModelFormatError, match="more than an index has"):
        read_checkpoint(tmp_path / "model", SHAPES)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(blocks=st.lists(st.binary(max_size=60), max_size=4), compression=st.sampled_from([0, 0, 1]))
def test_any_blocks_make_a_table_or_a_value_error(blocks, compression):
    try:
        table = read_table(make_table(blocks, compression))
    except ValueError:
        return
    assert all(isinstance(key, bytes) for key in table)
    assert sum(map(len, table.values())) <= sum(map(len, blocks))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(message=st.binary(max_size=60))
def test_any_bytes_make_fields_or_a_value_error(message):
    try:
        fields = list(iterate_fields(message))
    except ValueError:
        return
    assert len(fields) <= len(message)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(entry=st.binary(max_size=40), header=st.binary(max_size=10))
def test_any_entry_is_refused_by_name_or_read(entry, header, tmp_path_factory):
    prefix = Path(tmp_path_factory.mktemp("checkpoint")) / "model"
    items = [(b"", field(1, 1) + header), (b"a", make_entry((2,), size=8) + entry)]
    prefix.with_suffix(".index").write_bytes(make_table([make_block(items)]))
    prefix.with_name("model.data-00000-of-00001").write_bytes(bytes(8))
    try:
        found = read_checkpoint(prefix, {"a": (2,)})
    except (ModelFormatError, FileNotFoundError) as error:
        assert "model" in str(error)  # noqa: PT017
    else:
        assert found["a"].shape == (2,)


def test_keys_that_share_their_bytes_take_bounded_memory(monkeypatch):
    """A megabyte of entries that repeat a long key would be terabytes of keys."""
    first = varint(0) + varint(4000) + varint(0) + bytes(4000)
    block = first + b"".join(
        varint(4000) + varint(2) + varint(0) + number.to_bytes(2, "big") for number in range(2000)
    )
    table = make_table([block + bytes(4)])
    assert len(read_table(table)) == 2001
    monkeypatch.setattr(sstable, "_MOST_IN_KEYS", 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="its keys are longer than names"):
            read_table(table)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_shape_of_thousands_of_axes_is_refused(tmp_path):
    axes = field(2, field(2, field(1, 1)) * 255)
    (tmp_path / "model.index").write_bytes(make_index({"a": field(1, 1) + axes}))
    with pytest.raises(ModelFormatError, match="more than 254 axes"):
        read_checkpoint(tmp_path / "model", {"a": (1,)})


def test_blocks_within_blocks_are_refused():
    """Else a small file of nested blocks could be read a million times over."""
    inner = make_block([(b"b", b"")])
    outer = make_block([(b"a", close_block(inner))])
    start = outer.index(inner)
    index = [(b"0", varint(0) + varint(len(outer))), (b"1", varint(start) + varint(len(inner)))]
    assert read_table(finish_table(close_block(outer), index[:1])).keys() == {b"a"}
    assert read_table(finish_table(close_block(outer), index[1:])).keys() == {b"b"}
    with pytest.raises(ValueError, match="its blocks overlap"):
        read_table(finish_table(close_block(outer), index))
