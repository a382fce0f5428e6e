"""The per-clip cache: once a clip and setting, for all who share the folder."""

import multiprocessing
import os
import signal
import socket
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

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
from skgenre.features._cache import FeatureCache

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
    exec(f"class Level(MelSpectrogram):\n    def _compute(self, y):\n        {body}", namespace)
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


def test_what_can_not_be_compared_between_processes_is_refused(files, memory):
    scale = FunctionTransformer(partial(lambda factor, maps: maps * factor, 2.0))
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
    ],
    ids=["truncated", "empty", "garbage", "foreign", "no zip", "open header", "too long"],
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

    monkeypatch.setattr("skgenre.features._cache.np.save", no_space)
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
    """What a slow feature does: let processes meet at the same clip."""
    time.sleep(0.1)


class Slow(MelSpectrogram):
    def _compute(self, y):
        pause()
        return super()._compute(y)


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
