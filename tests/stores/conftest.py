import numpy as np
import pytest
import soundfile

SR = 8000
N_CLIPS = 22
# A clip that the feature `deadly` doesn't survive has this level.
DEADLY = 0.95


@pytest.fixture(scope="session")
def sounds(tmp_path_factory):
    """22 short files of noise: the paths, as text."""
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    paths = []
    for number in range(N_CLIPS):
        path = folder / f"clip-{number:02}.wav"
        soundfile.write(path, rng.uniform(-0.3, 0.3, SR // 2 + 100 * number), SR)
        paths.append(str(path))
    return paths


@pytest.fixture
def bad_sound(tmp_path):
    """A file that can't be read."""
    path = tmp_path / "bad.wav"
    path.write_bytes(b"")
    return str(path)
