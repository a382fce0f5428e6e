"""Results above max_in_memory: memory maps of scratch files, and runs that are killed."""

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.features import MFCC, MelSpectrogram, Segmenter, cache_info, clear_cache

SMALL = {"sr": 8000, "n_fft": 256, "hop_length": 128, "n_mels": 16}


@pytest.fixture
def memory(tmp_path):
    return str(tmp_path / "cache")


@pytest.fixture
def uneven(tones):
    """Clips of 1, 3, 2 and 1 s."""
    return [tones(1, length, sr=8000, seed=k)[0] for k, length in enumerate((1.0, 3.0, 2.0, 1.0))]


def scratch(memory):
    return sorted(Path(memory, "skgenre-features", "scratch").glob("*"))


def mel(memory, max_in_memory=1000, **parameters):
    return MelSpectrogram(**SMALL, memory=memory, max_in_memory=max_in_memory, **parameters)


def segmenter(memory, max_in_memory=1000):
    return Segmenter(
        MelSpectrogram(**SMALL),
        segment_duration=0.5,
        sr=8000,
        memory=memory,
        max_in_memory=max_in_memory,
    )


def test_the_values_are_those_of_an_array_in_memory(files, memory):
    X = mel(memory).fit_transform(files)
    assert isinstance(X, np.memmap)
    assert X.dtype == np.float32
    np.testing.assert_array_equal(X, mel(None, "1MB").fit_transform(files))
    # Read from the cache the second time.
    np.testing.assert_array_equal(X, mel(memory, n_jobs=2).fit_transform(files))
    assert cache_info(memory).entries == 6


def test_it_is_read_only(files, memory):
    X = mel(memory).fit_transform(files)
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 0.0


def test_without_memory_the_error_names_it(files):
    with pytest.raises(ValueError, match=r"more than max_in_memory=1000 of Mel.*set memory= to a"):
        mel(None).fit_transform(files)


def test_the_file_lives_as_long_as_the_last_view(files, memory):
    X = mel(memory).fit_transform(files)
    assert scratch(memory) == [Path(X.filename)]
    view = np.asarray(X)[1:, :, ::2]
    del X
    gc.collect()
    assert len(scratch(memory)) == 1
    assert np.isfinite(view).all()
    del view
    gc.collect()
    assert scratch(memory) == []


def test_a_failing_clip_leaves_no_file(files, memory, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_text("no music")
    with pytest.raises(ValueError, match=r"bad\.wav"):
        mel(memory).fit_transform([*files, bad])
    gc.collect()
    assert scratch(memory) == []


@pytest.mark.parametrize("max_in_memory", [1000, 30_000])
def test_clips_of_different_lengths_share_one_file(max_in_memory, uneven, memory):
    """With the larger limit it is the second clip that exceeds it."""
    expected = segmenter(None, "1MB").fit_transform(uneven)
    X = segmenter(memory, max_in_memory).fit_transform(uneven)
    assert [maps.shape for maps in X] == [maps.shape for maps in expected]
    for maps, same in zip(X, expected, strict=True):
        np.testing.assert_array_equal(maps, same)
        assert isinstance(maps, np.memmap)
    assert len(scratch(memory)) == 1


def test_rows_that_come_out_of_order_are_put_in_order(uneven, memory, monkeypatch):
    expected = segmenter(None, "1MB").fit_transform(uneven)
    in_order = Segmenter._iterate

    def iterate(self, clips, place):
        rows = list(in_order(self, clips, place))
        yield from rows[1:]
        yield rows[0]

    monkeypatch.setattr(Segmenter, "_iterate", iterate)
    X = segmenter(memory).fit_transform(uneven)
    for maps, same in zip(X, expected, strict=True):
        np.testing.assert_array_equal(maps, same)
    gc.collect()
    assert len(scratch(memory)) == 1
    same_length = [clip[:8000] for clip in uneven]
    np.testing.assert_array_equal(
        segmenter(memory).fit_transform(same_length),
        segmenter(None, "1MB").fit_transform(same_length),
    )


def mean_and_kind(X):
    return float(X.mean()), isinstance(X, np.memmap)


def test_other_processes_get_it_by_its_file(files, memory):
    X = mel(memory).fit_transform(files)
    results = joblib.Parallel(2)(joblib.delayed(mean_and_kind)(X) for _ in range(2))
    assert results == [(float(X.mean()), True)] * 2
    assert len(scratch(memory)) == 1


def test_a_worker_gives_it_back_by_value(files, memory):
    X, Y = joblib.Parallel(2)(
        joblib.delayed(mel(memory).fit_transform)(part) for part in (files[:3], files[3:])
    )
    np.testing.assert_array_equal(np.concatenate([X, Y]), mel(None, "1MB").fit_transform(files))


def test_a_pickle_holds_the_values(files, memory):
    X = mel(memory).fit_transform(files)
    expected = np.array(X)
    data = pickle.dumps(X)
    del X
    gc.collect()
    np.testing.assert_array_equal(pickle.loads(data), expected)


def test_a_fork_leaves_the_file_to_its_parent(files, memory):
    holder = [mel(memory).fit_transform(files)]
    process = multiprocessing.get_context("fork").Process(target=holder.clear)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert scratch(memory) == [Path(holder[0].filename)]


def keep_and_die(memory, files):
    X = mel(memory).fit_transform(files)
    assert len(X) == len(files)
    os.kill(os.getpid(), signal.SIGKILL)


def die_with_a_file(memory, files):
    process = multiprocessing.get_context("fork").Process(target=keep_and_die, args=(memory, files))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert len(scratch(memory)) == 1


def test_the_file_of_a_killed_process_goes_with_the_next_run(files, memory):
    die_with_a_file(memory, files)
    mel(memory, "1MB").fit_transform(files)
    assert scratch(memory) == []


def test_clearing_the_cache_removes_it_and_leaves_the_array_readable(files, memory):
    die_with_a_file(memory, files)
    X = mel(memory).fit_transform(files)
    expected = np.array(X)
    clear_cache(memory)
    assert scratch(memory) == []
    np.testing.assert_array_equal(X, expected)


def test_scratch_files_are_no_entries(files, memory):
    X = mel(memory).fit_transform(files)
    info = cache_info(memory)
    assert info.entries == 6
    assert info.nbytes == sum(path.stat().st_size for path in Path(memory).rglob("*.npy"))
    assert X.nbytes == scratch(memory)[0].stat().st_size


def test_a_full_disk_is_an_error_that_says_where(files, memory, monkeypatch):
    def no_space(self, values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skgenre.features._engine.scratch.ScratchFile.append", no_space)
    with pytest.raises(OSError, match=r"MelSpectrogram: the features don't fit .*cache"):
        mel(memory).fit_transform(files)


FULL = """
import errno, resource, sys, warnings
from pathlib import Path
import numpy as np
from skgenre.features import MelSpectrogram
warnings.simplefilter("ignore")
memory = sys.argv[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
clips = np.random.default_rng(0).uniform(-1, 1, (20, 8000))
mel = MelSpectrogram(sr=8000, n_fft=256, hop_length=128, n_mels=16, memory=memory, max_in_memory=1)
try:
    mel.fit_transform(clips)
except OSError as error:
    left = list(Path(memory, "skgenre-features", "scratch").iterdir())
    opened = [path for path in Path("/proc/self/fd").iterdir() if "scratch" in str(path.resolve())]
    print(error.errno == errno.EFBIG, error.filename, len(left), len(opened))
    print(error)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lists open files as Linux does")
def test_a_file_that_can_not_grow_is_named_closed_and_removed(memory):
    """The largest file that the system allows stands for a full disk."""
    command = [sys.executable, "-c", FULL, memory]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    state, message = run.stdout.splitlines()
    is_too_large, name, n_left, n_open = state.split()
    assert (is_too_large, n_left, n_open) == ("True", "0", "0")
    assert Path(name).parent == Path(memory, "skgenre-features", "scratch")
    assert "MelSpectrogram: the features don't fit" in message
    assert name in message


class Counted(MelSpectrogram):
    """Notes each clip that it has computed in a file, and dies at a given number of them."""

    def compute(self, y):
        notes = Path(self.memory, "notes")
        limit = Path(self.memory, "limit")
        done = notes.read_text().count("\n") if notes.exists() else 0
        if limit.exists() and done >= int(limit.read_text()):
            os.kill(os.getpid(), signal.SIGKILL)
        features = super().compute(y)
        with notes.open("a") as file:
            file.write(f"{np.abs(y).sum()}\n")
        return features


def count(memory, paths):
    return Counted(**SMALL, memory=memory, max_in_memory=1000).fit_transform(paths)


def test_killed_ten_times_and_finished(tmp_path, memory, tones):
    paths = []
    for number, clip in enumerate(tones(22, 0.25, sr=8000)):
        paths.append(str(tmp_path / f"{number}.wav"))
        soundfile.write(paths[-1], clip, 8000)
    Path(memory).mkdir()
    context = multiprocessing.get_context("fork")
    for kill in range(10):
        Path(memory, "limit").write_text(str(2 * kill + 2))
        process = context.Process(target=count, args=(memory, paths))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert cache_info(memory).entries == 2 * kill + 2
    Path(memory, "limit").unlink()
    X = count(memory, paths)
    notes = Path(memory, "notes").read_text().splitlines()
    assert len(notes) == len(set(notes)) == 22
    assert len(scratch(memory)) == 1
    np.testing.assert_array_equal(X, MelSpectrogram(**SMALL).fit_transform(paths))


def die_while_writing(memory, files):
    def half(file, features, **kwargs):
        file.write(b"half of it")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    np.save = half
    mel(memory).fit_transform(files)


def test_killed_while_writing_an_entry_leaves_nothing(files, memory):
    process = multiprocessing.get_context("fork").Process(
        target=die_while_writing, args=(memory, files)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert len(list(Path(memory).rglob("??/*"))) == 2  # half an entry, and its claim
    X = mel(memory).fit_transform(files)
    np.testing.assert_array_equal(X, mel(None, "1MB").fit_transform(files))
    assert len(list(Path(memory).rglob("??/*"))) == len(list(Path(memory).rglob("*.npy"))) == 6


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(b"garbage" * 100),
        lambda path: (path.write_bytes(b"garbage"), path.chmod(0o444)),
        lambda path: path.chmod(0o444),
        lambda path: path.chmod(0o000),
    ],
    ids=["truncated", "garbage", "garbage, read-only", "read-only", "unreadable"],
)
def test_a_damaged_entry_does_not_matter(damage, files, memory):
    expected = np.array(mel(memory).fit_transform(files))
    damage(sorted(Path(memory).rglob("*.npy"))[0])
    np.testing.assert_array_equal(mel(memory).fit_transform(files), expected)
    assert cache_info(memory).entries == 6


def cnn(**parameters):
    return CNNClassifier(channels=(4,), max_epochs=2, batch_size=4, random_state=0, **parameters)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("is_ragged", [False, True])
def test_networks_learn_the_same_from_it(early_stopping, is_ragged, tones, memory):
    clips = list(tones(16, 1.0, sr=8000))
    if is_ragged:
        clips = [clip[: 4000 * (1 + k % 2)] for k, clip in enumerate(clips)]
    y = np.repeat(["blues", "metal"], 8)
    mapped = segmenter(memory).fit_transform(clips)
    loaded = segmenter(None, "1MB").fit_transform(clips)
    voting = SegmentVotingClassifier(cnn(early_stopping=early_stopping))
    expected = voting.fit(loaded, y).predict_proba(loaded)
    np.testing.assert_array_equal(voting.fit(mapped, y).predict_proba(mapped), expected)


class Seen(CNNClassifier):
    """Keeps what it was given."""

    def fit(self, X, y, sample_weight=None, groups=None):
        self.seen_ = X
        return super().fit(X, y, sample_weight, groups)


@pytest.mark.parametrize("is_ragged", [False, True])
def test_segments_reach_the_network_without_a_copy(is_ragged, tones, memory):
    clips = list(tones(8, 1.0, sr=8000))
    if is_ragged:
        clips[1] = clips[1][:4000]
    X = segmenter(memory).fit_transform(clips)
    voting = SegmentVotingClassifier(Seen(channels=(4,), max_epochs=1))
    seen = voting.fit(X, np.arange(8) % 2).estimator_.seen_
    assert len(seen) == 16 - is_ragged
    assert all(np.shares_memory(seen, maps) for maps in X)
    np.testing.assert_array_equal(seen, np.concatenate(list(X)))
    del X, voting
    gc.collect()
    assert np.isfinite(seen).all()  # the map lives as long as this view of it


def test_infinity_in_it_is_refused(tones):
    maps = segmenter(None, "1MB").fit_transform([*tones(2, 1.0, sr=8000), np.zeros(4000)])
    maps[1][0, 0, 0] = np.inf
    with pytest.raises(ValueError, match=r"clip 1 of X contains NaN or infinity"):
        SegmentVotingClassifier(cnn()).fit(maps, [0, 1, 1])


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_grid_search_leaves_no_file(n_jobs, tones, memory, tmp_path):
    paths = []
    for number, clip in enumerate(tones(12, 1.0, sr=8000)):
        paths.append(str(tmp_path / f"{number}.wav"))
        soundfile.write(paths[-1], clip, 8000)
    pipeline = make_pipeline(segmenter(memory), SegmentVotingClassifier(cnn()))
    search = GridSearchCV(
        pipeline,
        {"segmentvotingclassifier__estimator__lr": [1e-3, 1e-2, 1e-1]},
        cv=3,
        n_jobs=n_jobs,
        error_score="raise",
    ).fit(paths, np.arange(12) % 2)
    gc.collect()
    assert scratch(memory) == []
    assert cache_info(memory).entries == 12
    assert search.best_score_ >= 0.0


def test_mfcc_of_one_clip_works(files, memory):
    X = MFCC(n_mfcc=5, **SMALL, memory=memory, max_in_memory=10).fit_transform(files[:1])
    assert X.shape == (1, 5, 63)
