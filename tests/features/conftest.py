import numpy as np
import pytest
import soundfile


def make_tones(n_clips, duration, sr=22050, seed=0):
    """Chords with noise, each at another level."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(duration * sr)) / sr
    clips = []
    for _ in range(n_clips):
        pitches = rng.uniform(80, 2000, 4)
        clip = sum(np.sin(2 * np.pi * pitch * time) / (k + 1) for k, pitch in enumerate(pitches))
        clip += 0.1 * rng.standard_normal(len(time))
        clips.append(clip * rng.uniform(0.001, 0.3))
    return np.stack(clips).astype(np.float32)


@pytest.fixture
def tones():
    return make_tones


@pytest.fixture
def clips():
    """Four clips of 2 s."""
    return make_tones(4, 2.0)


@pytest.fixture
def files(tmp_path):
    """Six files of 1 s at 8 kHz."""
    paths = []
    for number, clip in enumerate(make_tones(6, 1.0, sr=8000)):
        path = tmp_path / "files" / f"{number}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, clip, 8000, subtype="FLOAT")
        paths.append(str(path))
    return paths
