"""Nothing that libsndfile and its decoders print reaches the program's output."""

import ctypes
import subprocess
import sys
import threading

import numpy as np
import pytest

from skgenre.audio import load_audio
from skgenre.audio._quiet import can_be_quiet, quiet
from skgenre.exceptions import AudioDecodeError

pytestmark = pytest.mark.skipif(not can_be_quiet(), reason="the C library's streams are constants")

READ = """
import sys
from skgenre.audio import load_audio, stream_audio
for path in sys.argv[1:]:
    for read in (load_audio, lambda path: list(stream_audio(path))):
        try:
            read(path)
        except ValueError:
            pass
print("done")
"""


@pytest.fixture
def noisy_files(write_sound, sound):
    """Files at which libsndfile 1.2 prints, on standard output or error."""
    sds = write_sound("cut.sds", sound(1.0, 8000), 8000, format="SDS", subtype="PCM_16")
    sds.write_bytes(sds.read_bytes()[:-70])
    mp3 = write_sound("damaged.mp3", sound(2.0))
    data = bytearray(mp3.read_bytes())
    rng = np.random.default_rng(0)
    for place in rng.integers(2000, len(data), 300):
        data[place] = rng.integers(256)
    mp3.write_bytes(data)
    bare = write_sound("bare.mp3", sound(2.0))
    bare.write_bytes(bare.read_bytes()[5000:] + b"<html>" * 1000)
    return [sds, mp3, bare]


def test_libsndfile_prints_at_these_files(noisy_files):
    """Otherwise the next test would show nothing."""
    for path in noisy_files:
        code = f"import soundfile; soundfile.read({str(path)!r})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        if done.stdout or b"libmpg123" in done.stderr:
            return
    pytest.fail("libsndfile says nothing")


def test_nothing_is_printed(noisy_files):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, *noisy_files], capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"done\n", b"")


def test_the_program_s_own_output_is_kept(capfd, write_sound, sound):
    """Of all threads, while files are decoded in others."""
    path = write_sound("song.mp3", sound(5.0))
    threads = [threading.Thread(target=load_audio, args=(path,)) for _ in range(4)]
    lines = [f"line {number}\n" for number in range(2000)]
    for thread in threads:
        thread.start()
    for number, line in enumerate(lines):
        print(line, end="", file=(sys.stdout, sys.stderr)[number % 2])
    for thread in threads:
        thread.join()
    out, err = capfd.readouterr()
    assert out == "".join(lines[::2])
    assert err == "".join(lines[1::2])


def test_c_code_prints_again_afterwards(capfd, write_sound):
    library = ctypes.CDLL(None)
    with pytest.raises(AudioDecodeError):
        load_audio(write_sound("none.wav", np.zeros((0, 1))))
    with quiet():
        with quiet():
            library.puts(b"inner")
        library.puts(b"outer")
        library.fflush(None)
    library.puts(b"afterwards")
    library.fflush(None)
    assert capfd.readouterr().out == "afterwards\n"
