"""A file that comes in pieces has the samples of the whole one, and its errors."""

import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from skgenre.audio import load_audio, stream_audio
from skgenre.exceptions import AudioDecodeError


@pytest.mark.parametrize("n_channels", [1, 2])
def test_pieces_are_the_whole_file(write_sound, sound, extension, rate, n_channels):
    path = write_sound(f"song.{extension}", sound(14.0, sr=rate, n_channels=n_channels), rate)
    for sr in (22050, 16000, rate):
        pieces = list(stream_audio(path, sr=sr))
        assert len(pieces) > 1
        assert {piece.dtype for piece in pieces} == {np.dtype(np.float32)}
        np.testing.assert_allclose(np.concatenate(pieces), load_audio(path, sr=sr), atol=1e-7)


@pytest.mark.parametrize("n_samples", [1, 2, 100, 262144, 262145])
@pytest.mark.parametrize("sr", [8000, 44100, 48000])
def test_files_of_any_length(write_sound, n_samples, sr):
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, n_samples)
    path = write_sound("song.wav", samples, subtype="FLOAT")
    y = np.concatenate(list(stream_audio(path, sr=sr)))
    np.testing.assert_allclose(y, load_audio(path, sr=sr), atol=1e-7)


def test_no_more_than_some_seconds_are_in_memory(tmp_path):
    path = tmp_path / "song.wav"
    with soundfile.SoundFile(path, "w", 44100, 2, subtype="PCM_16") as file:
        for _ in range(20):
            file.write(np.zeros((30 * 44100, 2), np.int16))
    tracemalloc.start()
    try:
        n_samples = sum(len(piece) for piece in stream_audio(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n_samples == 600 * 22050
    assert peak < n_samples  # a quarter of the waveform's bytes


def test_many_channels_are_decoded_in_shorter_blocks(tmp_path):
    path = tmp_path / "song.wav"
    samples = np.random.default_rng(0).integers(-1000, 1000, (20000, 256), dtype=np.int16)
    soundfile.write(path, samples, 22050)
    pieces = list(stream_audio(path))
    assert len(pieces) > 1
    expected = samples.mean(axis=1) / 32768
    np.testing.assert_allclose(np.concatenate(pieces), expected, atol=1e-6)


def test_damage_is_an_error_when_it_is_reached(write_sound, sound):
    path = write_sound("song.flac", sound(30.0))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    path.write_bytes(data)
    pieces = stream_audio(path)
    assert len(next(pieces))
    with pytest.raises(AudioDecodeError, match=r"song\.flac"):
        list(pieces)


def test_a_nan_far_into_the_file_is_an_error(write_sound):
    samples = np.zeros(600_000)
    samples[-5] = np.nan
    path = write_sound("song.wav", samples, subtype="FLOAT")
    with pytest.raises(AudioDecodeError, match=r"song.wav: the file has NaN"):
        list(stream_audio(path))


@pytest.mark.parametrize("name", ["gone.wav", "folder", "empty.wav"])
def test_what_load_audio_refuses_is_refused(name, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioDecodeError) as expected:
        load_audio(tmp_path / name)
    with pytest.raises(AudioDecodeError) as given:
        list(stream_audio(tmp_path / name))
    assert str(given.value) == str(expected.value)


@pytest.mark.parametrize("sr", [0, -1.0, np.inf, "22050", True])
def test_a_bad_rate_is_refused_at_once(sr, write_sound):
    with pytest.raises(ValueError, match="stream_audio needs sr"):
        stream_audio(write_sound("song.wav"), sr=sr)


def test_a_stream_that_is_left_closes_its_file(write_sound, sound):
    path = write_sound("song.wav", sound(20.0))
    pieces = stream_audio(path)
    next(pieces)
    assert path in open_files()
    pieces.close()
    assert path not in open_files()


def open_files():
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("needs /proc to see which files are open")
    found = []
    for link in folder.iterdir():
        with suppress(OSError):  # that of the listing itself
            found.append(link.readlink())
    return found


@pytest.mark.parametrize("rate", [1, 999, 1_000_001, 2**31 - 1])
def test_a_rate_that_no_sound_has_is_taken_for_damage(rate, write_sound):
    """One second at 1 Hz would become six hours."""
    path = write_sound("song.wav")
    data = bytearray(path.read_bytes())
    data[24:28] = rate.to_bytes(4, "little")
    path.write_bytes(data)
    for read in (load_audio, lambda path: list(stream_audio(path))):
        with pytest.raises(AudioDecodeError, match=r"song.wav: its header says .* damaged"):
            read(path)
