"""Damaged files: an error that names the file, or a result; no crash, no hang, no more memory."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from .conftest import make_sounds

# extension: what soundfile needs to write it
FORMATS = {
    "wav": {"subtype": "PCM_16"},
    "flac": {},
    "ogg": {"format": "OGG", "subtype": "VORBIS"},
    "mp3": {},
    "aiff": {"subtype": "PCM_16"},
}
RATE = 16000

# Predicts the files in a folder one after the other, and says what came of each, and how many
# bytes are resident after the first ones and at the end.
PREDICT_ALL = """
import json, os, pickle, sys, warnings
from pathlib import Path
from skgenre.exceptions import AudioDecodeError
from skgenre.songs import predict_song

warnings.simplefilter("ignore")

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

model = pickle.loads(Path(sys.argv[1]).read_bytes())
files = sorted(Path(sys.argv[2]).iterdir())
found, sizes = {}, []
for number, file in enumerate(files):
    try:
        song = predict_song(model, file)
        found[file.name] = float(song.sum())
    except AudioDecodeError as error:
        found[file.name] = str(error)
    sizes.append(resident())
print(json.dumps({"found": found, "sizes": sizes}))
"""


def damage(data, rng):
    """Return a file's bytes with one kind of damage or several."""
    data = bytearray(data)
    kind = rng.integers(5)
    if kind == 0:  # some bytes anywhere
        for place in rng.integers(len(data), size=rng.integers(1, 40)):
            data[place] = rng.integers(256)
    elif kind == 1:  # cut off
        data = data[: rng.integers(len(data))]
    elif kind == 2:  # the header
        for place in rng.integers(min(len(data), 64), size=rng.integers(1, 5)):
            data[place] = rng.integers(256)
    elif kind == 3:  # a number in the header: the largest, the smallest
        place = rng.integers(min(len(data), 64) - 4)
        data[place : place + 4] = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\1", b"\1\0\0\0"][
            rng.integers(4)
        ]
    else:  # a part that is gone, or is there twice
        begin, end = np.sort(rng.integers(len(data), size=2))
        data[begin:end] = b"" if rng.integers(2) else data[begin:end] * 2
    return bytes(data)


def write_damaged(folder, n_files):
    kinds = ["noise", "tone"] * 8
    sound = np.repeat(make_sounds(kinds).ravel(), 2)
    for number in range(n_files):
        extension = list(FORMATS)[number % len(FORMATS)]
        path = folder / f"{number:03d}.{extension}"
        soundfile.write(path, sound, RATE, **FORMATS[extension])
        path.write_bytes(damage(path.read_bytes(), np.random.default_rng(number)))


@pytest.mark.parametrize("n_files", [30, pytest.param(300, marks=pytest.mark.slow)])
def test_damaged_files_give_an_error_or_a_result(n_files, pooled, tmp_path):
    (tmp_path / "songs").mkdir()
    write_damaged(tmp_path / "songs", n_files)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(pooled))
    result = subprocess.run(
        [sys.executable, "-c", PREDICT_ALL, tmp_path / "model.pkl", tmp_path / "songs"],
        capture_output=True,
        text=True,
        timeout=30 + n_files,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert len(answer["found"]) == n_files
    errors = {name: text for name, text in answer["found"].items() if isinstance(text, str)}
    # Neither is all refused, nor nothing noticed.
    assert 0.1 * n_files < len(errors) < 0.95 * n_files
    for name, text in errors.items():
        assert f"/{name}: " in text
    for name in answer["found"].keys() - errors.keys():
        assert answer["found"][name] == pytest.approx(1.0)
    sizes = answer["sizes"]
    assert max(sizes[10:]) < max(sizes[:10]) + 40e6
