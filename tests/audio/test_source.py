"""Files are opened by their content, whatever they are named, and from memory as from a disk."""

import gzip
import io
import tempfile

import numpy as np
import pytest

from skgenre.audio import load_audio, stream_audio
from skgenre.audio._source import open_source
from skgenre.exceptions import AudioDecodeError


@pytest.mark.parametrize(
    "suffix", [".raw", ".pcm", ".au", ".snd", ".gsm", ".vox", ".sd2", ".mp3", ".txt", ".WAV", ""]
)
def test_no_name_keeps_a_good_file_from_being_read(write_sound, extension, rate, sound, suffix):
    path = write_sound(f"song.{extension}", sound(sr=rate), rate)
    expected = load_audio(path)
    renamed = path.rename(path.with_name(f"renamed{suffix}"))
    np.testing.assert_array_equal(load_audio(renamed), expected)
    np.testing.assert_allclose(np.concatenate(list(stream_audio(renamed))), expected, atol=1e-6)


def open_in_memory(path):
    return io.BytesIO(path.read_bytes())


def open_spooled(path):
    file = tempfile.SpooledTemporaryFile()  # noqa: SIM115
    file.write(path.read_bytes())
    return file


def open_compressed(path):
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return gzip.open(packed, "rb")


@pytest.mark.parametrize(
    "open_file",
    [open_in_memory, lambda path: path.open("rb"), open_spooled, open_compressed],
    ids=["BytesIO", "open", "spooled", "gzip"],
)
@pytest.mark.parametrize("duration", [None, 0.3])
def test_open_files_are_read_as_their_paths(write_sound, extension, rate, open_file, duration):
    path = write_sound(f"song.{extension}", sr=rate)
    expected = load_audio(path, duration=duration)
    with open_file(path) as file:
        file.seek(7)
        np.testing.assert_array_equal(load_audio(file, duration=duration), expected)
        assert file.tell() == 7
        if duration is None:
            y = np.concatenate(list(stream_audio(file)))
            np.testing.assert_allclose(y, expected, atol=1e-6)
            assert file.tell() == 7


def test_bad_open_files(write_sound):
    with pytest.raises(AudioDecodeError, match="<BytesIO>: the file is empty"):
        load_audio(io.BytesIO())
    with pytest.raises(AudioDecodeError, match="<BytesIO>: no audio in a known format"):
        load_audio(io.BytesIO(b"not a song" * 100))
    with pytest.raises(TypeError, match="mode 'rb'"):
        load_audio(io.StringIO("not a song"))
    path = write_sound("song.wav")
    file = path.open("rb")
    file.close()
    with pytest.raises(AudioDecodeError) as caught:
        load_audio(file)
    assert str(caught.value).startswith(f"{path}: ")
    with pytest.raises(TypeError, match="object of type int"):
        load_audio(3)


class Failing(io.BytesIO):
    """A file on a network that breaks off while it is read."""

    n_reads = 0

    def read(self, size=-1):
        self.n_reads += 1
        if self.n_reads > 30:
            raise self.error
        return super().read(size)


@pytest.mark.parametrize(
    ("error", "raised"),
    [(OSError("no route"), AudioDecodeError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_what_goes_wrong_while_reading_is_raised(write_sound, sound, capfd, error, raised):
    """libsndfile's callbacks would print it and go on."""
    file = Failing(write_sound("song.mp3", sound(20.0)).read_bytes())
    file.error = error
    with pytest.raises(raised, match="no route" if raised is AudioDecodeError else ""):
        load_audio(file)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_became_a_pipe_or_vanished(tmp_path):
    with pytest.raises(AudioDecodeError, match="no such file"), open_source(tmp_path / "a.wav"):
        pass
