import io
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from skgenre.audio import Clips, check_clips, load_audio
from skgenre.features import MelSpectrogram, cache_info


@pytest.fixture
def paths(write_sound, sound):
    return [
        write_sound(f"{seed}.wav", sound(0.2 + 0.1 * seed, seed=seed), subtype="FLOAT")
        for seed in range(3)
    ]


def test_files_are_decoded_on_access(paths):
    clips = Clips(paths, "paths", sr=16000)
    assert len(clips) == 3
    assert clips.lengths is None
    for i, path in enumerate(paths):
        np.testing.assert_array_equal(clips[i], load_audio(path, sr=16000))
    paths[1].unlink()
    with pytest.raises(ValueError, match=r"1\.wav: there is no such file"):
        clips[1]


def test_arrays_and_lists_are_not_copied():
    X = np.random.default_rng(0).standard_normal((3, 100)).astype(np.float32)
    for clips in (Clips(X, "array", sr=10), Clips(list(X), "list", sr=10)):
        assert np.shares_memory(clips[2], X)
        np.testing.assert_array_equal(clips[2], X[2])


def test_waveforms_are_contiguous_float32():
    X = np.asfortranarray(np.random.default_rng(0).standard_normal((3, 100)))
    for clips in (Clips(X, "array", sr=10), Clips(list(X), "list", sr=10)):
        assert clips[1].dtype == np.float32
        assert clips[1].flags.c_contiguous


def test_lengths_are_known_but_for_files(paths):
    ragged = [np.zeros(n, dtype=np.float32) for n in (5, 3, 8)]
    np.testing.assert_array_equal(Clips(ragged, "list", sr=10).lengths, [5, 3, 8])
    np.testing.assert_array_equal(Clips(np.zeros((2, 7)), "array", sr=10).lengths, [7, 7])
    assert Clips(paths, "paths", sr=10).lengths is None


@pytest.mark.parametrize("kind", ["array", "list", "paths"])
def test_duration_cuts_and_pads_every_kind(kind, paths):
    items = {
        "array": np.ones((3, 44100), dtype=np.float32),
        "list": [np.ones(n, dtype=np.float32) for n in (100, 22050, 44100)],
        "paths": paths,
    }[kind]
    clips = Clips(items, kind, sr=22050, duration=0.25)
    np.testing.assert_array_equal(clips.lengths, [5512] * 3)
    assert [len(clips[i]) for i in range(3)] == [5512] * 3


def test_iteration_ends(paths):
    assert len(list(Clips(paths, "paths", sr=8000))) == 3
    with pytest.raises(IndexError):
        Clips(paths, "paths", sr=8000)[3]


def test_threads_read_the_same(paths):
    clips = Clips(paths * 10, "paths", sr=22050)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(clips.__getitem__, range(len(clips))))
    for i, y in enumerate(together):
        np.testing.assert_array_equal(y, clips[i])


def test_names_say_which_clip(paths):
    assert Clips(paths, "paths", sr=1).name(1) == str(paths[1])
    assert Clips(np.zeros((2, 3)), "array", sr=1).name(1) == "clip 1"


def test_the_key_of_a_file_changes_with_the_file(paths):
    def key(path):
        return Clips([Path(path)], "paths", sr=1).key(0)

    first = key(paths[0])
    assert key(paths[0]) == first
    assert key(paths[1]) != first
    status = paths[0].stat()
    os.utime(paths[0], ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert key(paths[0]) != first
    os.utime(paths[0], ns=(status.st_atime_ns, status.st_mtime_ns))
    assert key(paths[0]) == first
    paths[0].write_bytes(paths[0].read_bytes() + b"0")
    os.utime(paths[0], ns=(status.st_atime_ns, status.st_mtime_ns))
    assert key(paths[0]) != first


def test_the_key_of_a_file_does_not_depend_on_the_current_folder(paths, monkeypatch):
    key = Clips([paths[0]], "paths", sr=1).key(0)
    monkeypatch.chdir(paths[0].parent)
    assert Clips([Path(paths[0].name)], "paths", sr=1).key(0) == key


def test_the_key_of_a_file_is_that_of_a_copy_with_its_time(paths, tmp_path):
    key = Clips([paths[0]], "paths", sr=1).key(0)
    paths[0].chmod(0o600)
    assert Clips([paths[0]], "paths", sr=1).key(0) == key
    copy = tmp_path / "elsewhere" / "another name.wav"
    copy.parent.mkdir()
    shutil.copy2(paths[0], copy)
    assert Clips([copy], "paths", sr=1).key(0) == key
    os.link(copy, tmp_path / "link.wav")  # which changes the times of the inode
    assert Clips([copy], "paths", sr=1).key(0) == key


@pytest.mark.parametrize("size", [200, 100_000, 131_072, 131_073, 1_000_000])
@pytest.mark.parametrize("place", ["first", "last", "half"])
def test_the_key_of_a_file_changes_with_its_bytes_alone(size, place, tmp_path):
    """Clips of one length and one time, silent but for one byte."""
    path = tmp_path / "clip.wav"
    keys = set()
    for value in (b"\0", b"\1"):
        content = bytearray(size)
        content[{"first": 0, "last": size - 1, "half": size // 2}[place]] = value[0]
        path.write_bytes(content)
        os.utime(path, ns=(0, 10**18))
        keys.add(Clips([path], "paths", sr=1).key(0))
    assert len(keys) == 2


def test_the_key_of_a_missing_file_names_it(tmp_path):
    with pytest.raises(ValueError, match=r"gone\.wav: there is no such file"):
        Clips([tmp_path / "gone.wav"], "paths", sr=1).key(0)


def test_the_key_of_a_waveform_is_that_of_its_samples():
    X = np.random.default_rng(0).standard_normal((3, 100)).astype(np.float32)
    keys = [Clips(X, "array", sr=1).key(i) for i in range(3)]
    assert len(set(keys)) == 3
    ragged = Clips([X[2], X[0], X[0][:-1]], "list", sr=1)
    assert ragged.key(0) == keys[2]
    assert ragged.key(1) == keys[0]
    assert ragged.key(2) != keys[0]
    assert Clips(X.astype(np.float64), "array", sr=1).key(1) == keys[1]
    X[1, 50] = np.nextafter(X[1, 50], np.float32(9))
    assert Clips(X, "array", sr=1).key(1) != keys[1]


# Open files and pairs.


def read(files, **options):
    return check_clips(files, estimator=MelSpectrogram(), sr=16000, reset=True, **options)


@pytest.mark.parametrize("form", ["memory", "file", "unnamed", "wrapped"])
def test_open_files_are_read_as_their_paths_are(paths, form, tmp_path):
    files = []
    make = {
        "memory": io.BytesIO,
        "unnamed": tempfile.TemporaryFile,
        "wrapped": tempfile.NamedTemporaryFile,
    }
    for path in paths:
        file = (tmp_path / f"{path.name}.copy").open("w+b") if form == "file" else make[form]()
        file.write(path.read_bytes())
        files.append(file)
    # After writing they stand at their end, and there they stay.
    positions = [file.tell() for file in files]
    for duration in (None, 0.25):
        clips = read(files, duration=duration)
        for i, path in enumerate(paths):
            expected = load_audio(path, sr=16000, duration=duration)
            np.testing.assert_array_equal(clips[i], expected)
            np.testing.assert_array_equal(clips[i], expected)
    assert [file.tell() for file in files] == positions
    for file in files:
        file.close()


def test_one_open_file_in_several_threads(paths):
    with paths[0].open("rb") as file:
        clips = read([file] * 40)
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(clips.__getitem__, range(40)))
        with paths[0].open("rb") as other:
            assert file.read() == other.read()
    for y in together:
        np.testing.assert_array_equal(y, load_audio(paths[0], sr=16000))


def test_a_damaged_open_file_is_named(paths):
    content = paths[0].read_bytes()
    with pytest.raises(ValueError, match=r"clip 1: .*cut off"):
        read([io.BytesIO(content), io.BytesIO(content[:-100])])[1]
    with pytest.raises(ValueError, match=r"clip 0: .*empty"):
        read([io.BytesIO()])[0]
    cut = paths[0].with_name("cut.wav")
    cut.write_bytes(content[:-100])
    with cut.open("rb") as file, pytest.raises(ValueError, match=r"cut\.wav: .*cut off"):
        read([file])[0]


def test_the_key_of_an_open_file_is_that_of_its_content(paths, tmp_path):
    contents = [path.read_bytes() for path in paths]
    keys = [read([io.BytesIO(content)]).key(0) for content in contents]
    assert len(set(keys)) == 3
    with paths[1].open("rb") as file:
        assert read([file]).key(0) == keys[1]


def test_the_key_of_a_pair_has_its_rate():
    y = np.random.default_rng(0).standard_normal(3000).astype(np.float32)
    keys = {read([pair]).key(0) for pair in ((y, 16000), (y, 22050), (y[:-1], 16000), (-y, 16000))}
    assert len(keys) == 4
    assert read([(y, 16000)]).key(0) == read([(np.stack([y, y]), 16000.0)]).key(0)


def test_open_files_and_pairs_are_cached(paths, tmp_path):
    mel = MelSpectrogram(sr=16000, duration=0.2, memory=tmp_path / "cache")
    for n_hits in (0, 3):
        mel.fit_transform([io.BytesIO(path.read_bytes()) for path in paths])
        assert cache_info(mel.memory).hits == n_hits
    for n_hits in (3, 6):
        mel.fit_transform([(load_audio(path, sr=8000), 8000) for path in paths])
        assert cache_info(mel.memory).hits == n_hits
