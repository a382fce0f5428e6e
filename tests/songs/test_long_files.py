"""Two hours take no more memory than two minutes."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.features import MelSpectrogram, Segmenter

from .conftest import SR, make_sounds

# The first song stands for what the packages and the model take.
PEAKS = """
import json, pickle, re, sys
from pathlib import Path
from skgenre.songs import predict_timeline

def peak():
    # Not getrusage: a process inherits the peak of the one that started it.
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

model = pickle.loads(Path(sys.argv[1]).read_bytes())
n_clips, peaks = [], []
for song in sys.argv[2:]:
    n_clips.append(len(predict_timeline(model, song)))
    peaks.append(peak())
print(json.dumps({"n_clips": n_clips, "peaks": peaks}))
"""


def write_long(path, n_minutes, rate):
    minute = np.repeat(make_sounds(["noise", "tone"] * 30).ravel(), rate // SR)
    with soundfile.SoundFile(path, "w", rate, 1, subtype="PCM_16") as file:
        for _ in range(n_minutes):
            file.write(minute)
    return path


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc"
)


def measure(model, *songs):
    path = songs[0].with_suffix(".pkl")
    path.write_bytes(pickle.dumps(model))
    result = subprocess.run(
        [sys.executable, "-c", PEAKS, path, *songs], capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)


def make_network(clips):
    segmenter = Segmenter(MelSpectrogram(sr=SR, n_mels=32), sr=SR, segment_duration=1.0)
    network = CNNClassifier(channels=(8, 8), max_epochs=1, random_state=0, device="cpu")
    return make_pipeline(segmenter, SegmentVotingClassifier(network)).fit(*clips)


def test_a_quarter_of_an_hour(pooled, tmp_path):
    short = write_long(tmp_path / "short.wav", 1, 16000)
    long = write_long(tmp_path / "long.wav", 15, 16000)
    answer = measure(pooled, short, long)
    assert answer["n_clips"] == [60, 900]
    # Its waveform alone has 29 MB at 8 kHz, and 58 as it is decoded.
    assert answer["peaks"][1] - answer["peaks"][0] < 25e6


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["table", "network"])
def test_two_hours(kind, pooled, clips, tmp_path):
    model = pooled if kind == "table" else make_network(clips)
    short = write_long(tmp_path / "short.wav", 1, 32000)
    long = write_long(tmp_path / "long.wav", 120, 32000)
    answer = measure(model, short, long)
    assert answer["n_clips"] == [60, 7200]
    assert answer["peaks"][1] - answer["peaks"][0] < 50e6
    if kind == "table":
        # PyTorch and what it loads take more than a third of this on their own.
        assert answer["peaks"][1] < 500e6
