import numpy as np
import pytest
import soundfile

# Every format that skgenre promises to read: extension -> what soundfile needs to write it.
FORMATS = {
    "wav": {},
    "aiff": {},
    "au": {},
    "flac": {},
    "ogg": {"format": "OGG", "subtype": "VORBIS"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "mp3": {},
}


def make_sound(duration=1.0, sr=44100, n_channels=1, seed=0):
    """A tone for each channel under a little noise: (n_samples, n_channels) float32."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(duration * sr)) / sr
    tones = [np.sin(2 * np.pi * 220 * (channel + 1) * time) for channel in range(n_channels)]
    noise = 0.02 * rng.standard_normal((len(time), n_channels))
    return (0.3 * np.stack(tones, axis=1) + noise).astype(np.float32)


@pytest.fixture
def write_sound(tmp_path):
    """Write samples to a file of some format and return its path."""

    def write(name, samples=None, sr=44100, **options):
        path = tmp_path / name
        samples = make_sound(sr=sr) if samples is None else samples
        soundfile.write(path, samples, sr, **{**FORMATS.get(path.suffix[1:], {}), **options})
        return path

    return write


@pytest.fixture(params=list(FORMATS))
def extension(request):
    return request.param


@pytest.fixture
def rate(extension):
    """A sampling rate that the format of `extension` can have."""
    return 48000 if extension == "opus" else 44100


@pytest.fixture
def sound():
    return make_sound
