"""All genres of FMA's tracks: their names and their tree."""

import csv

import numpy as np
import pandas as pd
import pytest
import soundfile

from skgenre.datasets import load_fma
from skgenre.exceptions import SkgenreWarning

# track, subset, split, top genre, all genres, artist
TRACKS = [
    (5, "small", "training", "Rock", "[12, 25]", 7),
    (10, "small", "training", "Rock", "[25]", 8),
    (20, "small", "validation", "", "[12, 15]", 9),
    (30, "small", "test", "Folk", "[17]", 7),
    (40, "small", "test", "Folk", "[]", 10),
    (50, "small", "training", "Folk", "[17, 90, 15]", 11),
]
# Genres 90 and 91 have one name; nobody has 91, and 25 is below 12.
GENRES = (
    "genre_id,#tracks,parent,title,top_level\n12,3,0,Rock,12\n15,2,0,Electronic,15\n"
    "17,2,0,Folk,17\n25,2,12,Punk,12\n90,1,17,Sound,17\n91,0,25,Sound,12\n"
)


@pytest.fixture
def fma(tmp_path):
    """A miniature of the data set in its real format."""
    folder = tmp_path / "fma_metadata"
    folder.mkdir()
    with (folder / "tracks.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "artist", "set", "set", "track", "track", "track"])
        writer.writerow(["", "id", "split", "subset", "genre_top", "genres", "genres_all"])
        writer.writerow(["track_id", *[""] * 6])
        for track, subset, split, genre, genres, artist in TRACKS:
            writer.writerow([track, artist, split, subset, genre, genres, genres])
    (folder / "genres.csv").write_text(GENRES)
    (tmp_path / "fma_small" / "000").mkdir(parents=True)
    for track, *_ in TRACKS:
        file = tmp_path / "fma_small" / "000" / f"{track:06d}.mp3"
        soundfile.write(file, np.zeros(2000), 8000)
    return tmp_path


@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_all_genres_of_a_track_and_those_above_them(fma):
    music = load_fma(fma, labels="all")
    names = ["Electronic", "Folk", "Punk", "Rock", "Sound (90)"]
    assert music.target.columns.tolist() == music.target_names.tolist() == names
    assert music.track_ids.tolist() == [5, 10, 20, 30, 50]
    assert music.target.to_numpy().tolist() == [
        [0, 0, 1, 1, 0],
        [0, 0, 1, 1, 0],
        [1, 0, 0, 1, 0],
        [0, 1, 0, 0, 0],
        [1, 1, 0, 0, 1],
    ]
    assert music.hierarchy == {"Punk": "Rock", "Sound (90)": "Folk"}
    assert music.without_genre == [40]
    # A parent has every clip of its child.
    for child, parent in music.hierarchy.items():
        assert (music.target[parent] >= music.target[child]).all()
    assert "without a genre" in music.DESCR
    assert "Electronic 2, Folk 2, Punk 2, Rock 3" in music.DESCR


@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_artists_in_two_parts_are_counted(fma):
    music = load_fma(fma, labels="all")
    assert music.shared_groups == {
        "training and validation": 0,
        "training and test": 1,
        "validation and test": 0,
    }
    assert "1 in both training and test" in music.DESCR


def test_the_top_genre_needs_no_table_of_genres(fma):
    (fma / "fma_metadata" / "genres.csv").unlink()
    music = load_fma(fma)
    assert music.target.tolist() == ["Rock", "Rock", "Folk", "Folk", "Folk"]
    assert "hierarchy" not in music
    assert music.without_genre == [20]
    with pytest.raises(FileNotFoundError, match=r"genres\.csv: .*labels='all'.*fetch_fma_metadata"):
        load_fma(fma, labels="all")
    with pytest.raises(ValueError, match="'top' or 'all', got 'both'"):
        load_fma(fma, labels="both")


@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_files_that_are_left_out_take_their_genres_with_them(fma):
    (fma / "fma_small" / "000" / "000050.mp3").write_bytes(b"")
    (fma / "fma_small" / "000" / "000005.mp3").unlink()
    with pytest.warns(SkgenreWarning):
        music = load_fma(fma, labels="all")
    assert music.missing == [5]
    assert music.target.columns.tolist() == ["Electronic", "Folk", "Punk", "Rock"]
    assert len(music.target) == len(music.paths) == len(music.groups) == 3
    assert music.hierarchy == {"Punk": "Rock"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("genre_id,title\n1,Rock\n", "it lacks parent"),
        ("genre_id,parent,title\n12,0,Rock\n12,0,Pop\n", "its own number"),
        ("genre_id,parent,title\n12,x,Rock\n", "the number of its parent"),
        ("genre_id,parent,title\n12,3,Rock\n", "there is no genre 3, a parent"),
        ("genre_id,parent,title\n12,25,Rock\n25,12,Punk\n", "is above itself"),
        ("genre_id,parent,title\n12,0,Rock\n", r"track 5 has the genre 25.*not in genres\.csv"),
        ("", "is damaged"),
    ],
)
def test_another_table_of_genres_is_refused(fma, text, words):
    (fma / "fma_metadata" / "genres.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        load_fma(fma, labels="all")


@pytest.mark.parametrize("cell", ["12, 25", "[12, x]", '{"a": 1}', "[true]"])
def test_genres_that_are_no_list_of_numbers(fma, cell):
    file = fma / "fma_metadata" / "tracks.csv"
    lines = file.read_text().splitlines()
    table = list(csv.reader(lines))
    table[3][-1] = cell
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows(table)
    with pytest.raises(ValueError, match="track 5 have to be a list of numbers"):
        load_fma(fma, labels="all")


@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_a_byte_order_mark_in_the_table_of_genres(fma):
    (fma / "fma_metadata" / "genres.csv").write_text("\ufeff" + GENRES, encoding="utf-8")
    assert isinstance(load_fma(fma, labels="all").target, pd.DataFrame)
