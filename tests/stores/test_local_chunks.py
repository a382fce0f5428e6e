"""Chunks of maps on a disk, read without Zarr's event loop."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
import zarr
from zarr.codecs import BloscCodec, BytesCodec, GzipCodec, ZstdCodec

from skgenre.datasets import make_genre_music
from skgenre.features import AudioTransformer, MelSpectrogram
from skgenre.stores import extract_features, open_features
from skgenre.stores._folder import Folder
from skgenre.stores._local_chunks import find_local_chunks

from ..other_processes import run_code
from .written_stores import write_maps

MAPS = np.random.default_rng(0).normal(size=(10, 3, 5)).astype(np.float32)
ZSTD = ZstdCodec(level=1)


def write_array(path, maps=MAPS, chunks=(4, 3, 5), **options):
    group = zarr.open_group(str(path))
    array = group.create_array(
        "X", shape=maps.shape, chunks=chunks, dtype=maps.dtype, fill_value=np.nan, **options
    )
    array[:] = maps
    return find_local_chunks(Folder(path), array)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("compressor", [ZSTD, ZstdCodec(level=9, checksum=True)])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_maps_are_those_that_were_written(tmp_path, dtype, compressor, endian):
    maps = MAPS.astype(dtype)
    serializer = BytesCodec(endian=endian)
    chunks = write_array(tmp_path, maps, compressors=[compressor], serializer=serializer)
    for clips in ([0], [9], [1, 3], [3, 4], [0, 2, 8, 9], range(10)):
        found = chunks.read(np.array(clips))
        assert found.dtype == maps.dtype
        np.testing.assert_array_equal(found, maps[list(clips)])


def test_a_missing_file_is_nan(tmp_path):
    chunks = write_array(tmp_path, compressors=[ZSTD])
    Path(tmp_path, "X/c/1/0/0").unlink()
    found = chunks.read(np.array([3, 4, 7, 8]))
    np.testing.assert_array_equal(found[[0, 3]], MAPS[[3, 8]])
    assert np.isnan(found[1:3]).all()


@pytest.mark.parametrize(
    "options",
    [
        {"compressors": [GzipCodec()]},
        {"compressors": None},
        {"compressors": [BloscCodec()]},
        {"compressors": [ZSTD, GzipCodec()]},
        {"compressors": [ZSTD], "chunks": (2, 3, 5), "shards": (4, 3, 5)},
        {"compressors": [ZSTD], "chunks": (4, 1, 5)},
    ],
    ids=["gzip", "plain", "blosc", "twice", "shards", "bands"],
)
def test_other_arrays_are_for_zarr(tmp_path, options):
    assert write_array(tmp_path, **options) is None


class Samples(AudioTransformer):
    """The samples of a clip, as a map of one band."""

    def compute(self, y):
        return y[np.newaxis]


@pytest.fixture
def without_zarr(monkeypatch):
    def read(array, *args, original=zarr.Array.get_orthogonal_selection, **kwargs):
        assert array.basename != "X"
        return original(array, *args, **kwargs)

    monkeypatch.setattr(zarr.Array, "get_orthogonal_selection", read)


@pytest.mark.usefixtures("without_zarr")
def test_extracted_maps_are_read_without_zarr(tmp_path):
    music = make_genre_music(4, duration=1.0, random_state=0, to=tmp_path / "music")
    mel = MelSpectrogram(n_mels=16, duration=1.0)
    extract_features(music, mel, tmp_path / "mel.zarr", partition_size=2)
    np.testing.assert_array_equal(open_features(tmp_path / "mel.zarr"), mel.transform(music.paths))


@pytest.mark.usefixtures("without_zarr")
def test_maps_of_zstd_are_read_without_zarr(tmp_path):
    np.testing.assert_array_equal(open_features(write_maps(tmp_path / "mel.zarr", MAPS)), MAPS)


@pytest.mark.parametrize(
    ("n_bands", "message"), [(2, "the map of clip [4-7] is missing"), (10**6, "maps can't be read")]
)
def test_a_chunk_of_another_size_is_damage(tmp_path, n_bands, message):
    url = write_maps(tmp_path / "mel.zarr", MAPS)
    maps = np.zeros((4, n_bands, 5), dtype=np.float32)
    write_array(tmp_path / "other", maps, chunks=maps.shape, compressors=[ZSTD])
    content = Path(tmp_path, "other/X/c/0/0/0").read_bytes()
    Path(url, "X/c/1/0/0").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(ValueError, match=f"{message}.*Delete parts/00000.json"):
        np.asarray(open_features(url))
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


SHORTENED = """
import sys
from pathlib import Path

import numpy as np

from skgenre.stores import open_features

store, name = sys.argv[1:]
file = Path(store, name)
content = file.read_bytes()
for n_kept in (0, 8, 20, len(content) // 2, len(content) * 9 // 10, len(content) - 1):
    file.write_bytes(content[:n_kept])
    try:
        np.asarray(open_features(store))
    except ValueError as error:
        print("is damaged" in str(error))
    else:
        print("no error")
"""


@pytest.mark.parametrize("name", ["X/c/0/0/0", "ok/c/0"])
def test_a_shortened_file_is_damage(tmp_path, name):
    # Random bits, not compressed, and more than the heap has behind the shortened content.
    noise = np.random.default_rng(0).normal(size=(4, 240_000)).astype(np.float32)
    files = [tmp_path / f"{number}.wav" for number in range(len(noise))]
    for file, y in zip(files, noise, strict=True):
        soundfile.write(file, y, 8000, subtype="FLOAT")
    extract_features(files, Samples(sr=8000, duration=30), tmp_path / "store.zarr")
    # In a process that may die.
    assert run_code(SHORTENED, tmp_path / "store.zarr", name).split("\n")[:-1] == ["True"] * 6
