"""The path of batches, on tensors of the CPU; with CUDA on those of the GPU too."""

import multiprocessing
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import make_pipeline

from skgenre.audio import Clips
from skgenre.exceptions import AudioDecodeError, ShortSignalWarning
from skgenre.features import (
    MFCC,
    ChromaFeatures,
    FeatureStack,
    FramePooling,
    GTZANFeatures,
    MelSpectrogram,
    MFCCSegmenter,
    Segmenter,
    cache_info,
)
from skgenre.features._engine.batches import find_device, has_batches

SMALL = {"sr": 8000, "n_fft": 256, "hop_length": 128}
MEL = {"n_mels": 16, **SMALL}


def on_cpu_tensors(transformer, parts):
    """Stand in for `find_device`: a device with the path of batches that every machine has."""
    return "cpu:0"


@pytest.fixture
def batches(monkeypatch):
    monkeypatch.setattr("skgenre.features._engine.base.find_device", on_cpu_tensors)


TRANSFORMERS = [
    (MelSpectrogram(**MEL), 1e-2),
    (MelSpectrogram(ref="max", top_db=40.0, **MEL), 1e-2),
    (MelSpectrogram(ref=2.0, power=1.0, htk=True, norm=None, **MEL), 1e-2),
    (MelSpectrogram(scale="log", power=1.5, **MEL), 1e-3),
    (MelSpectrogram(scale="power", **MEL), 1e-4),
    (MelSpectrogram(center=False, win_length=200, window=("kaiser", 4.0), **MEL), 1e-2),
    *[
        (MelSpectrogram(pad_mode=mode, **MEL), 1e-2)
        for mode in ("edge", "reflect", "symmetric", "wrap")
    ],
    (MelSpectrogram(sr=8000, n_fft=300, hop_length=100, n_mels=16), 1e-2),
    (MFCC(n_mfcc=5, **MEL), 1e-2),
    (MFCC(n_mfcc=16, lifter=22, dct_type=3, norm=None, top_db=None, power=1.0, **MEL), 1e-2),
    (ChromaFeatures(**SMALL), 1e-4),
    (ChromaFeatures(tuning=None, n_chroma=24, **SMALL), 1e-4),
    *[(ChromaFeatures(norm=norm, tuning=0.2, **SMALL), 1e-4) for norm in (1, 2)],
    (ChromaFeatures(norm=None, **SMALL), 1e-3),
    (GTZANFeatures(), 1e-2),
    (GTZANFeatures(sr=8000, tuning=0.1, pad_mode="constant"), 1e-2),
    (FeatureStack([MFCC(n_mfcc=5, **MEL), ChromaFeatures(**SMALL)], sr=8000), 1e-2),
    (Segmenter(MFCC(n_mfcc=5, **MEL), segment_duration=0.4, sr=8000), 1e-2),
    (Segmenter(MFCC(n_mfcc=5, **MEL), segment_duration=0.4, segment_hop=0.25, sr=8000), 1e-2),
    (Segmenter(MFCC(n_mfcc=5, **MEL), n_segments=3, sr=8000), 1e-2),
    (
        Segmenter(
            make_pipeline(MFCC(n_mfcc=5, **MEL), FramePooling()), segment_duration=2.0, sr=8000
        ),
        1e-2,
    ),
    (MFCCSegmenter(segment_duration=0.4, n_mfcc=5, statistics="mean", **MEL), 1e-2),
]


def name_of(value):
    return type(value).__name__ if isinstance(value, BaseEstimator) else str(value)


@pytest.mark.parametrize(("transformer", "tolerance"), TRANSFORMERS, ids=name_of)
def test_a_batch_agrees_with_one_clip_after_the_other(transformer, tolerance, tones):
    clips = tones(4, 1.1, sr=8000)
    clips[1] *= 1e-3
    clips[2, 3000:] = 0.0
    expected = clone(transformer).fit_transform(clips)
    features = transformer._compute_batch(torch.from_numpy(clips))
    assert features.dtype == torch.float32
    assert features.shape == expected.shape
    np.testing.assert_allclose(features.numpy(), expected, rtol=1e-6, atol=tolerance)


def test_silence_agrees():
    silence = np.zeros((2, 8000), np.float32)
    for transformer in (MelSpectrogram(**MEL), ChromaFeatures(**SMALL)):
        features = transformer._compute_batch(torch.from_numpy(silence)).numpy()
        np.testing.assert_allclose(features, transformer.fit_transform(silence), atol=1e-4)


def test_long_batches_are_worked_on_in_blocks(monkeypatch, tones):
    clips = torch.from_numpy(tones(3, 1.0, sr=8000))
    for transformer in (MelSpectrogram(**MEL), ChromaFeatures(tuning=None, **SMALL)):
        expected = transformer._compute_batch(clips)
        with monkeypatch.context() as small:
            small.setattr("skgenre.features.torch_kernels._spectrum._BLOCK", 256 * 3 * 10)
            torch.testing.assert_close(transformer._compute_batch(clips), expected)


@pytest.mark.parametrize("n_jobs", [None, 3])
def test_files_go_through_batches(n_jobs, files, batches, monkeypatch):
    sizes = []

    class Watched(MelSpectrogram):
        def _compute_batch(self, waveforms):
            sizes.append(tuple(waveforms.shape))
            return super()._compute_batch(waveforms)

    expected = np.stack([MelSpectrogram(**MEL).compute(y) for y in load(files)])
    monkeypatch.setattr("skgenre.features._engine.batches._BATCH_SAMPLES", 4 * 8000)
    result = Watched(n_jobs=n_jobs, **MEL).fit_transform(files)
    np.testing.assert_allclose(result, expected, atol=1e-2)
    assert sizes == [(4, 8000), (2, 8000)]


def load(files):
    from skgenre.audio import load_audio

    return [load_audio(path, sr=8000) for path in files]


def test_clips_of_many_lengths_do_not_pile_up(tones, batches, monkeypatch):
    clips = [tones(1, 1.0, sr=8000, seed=k)[0][: 8000 - 400 * (k % 3)] for k in range(7)]
    monkeypatch.setattr("skgenre.features._engine.batches._WAITING_SAMPLES", 20_000)
    sizes = []

    class Watched(Segmenter):
        def _compute_batch(self, waveforms):
            sizes.append(len(waveforms))
            return super()._compute_batch(waveforms)

    parameters = {"segment_duration": 0.3, "sr": 8000}
    result = Watched(MFCC(n_mfcc=5, **MEL), **parameters).fit_transform(clips)
    for features, y in zip(result, clips, strict=True):
        expected = Segmenter(MFCC(n_mfcc=5, **MEL), **parameters).compute(y)
        np.testing.assert_allclose(features, expected, atol=1e-2)
    assert sum(sizes) == 7
    assert len(sizes) > 3  # one batch a length, if all could wait


def test_threads_do_not_decode_far_ahead_of_a_slow_device(tones, batches, monkeypatch):
    """Two threads are four clips ahead each, at the most."""
    monkeypatch.setattr("skgenre.features._engine.batches._BATCH_SAMPLES", 4000)
    clips = tones(40, 0.5, sr=8000)
    loaded = set()
    ahead = []
    read = Clips.__getitem__
    monkeypatch.setattr(Clips, "__getitem__", lambda self, i: loaded.add(i) or read(self, i))

    class Slow(MelSpectrogram):
        def _compute_batch(self, waveforms):
            time.sleep(0.01)
            ahead.append(len(loaded) - len(ahead))
            return super()._compute_batch(waveforms)

    Slow(n_jobs=2, **MEL).fit_transform(list(clips))
    assert len(ahead) == 40
    assert max(ahead) <= 9


def test_short_clips_are_warned_of(tones, batches):
    clips = [clip[:100] for clip in tones(3, 0.1)]
    with pytest.warns(ShortSignalWarning, match="3 of 3 clips are shorter"):
        MelSpectrogram(**MEL).fit_transform(clips)


def counts(memory):
    info = cache_info(memory)
    return info.hits, info.misses, info.entries


def test_the_cache_keeps_each_clip(files, batches, tmp_path):
    mel = MelSpectrogram(memory=tmp_path / "cache", **MEL)
    first = mel.fit_transform(files[:4])
    assert counts(mel.memory) == (0, 4, 4)
    second = mel.fit_transform(files)
    assert counts(mel.memory) == (4, 6, 6)
    np.testing.assert_array_equal(first, second[:4])
    assert not list(Path(mel.memory).rglob("*.claim"))


def test_the_cache_keeps_devices_apart(files, monkeypatch, tmp_path):
    mel = MelSpectrogram(memory=tmp_path / "cache", **MEL)
    mel.fit_transform(files)
    monkeypatch.setattr("skgenre.features._engine.base.find_device", on_cpu_tensors)
    mel.fit_transform(files)
    assert counts(mel.memory) == (0, 12, 12)


def test_the_same_clip_twice_is_computed_once(files, batches, tmp_path):
    mel = MelSpectrogram(memory=tmp_path / "cache", n_jobs=2, **MEL)
    result = mel.fit_transform([files[0]] * 3)
    assert counts(mel.memory) == (2, 1, 1)
    np.testing.assert_array_equal(result[0], result[2])


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_a_failing_clip_leaves_no_claim(n_jobs, files, batches, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_text("no music")
    mel = MelSpectrogram(memory=tmp_path / "cache", n_jobs=n_jobs, **MEL)
    with pytest.raises(AudioDecodeError, match=r"bad\.wav"):
        mel.fit_transform([*files, bad])
    assert mel.fit_transform(files).shape[0] == 6
    assert not list(Path(mel.memory).rglob("*.claim"))


def transform(memory, files, barrier):
    barrier.wait()
    MelSpectrogram(memory=memory, **MEL).fit_transform(files)


def test_two_processes_share_the_work(files, batches, tmp_path):
    torch.set_num_threads(1)  # its threads don't survive a fork
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    arguments = (tmp_path / "cache", files, barrier)
    processes = [context.Process(target=transform, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert counts(tmp_path / "cache") == (6, 6, 6)


def test_results_above_the_limit_are_mapped(files, batches, tmp_path):
    X = MelSpectrogram(memory=tmp_path, max_in_memory=1000, **MEL).fit_transform(files)
    assert isinstance(X, np.memmap)
    np.testing.assert_array_equal(X, MelSpectrogram(**MEL).fit_transform(files))


def test_batches_become_float16(files, batches):
    X = MelSpectrogram(dtype="float16", **MEL).fit_transform(files)
    assert X.dtype == np.float16
    np.testing.assert_array_equal(X, MelSpectrogram(**MEL).fit_transform(files).astype(np.float16))


class Redefined(MelSpectrogram):
    def compute(self, y):
        return 2 * super().compute(y)


class AddOne(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X + 1

    def __sklearn_is_fitted__(self):
        return True


def test_a_class_that_redefines_the_feature_has_no_batches(clips):
    assert has_batches(MelSpectrogram)
    assert has_batches(Segmenter)
    assert not has_batches(Redefined)
    with pytest.raises(ValueError, match=r"Redefined can't compute on device='cuda'.*MFCC"):
        Redefined(device="cuda").fit(clips)
    with pytest.raises(ValueError, match=r"Redefined can't compute on device='cuda'"):
        Segmenter(Redefined(), device="cuda").fit(clips)
    np.testing.assert_array_equal(
        Redefined(device="auto").transform(clips), Redefined().transform(clips)
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="has CUDA")
def test_cuda_without_cuda_is_refused_and_auto_takes_the_cpu(clips):
    with pytest.raises(ValueError, match=r"MFCC has device='cuda', but torch finds no CUDA"):
        MFCC(device="cuda").fit(clips)
    assert find_device(MFCC(device="auto"), [MFCC()]) == "cpu"
    np.testing.assert_array_equal(
        MFCC(device="auto").fit_transform(clips), MFCC().fit_transform(clips)
    )


def test_steps_behind_the_first_run_on_arrays(tones):
    segmenter = Segmenter(make_pipeline(MFCC(n_mfcc=5, **MEL), AddOne()), sr=8000)
    clips = tones(2, 1.0, sr=8000)
    plain = Segmenter(MFCC(n_mfcc=5, **MEL), sr=8000).fit_transform(clips)
    features = segmenter._compute_batch(torch.from_numpy(clips)).numpy()
    np.testing.assert_allclose(features, plain + 1, atol=1e-2)


def test_a_stack_of_different_frames_says_which(tones):
    stack = FeatureStack([MFCC(n_mfcc=5, **MEL), ChromaFeatures(sr=8000, n_fft=256)], sr=8000)
    with pytest.raises(ValueError, match=r"same number of frames, got mfcc 63, chromafeatures 16"):
        stack._compute_batch(torch.from_numpy(tones(2, 1.0, sr=8000)))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("device", ["cuda", "auto"])
@pytest.mark.parametrize(("transformer", "tolerance"), TRANSFORMERS, ids=name_of)
def test_the_gpu_agrees_with_the_cpu(transformer, tolerance, device, tones, tmp_path):
    clips = tones(6, 1.1, sr=8000)
    expected = clone(transformer).set_params(device="cpu").fit_transform(clips)
    on_gpu = clone(transformer).set_params(device=device, memory=tmp_path, n_jobs=2)
    for _ in range(2):  # computed, and read
        X = on_gpu.fit_transform(clips)
        np.testing.assert_allclose(X, expected, rtol=1e-6, atol=tolerance)
    assert counts(tmp_path) == (6, 6, 6)
