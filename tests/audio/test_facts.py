"""Facts about sound files that need no listening."""

import io

import numpy as np
import pytest
import soundfile

from skgenre.audio._cut_off import average_spectrum, find_cut_off, measure_bandwidth
from skgenre.audio._facts import measure_samples, read_samples
from skgenre.audio._header import read_header
from skgenre.datasets._left_out import why_unreadable
from skgenre.exceptions import AudioDecodeError


def make_noise(sr, seconds=3, slope=0.0):
    """Noise whose amplitude falls with a power of the frequency."""
    noise = np.fft.rfft(np.random.default_rng(0).normal(size=sr * seconds))
    noise /= np.maximum(np.fft.rfftfreq(sr * seconds, 1 / sr), 50) ** slope
    y = np.fft.irfft(noise)
    return (0.2 * y / np.abs(y).max()).astype(np.float32)


def write(y, sr, **options):
    file = io.BytesIO()
    soundfile.write(file, y, sr, **options)
    file.seek(0)
    return file


def encode_and_decode(y, sr, level):
    """Return the samples after MP3, as a WAV file of them has them."""
    mp3 = write(y, sr, format="MP3", compression_level=level, bitrate_mode="CONSTANT")
    return soundfile.read(write(soundfile.read(mp3)[0], sr, format="WAV"), dtype="float32")[0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"format": "WAV"}, ("WAV", "PCM_16")),
        ({"format": "WAV", "subtype": "PCM_24"}, ("WAV", "PCM_24")),
        ({"format": "FLAC"}, ("FLAC", "PCM_16")),
        ({"format": "OGG"}, ("Ogg", "Vorbis")),
        ({"format": "MP3"}, ("MP3", "MP3")),
    ],
)
def test_a_header_names_format_codec_rate_and_channels(options, expected):
    header = read_header(write(np.zeros((22050, 2)), 22050, **options))
    assert (header.format, header.codec) == expected
    assert (header.sampling_rate, header.channels) == (22050, 2)
    assert header.duration == pytest.approx(1.0, abs=0.1)


def test_a_bit_rate_is_known_where_a_lossy_codec_keeps_it():
    y = make_noise(22050)
    constant = write(y, 22050, format="MP3", bitrate_mode="CONSTANT", compression_level=0.6)
    assert read_header(constant).bit_rate == 64
    assert np.isnan(read_header(write(y, 22050, format="FLAC")).bit_rate)
    assert read_header(write(y, 22050, format="OGG")).bit_rate > 0


@pytest.mark.parametrize("head", [b"", b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)], ids=["", "ID3"])
@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_check_of_a_file_keeps_the_header_that_is_read_later(form, head, tmp_path, monkeypatch):
    monkeypatch.setattr("skgenre._unchanged_files._LEAST_AGE", 0)
    content = head + write(make_noise(22050), 22050, format=form).getvalue()
    checked, fresh = (tmp_path / f"{name}.{form.lower()}" for name in ("checked", "fresh"))
    for path in (checked, fresh):
        path.write_bytes(content)
    if why_unreadable(checked) is not None:
        return  # a tag before another format
    kept, expected = read_header(checked), read_header(fresh)
    assert kept is read_header(checked)
    assert repr(kept) == repr(expected)
    checked.write_bytes(write(np.zeros(900), 8000, format="WAV").getvalue())
    assert read_header(checked).sampling_rate == 8000


def test_a_file_that_is_no_sound_is_an_error():
    with pytest.raises(AudioDecodeError):
        read_header(io.BytesIO(b"<html>" * 100))


@pytest.mark.parametrize(("level", "expected"), [(0.0, 20_000), (0.9, 17_000)])
def test_the_low_pass_of_an_mp3_encoder_is_found_after_decoding(level, expected):
    y = encode_and_decode(make_noise(44100, slope=0.5), 44100, level)
    assert find_cut_off(average_spectrum(y), 44100) == pytest.approx(expected, abs=1000)


def test_sound_up_to_half_the_rate_has_no_cut_off():
    for sr in (22050, 44100):
        assert find_cut_off(average_spectrum(make_noise(sr)), sr) == np.inf


def test_quiet_and_dark_music_can_not_tell():
    dark = make_noise(44100, slope=2.0)
    for y in (dark, encode_and_decode(dark, 44100, 0.9), 1e-4 * make_noise(44100), 0 * dark):
        assert np.isnan(find_cut_off(average_spectrum(np.round(y * 32768) / 32768), 44100))


def test_a_tone_is_no_edge():
    time = np.arange(3 * 44100) / 44100
    y = 0.3 * np.sin(2 * np.pi * 9000 * time) + 0.1 * make_noise(44100, slope=1.5)
    quantized = (np.round(y * 32768) / 32768).astype(np.float32)
    assert not np.isfinite(find_cut_off(average_spectrum(quantized), 44100))


def test_level_silence_and_offset_are_measured_on_the_samples():
    y = np.full(10_000, 0.1, np.float32)
    y[::2] = -0.1
    facts = measure_samples(np.concatenate([np.zeros(500, np.float32), y + 0.01]), 1000)
    assert facts.leading_silence == 0.5
    assert facts.dc_offset == pytest.approx(0.01 * 20 / 21)
    assert facts.level == pytest.approx(-20, abs=0.3)
    silent = measure_samples(np.zeros(100, np.float32), 1000)
    assert silent.leading_silence == 0.1
    assert silent.level == -np.inf
    assert np.isnan(silent.bandwidth)


def test_the_bandwidth_is_where_nearly_all_power_is_below():
    white = average_spectrum(make_noise(20_000))
    assert measure_bandwidth(white, 20_000) == pytest.approx(9900, rel=0.02)
    time = np.arange(20_000) / 20_000
    tone = np.sin(2 * np.pi * 1000 * time).astype(np.float32)
    assert measure_bandwidth(average_spectrum(tone), 20_000) == pytest.approx(1000, abs=30)


def test_only_the_beginning_of_a_long_file_is_decoded():
    y = np.concatenate([np.full(1000, 0.5), np.zeros(50_000)]).astype(np.float32)
    assert read_samples(write(y, 1000, format="WAV"), 1.0).level == pytest.approx(-6.0, abs=0.1)
