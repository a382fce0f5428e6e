import numpy as np
import pytest
import soundfile

from skgenre.datasets import make_genre_music

GTZAN_GENRES = (
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
)


def write_gtzan(root, extension, numbers=(0, 1)):
    """Write short noises in GTZAN's layout."""
    rng = np.random.default_rng(0)
    for genre in GTZAN_GENRES:
        (root / genre).mkdir(parents=True)
        for number in numbers:
            path = root / genre / f"{genre}.{number:05d}{extension}"
            soundfile.write(path, rng.uniform(-0.5, 0.5, 800), 8000)
    return root


@pytest.fixture(params=[("genres", ".au"), ("genres_original", ".wav")], ids=lambda it: it[0])
def gtzan(request, tmp_path):
    """A miniature of the collection in both of its layouts: the folder of the genres."""
    folder, extension = request.param
    return write_gtzan(tmp_path / folder, extension)


@pytest.fixture(scope="session")
def songs(tmp_path_factory):
    """Paths of ten pieces of music, and their common rate."""
    music = make_genre_music(10, duration=6.0, random_state=1, to=tmp_path_factory.mktemp("songs"))
    return music.paths
