"""Lists of MP3 files that are longer than the number of files."""

from ..jobs._mp3_music import make_mp3s

N_FILES = 1000


def list_mp3s(n_clips: int) -> list[str]:
    """Return paths of MP3 files of 30 s, each as often as needed."""
    paths = make_mp3s(min(N_FILES, n_clips)).paths
    return [paths[number % len(paths)] for number in range(n_clips)]
