"""Groups of a folder of music, from names and tags."""

import mutagen
import numpy as np
import pytest
import soundfile

from skgenre.datasets import load_genre_folder
from skgenre.exceptions import SkgenreWarning

NAMES = ["Ann - One", "Ann - Two", "Bo - One"]


@pytest.fixture(params=[".mp3", ".flac", ".ogg", ".wav", ".aiff"])
def extension(request):
    return request.param


@pytest.fixture
def folder(tmp_path, extension):
    for genre in ("jazz", "rock"):
        (tmp_path / genre).mkdir()
        for name in NAMES:
            path = tmp_path / genre / f"{name}{extension}"
            soundfile.write(path, np.full(2000, 0.1), 8000)
            tag(path, name[0] + genre)
    return tmp_path


def tag(path, artist):
    file = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    if path.suffix in (".wav", ".aiff"):
        file.tags.add(mutagen.id3.TPE1(encoding=3, text=[artist]))
    else:
        file.tags["artist"] = [artist]
    file.save()


def test_artists_are_read_from_the_tags(folder):
    music = load_genre_folder(folder, groups="artist")
    assert music.groups.tolist() == ["Ajazz", "Ajazz", "Bjazz", "Arock", "Arock", "Brock"]


@pytest.mark.parametrize("extension", [".wav"], indirect=True)
@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        (r"^(.+?) - ", ["Ann", "Ann", "Bo"] * 2),
        (r"^\w+", ["Ann", "Ann", "Bo"] * 2),
        (r"^(\w+) - (\w)", ["Ann/O", "Ann/T", "Bo/O"] * 2),
    ],
)
def test_a_pattern_is_searched_for_in_the_names(folder, pattern, groups):
    _, _, found = load_genre_folder(folder, groups=pattern, return_X_y_groups=True)
    assert found.tolist() == groups


@pytest.mark.parametrize("extension", [".mp3", ".wav"], indirect=True)
def test_files_without_an_artist_are_named(folder, extension):
    path = folder / "rock" / f"Bo - One{extension}"
    soundfile.write(path, np.full(2000, 0.1), 8000)
    with pytest.raises(ValueError, match=r"1 files have no artist tag: .*Bo - One"):
        load_genre_folder(folder, groups="artist")


@pytest.mark.parametrize("extension", [".wav"], indirect=True)
def test_names_that_do_not_match_are_counted_and_named(folder):
    with pytest.raises(ValueError, match=r"2 file names don't match: .*Bo - One"):
        load_genre_folder(folder, groups="^Ann")


@pytest.mark.parametrize("extension", [".wav"], indirect=True)
@pytest.mark.parametrize("groups", ["(", 3])
def test_what_is_no_pattern_is_refused(folder, groups):
    with pytest.raises(ValueError, match="groups to be None, 'artist' or a regular expression"):
        load_genre_folder(folder, groups=groups)


@pytest.mark.parametrize("extension", [".wav"], indirect=True)
def test_a_genre_with_a_single_clip_is_named(folder):
    for path in sorted((folder / "jazz").iterdir())[1:]:
        path.unlink()
    with pytest.warns(SkgenreWarning, match="There is only one clip of jazz"):
        assert len(load_genre_folder(folder).paths) == 4
