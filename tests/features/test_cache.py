"""The per-clip cache: once a clip and setting, for all who share the folder."""

import multiprocessing
import os
import shutil
import signal
import socket
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skgenre import _unchanged_files
from skgenre.audio import Clips
from skgenre.exceptions import CacheWarning
from skgenre.features import (
    MFCC,
    FramePooling,
    MelSpectrogram,
    Segmenter,
    cache_info,
    clear_cache,
)
from skgenre.features._engine import cache_entry
from skgenre.features._engine.cache import FeatureCache

SMALL = {"sr": 8000, "n_fft": 256, "hop_length": 128, "n_mels": 16}


@pytest.fixture
def memory(tmp_path):
    return str(tmp_path / "cache")


def mfcc(memory, **parameters):
    return MFCC(**{"n_mfcc": 5, **SMALL, **parameters}, memory=memory)


def counts(memory):
    info = cache_info(memory)
    return info.hits, info.misses, info.entries


def entries(memory):
    return sorted(Path(memory).rglob("*.npy"))


def test_the_second_time_is_read_and_equal(files, memory):
    first = mfcc(memory).fit_transform(files)
    assert counts(memory) == (0, 6, 6)
    second = mfcc(memory).fit_transform(files)
    assert counts(memory) == (6, 6, 6)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, mfcc(None).fit_transform(files))


@pytest.fixture
def kept_at_once(monkeypatch):
    """Let the process keep what it finds in files that were just written."""
    for name in ("_LEAST_AGE", "_LEAST_AGE_OF_COMPLETE"):
        monkeypatch.setattr(_unchanged_files, name, -(10**12))


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_entry_found_valid_is_read_without_its_header(
    order, tmp_path, monkeypatch, kept_at_once
):
    path = tmp_path / "ab" / "entry.npy"
    path.parent.mkdir()
    features = np.arange(12, dtype=np.float32).reshape(3, 4, order=order)
    cache_entry.write_entry(path, features)
    np.testing.assert_array_equal(cache_entry.read_entry(path), features)
    monkeypatch.setattr(cache_entry, "_read_header", None)
    np.testing.assert_array_equal(cache_entry.read_entry(path), features)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(3, 4), (4, 3)])
def test_an_entry_is_read_into_an_array_of_its_shape(order, shape, tmp_path):
    path = tmp_path / "ab" / "entry.npy"
    path.parent.mkdir()
    features = np.arange(12, dtype=np.float32).reshape(3, 4, order=order)
    cache_entry.write_entry(path, features)
    out = np.full(shape, -1, dtype=np.float32)
    found = cache_entry.read_entry(path, out)
    np.testing.assert_array_equal(found, features)
    assert (found is out) == (shape == (3, 4) and order == "C")
    assert found is out or (out == -1).all()


def test_an_entry_that_is_replaced_is_read_as_it_is_now(tmp_path, kept_at_once):
    path = tmp_path / "ab" / "entry.npy"
    path.parent.mkdir()
    # The same size on disk in two shapes.
    for shape in ((3, 4), (6, 2)):
        features = np.arange(12, dtype=np.float32).reshape(shape)
        cache_entry.write_entry(path, features)
        for _ in range(2):
            np.testing.assert_array_equal(cache_entry.read_entry(path), features)


def test_the_folder_stays_empty_until_it_is_used(memory):
    mfcc(memory)
    assert not Path(memory).exists()
    assert counts(memory) == (0, 0, 0)


def test_arrays_and_lists_are_cached_by_their_samples(tones, memory):
    clips = tones(3, 0.5, sr=8000)
    mfcc(memory).fit_transform(clips)
    mfcc(memory).fit_transform(list(clips[::-1]))
    assert counts(memory) == (3, 3, 3)


def test_another_value_changing_parameter_is_another_entry(files, memory):
    mfcc(memory).fit_transform(files[:1])
    for parameters in ({"n_mfcc": 6}, {"lifter": 22}, {"duration": 0.5}, {"sr": 4000}):
        mfcc(memory, **parameters).fit_transform(files[:1])
    assert counts(memory) == (0, 5, 5)


def test_how_it_is_run_is_no_part_of_the_key(files, memory):
    mfcc(memory).fit_transform(files)
    run = {"n_jobs": 2, "verbose": 1, "max_in_memory": "1GB", "dtype": "float16", "device": "auto"}
    mfcc(memory, **run).fit_transform(files)
    assert counts(memory) == (6, 6, 6)


def test_nested_parameters_are_part_of_the_key(files, memory):
    segmenter = Segmenter(MFCC(n_mfcc=5, **SMALL), segment_duration=0.5, sr=8000, memory=memory)
    segmenter.fit_transform(files[:1])
    clone(segmenter).set_params(feature__n_mfcc=6).fit_transform(files[:1])
    assert counts(memory) == (0, 2, 2)


class Rounded(TransformerMixin, BaseEstimator):
    """A step with a `dtype` of its own."""

    def __init__(self, dtype):
        self.dtype = dtype

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.astype(self.dtype)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def test_what_a_step_inside_means_by_dtype_is_part_of_the_key(files, memory):
    def rounded(dtype):
        pipeline = make_pipeline(MFCC(n_mfcc=5, **SMALL), Rounded(dtype))
        return Segmenter(pipeline, segment_duration=0.5, sr=8000, memory=memory)

    exact = rounded("float32").fit_transform(files[:1])
    whole = rounded("int32").fit_transform(files[:1])
    assert counts(memory) == (0, 2, 2)
    np.testing.assert_array_equal(whole, np.trunc(exact))


def make_level(body):
    """Define a class anew, as running a notebook's cell again does."""
    namespace = {"__name__": __name__, "MelSpectrogram": MelSpectrogram, "np": np}
    exec(f"class Level(MelSpectrogram):\n    def compute(self, y):\n        {body}", namespace)
    return namespace["Level"]


def test_the_code_of_ones_own_feature_is_part_of_the_key(files, memory):
    for body in ("return y[None, :1]", "return y[None, :1]", "return 2 * y[None, :1]"):
        level = make_level(body)(memory=memory, **SMALL).fit_transform(files[:1])
    assert counts(memory) == (1, 2, 2)
    expected = make_level("return y[None, :1]")(**SMALL).fit_transform(files[:1])
    np.testing.assert_array_equal(level, 2 * expected)


def test_the_code_of_ones_own_function_is_part_of_the_key(files, memory):
    def scaled(factor):
        scale = FunctionTransformer(lambda maps: maps * factor)
        pipeline = make_pipeline(MFCC(n_mfcc=5, **SMALL), scale)
        return Segmenter(pipeline, segment_duration=0.5, sr=8000, memory=memory)

    once = scaled(1.0).fit_transform(files[:1])
    twice = scaled(2.0).fit_transform(files[:1])
    scaled(2.0).fit_transform(files[:1])
    assert counts(memory) == (1, 2, 2)
    np.testing.assert_array_equal(twice, 2 * once)


class Locked:
    def __init__(self):
        self.lock = threading.Lock()

    def __call__(self, maps):
        return maps


@pytest.mark.parametrize("kind", [Locked, type("Local", (), {"__call__": lambda self, maps: maps})])
def test_what_can_not_be_compared_between_processes_is_refused(kind, files, memory):
    scale = FunctionTransformer(kind())
    segmenter = Segmenter(make_pipeline(MFCC(n_mfcc=5, **SMALL), scale), sr=8000, memory=memory)
    with pytest.raises(ValueError, match=r"can't be cached.*memory=None"):
        segmenter.fit_transform(files)


def test_numbers_of_numpy_are_the_same_key(files, memory):
    mfcc(memory, lifter=22).fit_transform(files[:1])
    mfcc(memory, lifter=np.float64(22), n_mfcc=np.int64(5), htk=np.False_).fit_transform(files[:1])
    assert counts(memory) == (1, 1, 1)


def test_an_empty_name_of_a_folder_is_refused(files):
    with pytest.raises(ValueError, match=r"'memory' parameter of MFCC must be a folder or None"):
        mfcc("").fit_transform(files)


def test_a_file_that_changed_is_computed_again(files, memory, tones):
    mfcc(memory).fit_transform(files)
    soundfile.write(files[2], tones(1, 1.0, sr=8000, seed=9)[0], 8000, subtype="FLOAT")
    after = mfcc(memory).fit_transform(files)
    assert counts(memory) == (5, 7, 7)
    np.testing.assert_array_equal(after, mfcc(None).fit_transform(files))


def entry_of_another_clip(path):
    return next(entry for entry in entries(path.parents[2]) if entry != path)


def swap(one, other):
    """Swap the content of two files of one size, and keep all times."""
    contents = [Path(path).read_bytes() for path in (one, other)]
    for path, content in zip((one, other), contents[::-1], strict=True):
        Path(path).write_bytes(content)
        os.utime(path, ns=(10**18, 10**18))


def test_two_swapped_files_get_their_own_features(files, memory):
    for path in files:
        os.utime(path, ns=(10**18, 10**18))
    assert Path(files[0]).stat().st_size == Path(files[1]).stat().st_size
    first = mfcc(memory).fit_transform(files)
    swap(files[0], files[1])
    after = mfcc(memory).fit_transform(files)
    np.testing.assert_array_equal(after, first[[1, 0, *range(2, len(files))]])
    np.testing.assert_array_equal(after, mfcc(None).fit_transform(files))


def test_other_bytes_of_the_same_size_and_time_are_computed(files, memory, tones):
    os.utime(files[0], ns=(10**18, 10**18))
    mfcc(memory).fit_transform(files[:1])
    size = Path(files[0]).stat().st_size
    soundfile.write(files[0], tones(1, 1.0, sr=8000, seed=9)[0], 8000, subtype="FLOAT")
    assert Path(files[0]).stat().st_size == size
    os.utime(files[0], ns=(10**18, 10**18))
    after = mfcc(memory).fit_transform(files[:1])
    assert counts(memory) == (0, 2, 2)
    np.testing.assert_array_equal(after, mfcc(None).fit_transform(files[:1]))


def test_a_changed_mode_and_a_copy_are_read(files, memory, tmp_path):
    mfcc(memory).fit_transform(files)
    copies = []
    for number, path in enumerate(files):
        Path(path).chmod(0o600)
        copies.append(tmp_path / f"copy {number}")
        shutil.copy2(path, copies[-1])
    mfcc(memory).fit_transform(files)
    mfcc(memory).fit_transform(copies)
    assert counts(memory) == (12, 6, 6)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:100]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"something else"),
        lambda path: np.save(path, np.zeros(3)),
        lambda path: path.write_bytes(b"PK\x03\x04" + path.read_bytes()),
        lambda path: path.write_bytes(path.read_bytes().replace(b")", b" ", 1)),
        lambda path: path.write_bytes(path.read_bytes() + b"more"),
        lambda path: np.save(path, np.zeros((5, 3), np.float32)),
        lambda path: np.save(path, np.zeros((4, 63), np.float32)),
        lambda path: np.save(path, np.full_like(np.load(path), np.nan)),
        lambda path: path.write_bytes(entry_of_another_clip(path).read_bytes()),
    ],
    ids=[
        "truncated",
        "empty",
        "garbage",
        "foreign",
        "no zip",
        "open header",
        "too long",
        "another number of frames",
        "another number of bands",
        "NaN",
        "another clip's",
    ],
)
def test_a_damaged_entry_is_computed_again(damage, files, memory):
    expected = mfcc(memory).fit_transform(files)
    damage(entries(memory)[0])
    np.testing.assert_array_equal(mfcc(memory).fit_transform(files), expected)
    assert counts(memory) == (5, 7, 6)
    mfcc(memory).fit_transform(files)
    assert counts(memory) == (11, 7, 6)


def test_a_failing_clip_leaves_the_others_and_no_claim(files, memory, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_text("no music")
    with pytest.raises(ValueError, match=r"bad\.wav"):
        mfcc(memory).fit_transform([*files, bad])
    assert counts(memory) == (0, 6, 6)
    assert claims(memory) == []


def claims(memory):
    return list(Path(memory).rglob("*.claim"))


def test_a_folder_that_can_not_be_made_is_refused(files, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(ValueError, match=r"'memory' parameter of MFCC must be a folder"):
        mfcc(str(blocked)).fit_transform(files)


def test_a_full_disk_is_a_warning_and_no_error(files, memory, monkeypatch):
    def no_space(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skgenre.features._engine.cache.np.save", no_space)
    with pytest.warns(CacheWarning, match="No space left on device") as seen:
        result = mfcc(memory).fit_transform(files)
    assert len(seen) == 1
    np.testing.assert_array_equal(result, mfcc(None).fit_transform(files))


def test_clear_removes_the_cache_and_nothing_else(files, memory):
    mfcc(memory).fit_transform(files)
    own = Path(memory, "notes.txt")
    own.write_text("mine")
    clear_cache(memory)
    assert counts(memory) == (0, 0, 0)
    assert list(Path(memory).iterdir()) == [own]


def pause():
    """A slow feature, at which processes meet at the same clip."""
    time.sleep(0.1)


class Slow(MelSpectrogram):
    def compute(self, y):
        pause()
        return super().compute(y)


def transform_slowly(memory, files, barrier):
    barrier.wait()
    Slow(memory=memory, **SMALL).fit_transform(files)


def test_two_processes_compute_each_clip_once(files, memory):
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    processes = [
        context.Process(target=transform_slowly, args=(memory, files, barrier)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert counts(memory) == (6, 6, 6)


def test_the_same_clip_twice_is_computed_once_even_by_threads(files, memory):
    Slow(memory=memory, n_jobs=2, **SMALL).fit_transform([files[0]] * 4)
    assert counts(memory) == (3, 1, 1)


def transform_until_killed(memory, files):
    global pause

    def pause():
        os.kill(os.getpid(), signal.SIGKILL)

    Slow(memory=memory, **SMALL).fit_transform(files)


def test_the_claim_of_a_killed_process_is_taken_over(files, memory):
    context = multiprocessing.get_context("fork")
    process = context.Process(target=transform_until_killed, args=(memory, files))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert len(claims(memory)) == 1
    Slow(memory=memory, **SMALL).fit_transform(files)
    assert counts(memory) == (0, 6, 6)
    assert claims(memory) == []


def test_the_claim_of_an_earlier_process_with_this_number_is_taken_over(files, memory):
    """As in a container that was started again."""
    cache = FeatureCache(memory, mfcc(memory), "cpu")
    claim = cache.path(Clips([Path(files[0])], "paths", sr=8000).key(0)).with_suffix(".claim")
    claim.parent.mkdir()
    claim.write_text(f"{socket.gethostname()} {os.getpid()}")
    mfcc(memory).fit_transform(files)
    assert counts(memory) == (0, 6, 6)
    assert claims(memory) == []


def in_place_of_a_claim(files, memory):
    """Return the claim on the first file, whose folder is there."""
    cache = FeatureCache(memory, mfcc(memory), "cpu")
    entry = cache.path(Clips([Path(files[0])], "paths", sr=8000).key(0))
    entry.parent.mkdir()
    return entry.with_suffix(".claim")


def write_a_day_ahead(claim):
    claim.write_text("another-host 123")
    os.utime(claim, (time.time() + 86400, time.time() + 86400))


def write_a_minute_ago(claim, content):
    claim.write_bytes(content)
    os.utime(claim, (time.time() - 60, time.time() - 60))


FOREIGN_CLAIMS = {
    "other bytes": lambda claim: write_a_minute_ago(claim, b"\xff\xfe\x00 \xb2"),
    "a huge number": lambda claim: write_a_minute_ago(
        claim, f"{socket.gethostname()} {10**20}".encode()
    ),
    "a digit that is no number": lambda claim: write_a_minute_ago(claim, "host \xb2".encode()),
    "process 0": lambda claim: write_a_minute_ago(claim, f"{socket.gethostname()} 0".encode()),
    "a day ahead": write_a_day_ahead,
    "folder": lambda claim: claim.mkdir(),
    "full folder": lambda claim: (claim.mkdir(), (claim / "mine").touch()),
    "link": lambda claim: claim.symlink_to(claim.parent / "nowhere"),
    "FIFO": lambda claim: os.mkfifo(claim),
}


@pytest.mark.parametrize("make", FOREIGN_CLAIMS.values(), ids=FOREIGN_CLAIMS)
def test_what_is_no_claim_of_a_process_is_not_waited_for(make, files, memory):
    make(in_place_of_a_claim(files, memory))
    with pytest.warns(CacheWarning, match=r"\.claim .*computed again"):
        result = mfcc(memory).fit_transform(files)
    np.testing.assert_array_equal(result, mfcc(None).fit_transform(files))
    assert counts(memory) == (0, 6, 6)


def test_a_claim_that_stays_is_waited_for_once(files, memory, monkeypatch):
    """Its host may work on; but all clips together wait no longer than for one."""
    cache = FeatureCache(memory, mfcc(memory), "cpu")
    for path in files:
        claim = cache.path(Clips([Path(path)], "paths", sr=8000).key(0)).with_suffix(".claim")
        claim.parent.mkdir(exist_ok=True)
        claim.write_text("another-host 123")
    monkeypatch.setattr("skgenre.features._engine.cache.CLAIM_LIFETIME", 0.5)
    with pytest.warns(CacheWarning, match=r"\.claim is not released"):
        result = mfcc(memory).fit_transform(files)
    np.testing.assert_array_equal(result, mfcc(None).fit_transform(files))
    assert counts(memory) == (0, 6, 6)
    assert len(claims(memory)) == 6


FOREIGN_ENTRIES = {
    "folder": lambda path: path.mkdir(),
    "FIFO": lambda path: os.mkfifo(path),
    "link": lambda path: path.symlink_to(path.parents[3] / "victim"),
}


@pytest.mark.parametrize("make", FOREIGN_ENTRIES.values(), ids=FOREIGN_ENTRIES)
def test_what_is_no_file_in_the_place_of_an_entry_is_a_miss(make, files, memory, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    expected = mfcc(memory).fit_transform(files)
    entry = entries(memory)[0]
    entry.unlink()
    make(entry)
    with pytest.warns(CacheWarning, match=rf"{entry.name} is a .*computed again"):
        result = mfcc(memory).fit_transform(files)
    np.testing.assert_array_equal(result, expected)
    assert victim.read_text() == "mine"
    assert claims(memory) == []


def test_a_huge_file_in_the_place_of_an_entry_takes_no_memory(files, memory):
    expected = mfcc(memory).fit_transform(files)
    os.truncate(entries(memory)[0], 2**31)
    tracemalloc.start()
    try:
        result = mfcc(memory).fit_transform(files)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(result, expected)
    assert peak < 2**28


@pytest.mark.parametrize("folder", ["entries", "scratch"])
def test_nothing_is_written_or_removed_through_a_linked_folder(folder, files, memory, tmp_path):
    expected = mfcc(memory).fit_transform(files)
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / f"{2**31 - 1}-mine-{socket.gethostname()}").touch()
    before = sorted(victim.iterdir())
    home = Path(memory, "skgenre-features")
    if folder == "entries":
        for subfolder in home.glob("??"):
            shutil.rmtree(subfolder)
        for number in range(256):
            (home / f"{number:02x}").symlink_to(victim)
        with pytest.warns(CacheWarning, match="is a link"):
            result = mfcc(memory).fit_transform(files)
        np.testing.assert_array_equal(result, expected)
    else:
        (home / "scratch").symlink_to(victim)
        mfcc(memory).fit_transform(files)
        with pytest.raises(OSError, match="is a link"):
            mfcc(memory, max_in_memory=1).fit_transform(files)
    assert sorted(victim.iterdir()) == before


def test_a_file_in_the_place_of_a_folder_of_entries_is_a_warning(files, memory):
    in_place_of_a_claim(files, memory).parent.rmdir()
    home = Path(memory, "skgenre-features")
    for number in range(256):
        (home / f"{number:02x}").touch()
    with pytest.warns(CacheWarning, match="not a folder"):
        result = mfcc(memory).fit_transform(files)
    np.testing.assert_array_equal(result, mfcc(None).fit_transform(files))


@pytest.mark.parametrize("link", [os.symlink, os.link, lambda _, path: os.mkfifo(path)])
def test_the_log_is_never_written_through_a_link(link, files, memory, tmp_path):
    home = Path(memory, "skgenre-features")
    home.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    link(victim, home / "log")
    mfcc(memory).fit_transform(files)
    assert victim.read_text() == "mine"
    assert cache_info(memory).entries == 6


def test_what_is_no_count_in_the_log_counts_for_nothing(files, memory):
    mfcc(memory).fit_transform(files)
    with Path(memory, "skgenre-features", "log").open("ab") as log:
        log.write(b"\xff\xfe\n\xc2\xb2 1\n" + b"9" * 5000 + b" 1\n-1 5\n3\n")
    assert counts(memory) == (0, 6, 6)


def test_a_cache_that_is_a_link_is_unlinked_alone(memory, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    Path(memory).mkdir()
    Path(memory, "skgenre-features").symlink_to(own)
    clear_cache(memory)
    assert list(Path(memory).iterdir()) == []
    assert (own / "notes.txt").read_text() == "mine"


class OftenNaN(MelSpectrogram):
    def compute(self, y):
        return super().compute(y) * np.nan


def test_features_with_nan_are_not_kept(files, memory):
    for _ in range(2):
        assert np.isnan(OftenNaN(memory=memory, **SMALL).fit_transform(files)).all()
    assert counts(memory) == (0, 12, 0)


class FirstSegment(TransformerMixin, BaseEstimator):
    """The first segment's features as a table."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X[:, 0, :, 0]

    def __sklearn_is_fitted__(self):
        return True


@pytest.mark.parametrize(("n_jobs", "allowed"), [(1, 1.0), (2, 1.1)])
def test_a_grid_search_computes_each_clip_once_a_setting(n_jobs, allowed, tones, tmp_path):
    paths = []
    for number, clip in enumerate(tones(20, 0.5, sr=8000)):
        paths.append(str(tmp_path / f"{number}.wav"))
        soundfile.write(paths[-1], clip, 8000)
    memory = str(tmp_path / "cache")
    search = GridSearchCV(
        Pipeline(
            [
                (
                    "segmenter",
                    Segmenter(
                        MelSpectrogram(**SMALL), segment_duration=0.25, sr=8000, memory=memory
                    ),
                ),
                ("pooling", FramePooling()),
                ("first", FirstSegment()),
                ("classifier", LogisticRegression(max_iter=2000)),
            ]
        ),
        {"segmenter__feature__n_mels": [8, 16], "classifier__C": [0.1, 1.0, 10.0]},
        cv=5,
        n_jobs=n_jobs,
        error_score="raise",
    ).fit(paths, np.arange(20) % 2)
    search.score(paths, np.arange(20) % 2)
    assert 40 <= cache_info(memory).misses <= 40 * allowed
