import os
import struct
import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from skgenre.audio import load_audio
from skgenre.audio._formats import AUDIO_EXTENSIONS
from skgenre.exceptions import AudioDecodeError


@pytest.mark.parametrize("sr", [22050, 16000, 48000])
def test_every_format_is_decoded_as_librosa_does(write_sound, sound, extension, rate, sr):
    path = write_sound(f"song.{extension}", sound(sr=rate, n_channels=2), rate)
    expected, _ = librosa.load(path, sr=sr, res_type="soxr_hq")
    y = load_audio(path, sr=sr)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, expected, atol=1e-6)


def test_long_files_are_decoded_as_librosa_does(write_sound, sound, extension, rate):
    """Longer than the block that is decoded at a time."""
    path = write_sound(f"song.{extension}", sound(14.0, sr=rate, n_channels=2), rate)
    expected, _ = librosa.load(path, sr=8000, res_type="soxr_hq")
    np.testing.assert_allclose(load_audio(path, sr=8000), expected, atol=1e-6)


def test_the_tone_keeps_its_pitch_and_level(write_sound):
    time = np.arange(44100) / 44100
    path = write_sound("tone.wav", 0.5 * np.sin(2 * np.pi * 1000 * time), subtype="FLOAT")
    y = load_audio(path, sr=22050)
    spectrum = np.abs(np.fft.rfft(y)) / (len(y) / 2)
    assert spectrum.argmax() == 1000
    assert spectrum.max() == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("extension", ["wav", "aiff", "au", "flac"])
def test_samples_of_16_bits_are_those_of_libsndfile(write_sound, extension):
    """They are read as integers; every step of 1/32,768 is a float."""
    samples = np.linspace(-1, 1 - 2**-15, 1 << 16)
    path = write_sound(f"steps.{extension}", samples, subtype="PCM_16")
    expected, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_array_equal(load_audio(path, sr=44100), expected)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 8])
def test_channels_are_averaged(write_sound, sound, n_channels):
    samples = sound(n_channels=n_channels)
    path = write_sound("song.wav", samples, subtype="FLOAT")
    expected = samples.astype(np.float64).mean(axis=1)
    np.testing.assert_allclose(load_audio(path, sr=44100), expected, atol=1e-7)


@pytest.mark.parametrize("file_sr", [8000, 11025, 22050, 32000, 96000, 192000])
def test_any_rate_is_resampled(write_sound, sound, file_sr):
    y = load_audio(write_sound("song.wav", sound(1.0, sr=file_sr), file_sr), sr=22050)
    assert y.shape == (22050,)
    frequencies = np.fft.rfftfreq(len(y), 1 / 22050)
    assert frequencies[np.abs(np.fft.rfft(y)).argmax()] == pytest.approx(220, abs=1)


@pytest.mark.parametrize(
    ("subtype", "tolerance"),
    [("PCM_U8", 2**-7), ("PCM_16", 2**-15), ("PCM_24", 2**-23), ("PCM_32", 1e-7), ("DOUBLE", 0)],
)
def test_any_sample_width_is_scaled_to_one(write_sound, sound, subtype, tolerance):
    samples = sound()
    y = load_audio(write_sound("song.wav", samples, subtype=subtype), sr=44100)
    np.testing.assert_allclose(y, samples[:, 0], atol=tolerance)


def test_duration_gives_the_samples_that_the_whole_file_has(write_sound, sound, extension, rate):
    """The filter of the resampler must not see where decoding stopped."""
    path = write_sound(f"song.{extension}", sound(3.0, sr=rate, n_channels=2), rate)
    for sr in (22050, 16000, rate):
        whole = load_audio(path, sr=sr)
        np.testing.assert_array_equal(
            load_audio(path, sr=sr, duration=1.3), whole[: round(1.3 * sr)]
        )


@pytest.mark.parametrize(("file_sr", "sr"), [(8000, 44100), (192000, 8000), (44100, 44056)])
def test_duration_and_far_rates(write_sound, sound, file_sr, sr):
    path = write_sound("song.wav", sound(4.0, sr=file_sr), file_sr)
    whole = load_audio(path, sr=sr)
    np.testing.assert_array_equal(load_audio(path, sr=sr, duration=0.7), whole[: round(0.7 * sr)])


def test_duration_pads_a_short_file_with_zeros(write_sound):
    path = write_sound("song.wav")
    y = load_audio(path, sr=22050, duration=1.5)
    assert y.shape == (33075,)
    np.testing.assert_array_equal(y[:22050], load_audio(path, sr=22050))
    assert not y[22050:].any()


def test_duration_decodes_no_more_than_needed(write_sound, sound):
    """A FLAC file cut behind the wanted part: only who decodes on notices."""
    path = write_sound("song.flac", sound(20.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert load_audio(path, duration=2.0).shape == (44100,)
    with pytest.raises(AudioDecodeError, match="cut off"):
        load_audio(path)


def test_a_silent_file_is_zeros(write_sound, extension, rate):
    y = load_audio(write_sound(f"silence.{extension}", np.zeros((rate, 2)), rate))
    assert len(y) == 22050
    np.testing.assert_allclose(y, 0.0, atol=1e-6)


@pytest.mark.parametrize("extension", ["wav", "flac", "aiff", "au"], indirect=True)
@pytest.mark.parametrize("sr", [22050, 44100, 192000])
def test_a_file_of_one_sample(write_sound, extension, sr):
    y = load_audio(write_sound(f"click.{extension}", np.full((1, 1), 0.5)), sr=sr)
    assert len(y) == int(np.ceil(sr / 44100))
    assert np.isfinite(y).all()


def test_paths_of_any_kind_and_name(write_sound):
    path = write_sound("Björk - 'Jóga' (live) #1.wav")
    np.testing.assert_array_equal(load_audio(str(path)), load_audio(path))


def test_the_content_counts_not_the_name(write_sound, sound):
    path = write_sound("song.wav", sound(), format="WAV")
    renamed = path.rename(path.with_suffix(".mp3"))
    assert load_audio(renamed).shape == (22050,)


@pytest.mark.parametrize("extension", AUDIO_EXTENSIONS)
def test_named_extensions_are_read(tmp_path, sound, extension):
    name = {
        ".aif": "AIFF",
        ".aifc": "AIFF",
        ".aiff": "AIFF",
        ".au": "AU",
        ".flac": "FLAC",
        ".mp3": "MP3",
        ".snd": "AU",
        ".wav": "WAV",
        ".wave": "WAV",
    }.get(extension, "OGG")
    path = tmp_path / f"song{extension}"
    soundfile.write(path, sound(), 44100, format=name)
    assert load_audio(path).shape == (22050,)


@pytest.mark.parametrize("argument", ["sr", "duration"])
@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "22050", True])
def test_bad_arguments(write_sound, argument, value):
    with pytest.raises(ValueError, match=f"{argument} to be a positive number"):
        load_audio(write_sound("song.wav"), **{argument: value})


def test_a_duration_below_one_sample(write_sound):
    with pytest.raises(ValueError, match="less than one sample"):
        load_audio(write_sound("song.wav"), sr=22050, duration=1e-6)


def error_of(path):
    """The one error that reading a bad file gives; it names the file and fits one line."""
    with pytest.raises(AudioDecodeError) as caught:
        load_audio(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert caught.value.path == str(path)
    return message


def test_a_missing_file(tmp_path):
    assert "no such file." in error_of(tmp_path / "missing.wav")
    assert f"the current folder is {Path.cwd()}" in error_of(Path("missing.wav"))


def test_a_folder(tmp_path):
    assert "load_genre_folder" in error_of(tmp_path)


def test_an_empty_file(tmp_path):
    path = tmp_path / "empty.flac"
    path.touch()
    assert "empty (0 bytes)" in error_of(path)


def test_no_regular_file(tmp_path):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    assert "not a regular file" in error_of(path)


@pytest.mark.parametrize("extension", [*AUDIO_EXTENSIONS, ".txt", ".raw", ".vox", ".jpg", ""])
@pytest.mark.parametrize(
    "content", [b"not a song\n" * 500, bytes(5000), b"\x89PNG\r\n" + bytes(100), b"a"]
)
def test_other_files(tmp_path, extension, content):
    path = tmp_path / f"song{extension}"
    path.write_bytes(content)
    message = error_of(path)
    assert "FLAC" in message
    assert ("its name says" in message) == (extension in AUDIO_EXTENSIONS)


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("song.m4a", b"\0\0\0\x20ftypM4A ", "MPEG-4"),
        ("song.mp3", b"\0\0\0\x20ftypmp42", "MPEG-4"),
        ("song.wma", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "WMA"),
        ("song.aac", b"\xff\xf1\x50\x80", "AAC"),
        ("song.webm", b"\x1a\x45\xdf\xa3", "WebM"),
    ],
)
def test_foreign_formats_are_named_with_the_cure(tmp_path, name, head, expected):
    path = tmp_path / name
    path.write_bytes(head + bytes(3000))
    message = error_of(path)
    assert expected in message
    assert f"ffmpeg -i '{name}' 'song.flac'" in message


@pytest.mark.parametrize("extension", ["wav", "aiff", "au"], indirect=True)
def test_a_file_without_samples(write_sound, extension):
    assert "no samples" in error_of(write_sound(f"none.{extension}", np.zeros((0, 1))))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channel", [0, 1])
def test_samples_that_are_no_numbers(write_sound, sound, value, channel):
    samples = sound(n_channels=2)
    samples[30_000, channel] = value
    path = write_sound("song.wav", samples, subtype="FLOAT")
    assert "NaN or infinite" in error_of(path)
    # What duration leaves out is not read.
    assert np.isfinite(load_audio(path, duration=0.1)).all()


def test_a_damaged_header(write_sound):
    path = write_sound("song.flac")
    data = bytearray(path.read_bytes())
    data[4:42] = bytes(38)
    path.write_bytes(data)
    assert "damaged" in error_of(path)


def test_a_flac_file_of_unknown_length(write_sound):
    """As written to a pipe: the 36 bits that count samples are zero."""
    path = write_sound("stream.flac")
    data = bytearray(path.read_bytes())
    assert struct.unpack(">I", data[22:26])[0] == 44100
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert "ffmpeg -i 'stream.flac'" in error_of(path)


def test_errors_cross_process_borders(tmp_path):
    """As those of joblib's workers do."""
    import pickle

    with pytest.raises(AudioDecodeError) as caught:
        load_audio(tmp_path / "missing.wav")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.path == caught.value.path


def test_nothing_but_the_error_is_printed(write_sound, sound):
    """The MP3 decoder's notes on a file that is no MP3, or half of one, don't reach the user."""
    cut = write_sound("cut.mp3", sound(5.0))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    text = cut.with_name("text.mp3")
    text.write_text("not a song\n" * 5000)
    script = (
        "import sys\n"
        "from skgenre.audio import load_audio\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n"
        "        load_audio(path)\n"
        "    except ValueError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, cut, text], capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == ""
