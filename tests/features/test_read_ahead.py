"""Reading the next files at URLs while one is computed: when, how often, and how it ends."""

import io
import pickle
import zipfile
from collections import Counter

import numpy as np
import pytest
import soundfile

from skgenre import _remote_files
from skgenre._remote_ahead import FilesAhead
from skgenre._urls import Url, as_path
from skgenre.audio import check_clips, load_audio
from skgenre.audio._clips import read_ahead
from skgenre.exceptions import AudioDecodeError
from skgenre.features import AudioTransformer, cache_info
from skgenre.features._engine.batches import iterate_batches
from skgenre.features._engine.cache import FeatureCache
from skgenre.stores import extract_features

SR = 8000
N_CLIPS = 6
NAMES = [f"{number}.wav" for number in range(N_CLIPS)]


class Level(AudioTransformer):
    """The level of a clip, which tells its number; `on_clip` is called with it."""

    on_clip = staticmethod(lambda number: None)

    def compute(self, y):
        self.on_clip(round(float(y.mean()) * 100))
        return y[:1].reshape(1, 1)


def sound(number):
    content = io.BytesIO()
    soundfile.write(content, np.full(SR, number / 100), SR, format="WAV")
    return content.getvalue()


@pytest.fixture
def store(recording_store):
    return recording_store


@pytest.fixture
def urls(store):
    return [store.put(name, sound(number)) for number, name in enumerate(NAMES)]


@pytest.fixture
def on_clip(monkeypatch):
    """Set what is called with the number of each clip that is computed."""

    def use(function):
        monkeypatch.setattr(Level, "on_clip", staticmethod(function))

    return use


def transform(urls, **parameters):
    return Level(sr=SR, **parameters).fit_transform(urls)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_next_file_is_requested_while_one_is_computed(store, urls, on_clip, n_jobs):
    on_time = []

    def wait_for_next(number):
        if number + 1 < N_CLIPS:
            on_time.append(store.wait_for("content", NAMES[number + 1]))

    on_clip(wait_for_next)
    levels = transform(urls, n_jobs=n_jobs)
    np.testing.assert_allclose(levels.ravel(), np.arange(N_CLIPS) / 100, atol=1e-4)
    assert on_time == [True] * (N_CLIPS - 1)
    assert Counter(store.requests) == Counter(
        (kind, name) for kind in ("status", "content") for name in NAMES
    )


def test_batches_for_a_device_are_read_ahead(store, urls):
    clips = check_clips(urls, estimator=Level(sr=SR), sr=SR, reset=True)
    on_time = []

    def load(i):
        y = clips[i]
        if i + 1 < N_CLIPS:
            on_time.append(store.wait_for("content", NAMES[i + 1]))
        return y

    ahead = read_ahead(clips, 1)
    found = iterate_batches(
        clips, load, lambda ys: ys[:, :1], cache=None, device="cpu", n_jobs=1, ahead=ahead
    )
    with ahead:
        levels = [features.item() for _, features in sorted(found)]
    np.testing.assert_allclose(levels, np.arange(N_CLIPS) / 100, atol=1e-4)
    assert on_time == [True] * (N_CLIPS - 1)
    assert len(store.requests) == 2 * N_CLIPS


def test_no_more_than_two_files_are_read_ahead_of_a_thread(store, urls, on_clip):
    most = []
    on_clip(lambda number: most.append((number, {name for _, name in store.requests})))
    transform(urls, n_jobs=1)
    for number, names in most:
        assert names <= set(NAMES[: number + 3])


def test_an_error_comes_when_its_clip_is_due(store, urls, on_clip):
    missing = "recording://none.wav?token=SECRET"
    broken = store.put("broken.wav", b"no sound" * 100)
    computed = []
    on_clip(computed.append)
    for url in (missing, broken):
        with pytest.raises(AudioDecodeError) as alone:
            load_audio(url)
        with pytest.raises(AudioDecodeError) as caught:
            transform([*urls[:3], url, *urls[3:]], n_jobs=1)
        assert str(caught.value) == str(alone.value)
        assert "SECRET" not in str(caught.value)
    assert computed == [0, 1, 2] * 2


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_is_read_after_an_interruption(store, urls, on_clip, error, n_jobs):
    store.hanging.add(NAMES[-1])

    def stop(number):
        if number == N_CLIPS - 3:
            store.wait_for("content", NAMES[-1])
            raise error

    on_clip(stop)
    with pytest.raises(error):
        transform(urls, n_jobs=n_jobs)
    assert store.is_idle()


def test_files_of_a_web_server(http_server, tmp_path):
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(sound(number))
    levels = transform([f"{http_server.url}/{name}" for name in NAMES])
    np.testing.assert_allclose(levels.ravel(), np.arange(N_CLIPS) / 100, atol=1e-4)
    counts = Counter((request.method, request.path) for request in http_server.requests)
    assert counts == Counter((method, f"/{name}") for method in ("HEAD", "GET") for name in NAMES)


def test_local_files_and_archives_are_not_read_ahead(tmp_path):
    with zipfile.ZipFile(tmp_path / "songs.zip", "w") as archive:
        archive.writestr(NAMES[0], sound(0))
    for text in (f"zip://{NAMES[0]}::{tmp_path / 'songs.zip'}", f"memory://{NAMES[0]}"):
        url = as_path(text)
        _remote_files.start_reading(url, lambda: True)
        assert url.ahead is None
    ahead = FilesAhead([tmp_path / name for name in NAMES], n_jobs=1)
    with ahead, ahead.at(0):
        pass


def test_cached_clips_are_not_read(store, urls, tmp_path, on_clip):
    memory = tmp_path / "cache"
    transform(urls[::2], memory=memory)
    store.requests.clear()
    levels = transform(urls, memory=memory)
    np.testing.assert_allclose(levels.ravel(), np.arange(N_CLIPS) / 100, atol=1e-4)
    assert Counter(store.requests) == Counter(
        [("status", name) for name in NAMES] + [("content", name) for name in NAMES[1::2]]
    )
    store.requests.clear()
    np.testing.assert_array_equal(transform(urls, memory=memory), levels)
    assert Counter(store.requests) == Counter(("status", name) for name in NAMES)
    info = cache_info(memory)
    assert (info.hits, info.misses) == (N_CLIPS // 2 + N_CLIPS, N_CLIPS)


def test_files_that_others_computed_meanwhile_are_not_read(store, urls, tmp_path, on_clip):
    computed = []

    def compute_the_others(number):
        computed.append(number)
        if len(computed) == 1:
            transform(urls[1:], memory=tmp_path)  # as another process would

    on_clip(compute_the_others)
    levels = transform(urls, memory=tmp_path)
    np.testing.assert_allclose(levels.ravel(), np.arange(N_CLIPS) / 100, atol=1e-4)
    assert sorted(computed) == list(range(N_CLIPS))
    # Those that were ahead when the others began may have been read twice.
    assert all(store.requests.count(("content", name)) == 1 for name in NAMES[3:])


def test_computed_and_claimed_clips_are_not_lacking(tmp_path):
    cache = FeatureCache(tmp_path, Level(sr=SR), "cpu")
    assert cache.lacks(b"clip")
    _, is_mine = cache.look_up(b"clip", wait=False)
    assert is_mine
    assert not cache.lacks(b"clip")
    cache.keep(b"clip", np.zeros((1, 1), np.float32))
    cache.release(b"clip")
    assert not cache.lacks(b"clip")


def test_large_files_are_not_read_ahead(store, urls, on_clip, monkeypatch):
    monkeypatch.setattr(_remote_files, "_WHOLE", 100)
    seen = []
    on_clip(
        lambda number: seen.append({name for kind, name in store.requests if kind == "content"})
    )
    transform(urls, n_jobs=1)
    assert seen == [set(NAMES[: number + 1]) for number in range(N_CLIPS)]


def test_a_store_without_versions_is_asked_no_more_often(store, urls, tmp_path):
    store.has_version = False
    transform(urls, memory=tmp_path)
    assert Counter(store.requests) == Counter(
        {("status", name): 1 for name in NAMES} | {("content", name): 2 for name in NAMES}
    )


def test_what_is_read_ahead_is_not_pickled(store, urls):
    url = Url(urls[0])
    _remote_files.start_reading(url, lambda: True)
    assert pickle.loads(pickle.dumps(url)).ahead is None
    with _remote_files.open_url(url) as (stream, size):
        assert stream.read() == sound(0)
    assert size == len(sound(0))
    assert url.ahead is None


def test_stores_are_filled_with_the_next_file_on_its_way(store, urls, tmp_path, on_clip):
    pytest.importorskip("zarr")
    missing = "recording://none.wav"
    files = [*urls[:3], missing, *urls[3:]]
    on_time = []

    def wait_for_next(number):
        if number in (1, 3, 4):  # 0 is noise, to learn the shape
            on_time.append(store.wait_for("content", NAMES[number + 1]))

    on_clip(wait_for_next)
    done = extract_features(files, Level(sr=SR, duration=1.0, n_jobs=1), tmp_path / "store.zarr")
    assert done.bad_files["path"].tolist() == [missing]
    assert "there is no such file" in done.bad_files["reason"][0]
    assert on_time == [True] * 3
    counts = Counter(store.requests)
    assert counts.pop(("status", "none.wav")) == 2  # tried again
    assert set(counts.values()) == {1}
