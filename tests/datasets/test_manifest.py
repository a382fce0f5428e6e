"""A table of tracks: its columns, its files, and everything that can be wrong with it."""

import os
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from skgenre.datasets import _manifest_table, load_manifest
from skgenre.exceptions import SkgenreWarning

pytestmark = pytest.mark.filterwarnings("ignore:There is only one clip of")
TRACKS = [("a.wav", "rock"), ("b.wav", "rock"), ("c.wav", "jazz"), ("d.wav", "jazz")]


@pytest.fixture
def folder(tmp_path):
    """Four sound files of two genres, in the folder of the genre."""
    for name, genre in TRACKS:
        (tmp_path / genre).mkdir(exist_ok=True)
        soundfile.write(tmp_path / genre / name, np.zeros(100), 8000)
    return tmp_path


def write(folder, text, encoding="utf-8"):
    path = folder / "tracks.csv"
    path.write_bytes(text.encode(encoding))
    return path


def table(**columns):
    names, genres = zip(*TRACKS, strict=True)
    return pd.DataFrame({"file": names, "genre": genres} | columns)


def names_of(music):
    return [Path(path).name for path in music.paths]


def test_the_usual_columns_are_found_and_said(folder):
    path = write(
        folder,
        "File Name,Top_Genre,Artist ID,Album,Set\n"
        "a.wav,rock,007,x,train\nb.wav,rock,7,y,test\nc.wav,jazz,8,z,train\nd.wav,jazz,8,w,test\n",
    )
    music = load_manifest(path)
    assert names_of(music) == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert all(Path(file).is_file() for file in music.paths)
    assert music.target.tolist() == ["rock", "rock", "jazz", "jazz"]
    assert music.target_names.tolist() == ["jazz", "rock"]
    # An identifier is no number, and artists keep the albums together.
    assert music.groups.tolist() == ["007", "7", "8", "8"]
    assert music.split.tolist() == ["train", "test", "train", "test"]
    assert music.notes == [
        "files from the column 'File Name'",
        "genres from 'Top_Genre'",
        "groups from 'Artist ID'",
        "the split from 'Set'",
        f"4 files from {folder / '<genre>'}",
    ]
    assert music.frame["Album"].tolist() == ["x", "y", "z", "w"]
    assert music.missing == music.unreadable == []
    assert "4 files of 2 genres" in music.DESCR


def test_a_table_without_groups_and_split(folder):
    music = load_manifest(table(), root=folder)
    assert music.groups.tolist() == [0, 1, 2, 3]
    assert music.split is None
    paths, target, groups = load_manifest(table(), root=folder, return_X_y_groups=True)
    assert len(paths) == len(target) == len(groups) == 4


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_separators_and_a_byte_order_mark(folder, separator, bom):
    lines = ["file,genre,title", 'a.wav,rock,"one, two; three"', "c.wav,jazz,none"]
    text = "\r\n".join(line.replace(",", separator) for line in lines)
    music = load_manifest(write(folder, bom + text))
    assert names_of(music) == ["a.wav", "c.wav"]


def test_excel_names_the_separator_in_the_first_line(folder):
    music = load_manifest(write(folder, "sep=;\nfile;genre\na.wav;rock\nc.wav;jazz\n"))
    assert names_of(music) == ["a.wav", "c.wav"]


def test_text_that_pandas_takes_for_missing_is_a_name(folder):
    text = "file,genre,artist\na.wav,rock,None\nc.wav,jazz,NA\n"
    assert load_manifest(write(folder, text)).groups.tolist() == ["None", "NA"]


def test_a_parquet_file(folder):
    pytest.importorskip("pyarrow")
    table(artist=[1, 1, 2, 2]).to_parquet(folder / "tracks.parquet")
    music = load_manifest(folder / "tracks.parquet")
    assert music.groups.tolist() == ["1", "1", "2", "2"]
    (folder / "cut.parquet").write_bytes((folder / "tracks.parquet").read_bytes()[:200])
    with pytest.raises(ValueError, match=r"cut\.parquet: the Parquet file is damaged"):
        load_manifest(folder / "cut.parquet")


def test_a_dataframe_keeps_its_index_and_numbers_become_names(folder):
    tracks = table(artist=[1, None, 2, 2], year=[2001, 2002, 2003, 2004])
    tracks.index = [10, 20, 30, 40]
    music = load_manifest(tracks.drop(index=20), root=folder)
    assert music.groups.tolist() == ["1", "2", "2"]
    assert music.frame.index.tolist() == [10, 30, 40]


def test_columns_by_name(folder):
    tracks = table().rename(columns={"file": "clip", "genre": "style"})
    music = load_manifest(tracks, path="clip", genre="style", group="style", root=folder)
    assert music.groups.tolist() == ["rock", "rock", "jazz", "jazz"]


def test_albums_by_several_artists_make_the_group_ambiguous(folder):
    mixed = table(artist=list("xyxz"), album=list("1122"))
    with pytest.raises(ValueError, match=r"'artist' and 'album' could each .* with group="):
        load_manifest(mixed, root=folder)
    assert load_manifest(mixed, group="album", root=folder).groups.tolist() == list("1122")
    music = load_manifest(mixed, group=False, root=folder)
    assert music.groups.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        (
            {"genre": None},
            {},
            r"no column has a usual name for the genre .*top_genre.* with genre=.*'file'",
        ),
        ({"file": None}, {}, r"no column has a usual name for the path .* with path="),
        ({"label": list("abcd")}, {}, r"'genre' and 'label' could each be the genre .* genre="),
        ({"path": list("abcd")}, {}, r"'path' and 'file' could each be the path .* path="),
        ({"set": 1, "fold": 2}, {}, r"'set' and 'fold' could each be the split.*or give split=F"),
        ({}, {"genre": "gemre"}, r"no column 'gemre' for genre=\. Did you mean 'genre'\?"),
        ({}, {"group": "a", "split": "b"}, r"no column 'a' for group=.*; .*'b' for split="),
    ],
)
def test_columns_that_are_missing_or_ambiguous_are_refused(folder, change, arguments, words):
    tracks = table(**{name: value for name, value in change.items() if value is not None})
    tracks = tracks.drop(columns=[name for name, value in change.items() if value is None])
    with pytest.raises(ValueError, match=words):
        load_manifest(tracks, root=folder, **arguments)


def test_all_faults_of_the_rows_are_in_one_error(folder):
    tracks = table(artist=["x", "x", None, "y"])
    tracks.loc[3, "genre"] = " "
    tracks = pd.concat([tracks, tracks[:1], table()[2:3].assign(file="gone.wav", artist="z")])
    with pytest.raises(ValueError, match="without the header") as raised:
        load_manifest(tracks, root=folder)
    text = str(raised.value)
    assert "1 row without a genre in the column 'genre': row 4." in text
    assert (
        "1 row without a group in the column 'artist': row 3. Fill them in, or give group=" in text
    )
    assert "2 of 6 files are missing: row 4: d.wav (no such file); row 6: gone.wav" in text
    assert "on_missing='drop'" in text
    assert "1 file is listed more than once: a.wav (rows 1, 5)" in text


def test_only_the_first_of_many_are_named(folder):
    lost = pd.DataFrame({"file": [f"{n}.wav" for n in range(96)], "genre": "rock"})
    tracks = pd.concat([table(), lost])
    with pytest.raises(ValueError, match="96 of 100 files are missing") as raised:
        load_manifest(tracks, root=folder)
    assert "row 14: 9.wav (no such file); and 86 more." in str(raised.value)
    assert "row 15" not in str(raised.value)


def test_missing_files_are_left_out_with_all_that_belongs_to_them(folder):
    (folder / "rock" / "b.wav").unlink()
    tracks = table(artist=list("wxyz"), split=["train", "valid", "train", "test"])
    with pytest.warns(SkgenreWarning, match="1 file of the table is missing and was left out"):
        music = load_manifest(tracks, root=folder, on_missing="drop")
    assert names_of(music) == ["a.wav", "c.wav", "d.wav"]
    assert music.target.tolist() == ["rock", "jazz", "jazz"]
    assert music.groups.tolist() == list("wyz")
    assert music.split.tolist() == ["train", "train", "test"]
    assert music.frame["artist"].tolist() == list("wyz")
    assert music.missing == [("b.wav", "row 2: no such file")]


def test_a_table_of_other_folders_says_where_it_looked(folder, tmp_path):
    with pytest.raises(ValueError, match=r"4 of 4 files are missing.*another folder with root="):
        load_manifest(table(), root=folder / "rock" / "..", on_missing="drop", genre="file")
    with pytest.raises(FileNotFoundError, match=r"no such folder for root="):
        load_manifest(table(), root=tmp_path / "nowhere")


def test_unreadable_files_are_left_out_and_listed(folder):
    (folder / "rock" / "b.wav").write_bytes(b"")
    with pytest.warns(SkgenreWarning) as seen:
        music = load_manifest(table(), root=folder)
    assert "1 sound file can't be read and was left out" in str(seen[0].message)
    assert {warning.filename for warning in seen} == {__file__}
    assert music.unreadable == [(str(folder / "rock" / "b.wav"), "empty file")]
    assert len(music.paths) == len(music.target) == len(music.frame) == 3
    (folder / "rock" / "a.wav").write_bytes(b"")
    with pytest.raises(ValueError, match="no file of the genre 'rock' can be read"):
        load_manifest(table(), root=folder)


def test_a_file_in_both_folders_is_ambiguous(folder):
    soundfile.write(folder / "a.wav", np.ones(100) / 2, 8000)
    with pytest.raises(ValueError, match=r"1 path with a file in two folders: row 1: .*a\.wav and"):
        load_manifest(table(), root=folder)
    (folder / "a.wav").unlink()
    if hasattr(os, "link"):
        os.link(folder / "rock" / "a.wav", folder / "a.wav")
        assert len(load_manifest(table(), root=folder).paths) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="a backslash is a separator there")
def test_paths_of_windows(folder):
    tracks = table()
    tracks["file"] = [f"{genre}\\{name}" for name, genre in TRACKS]
    assert names_of(load_manifest(tracks, root=folder)) == [name for name, _ in TRACKS]
    soundfile.write(folder / "rock\\a.wav", np.zeros(100), 8000)
    assert load_manifest(tracks, root=folder).paths[0] == str(folder / "rock\\a.wav")
    tracks.loc[0, "file"] = "C:\\music\\a.wav"
    tracks.loc[1, "file"] = "nothing://example.org/b.wav"
    with pytest.raises(
        ValueError, match=r"a path of a Windows computer.*there is no protocol nothing://"
    ):
        load_manifest(tracks, root=folder)


@pytest.mark.parametrize("name", ["/a.wav", "..", ".", "../rock", "a\\b", "x\0y"])
def test_a_genre_that_is_no_name_of_a_folder_leads_nowhere(folder, name):
    tracks = table()
    tracks.loc[0, "genre"] = name
    with pytest.raises(ValueError, match=r"1 of 4 files is missing: row 1: a\.wav"):
        load_manifest(tracks, root=folder)


def test_hostile_names_stay_in_one_line(folder):
    name = "x\x1b[31m\n\u202ey.wav"
    with pytest.raises(ValueError, match="2 of 3 files are missing") as raised:
        load_manifest(pd.DataFrame({"file": [name, "\0", "a.wav"], "genre": "rock"}), root=folder)
    assert r"row 1: x\x1b[31m\n\u202ey.wav (no such file)" in str(raised.value)
    long = table(artist=["x" * 2000, "y", "z", "w"])
    with pytest.raises(ValueError, match="a cell has 2,000 characters"):
        load_manifest(long, root=folder)


def test_genres_that_are_probably_one_are_named(folder):
    tracks = table()
    tracks["genre"] = ["Hip-Hop", "hip hop", "jazz", "jazz"]
    tracks["file"] = [f"{genre}/{name}" for name, genre in TRACKS]
    with pytest.warns(SkgenreWarning) as seen:
        load_manifest(tracks, root=folder)
    assert "different genres: 'Hip-Hop' and 'hip hop'." in str(seen[-1].message)


def test_a_single_genre_is_refused(folder):
    with pytest.raises(ValueError, match="a single genre, 'rock'"):
        load_manifest(table()[:2], root=folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        ("file,genre\nä.wav,rock".encode("latin-1"), "line 2 is not UTF-8.*in UTF-8.*iconv"),
        ("file,genre\na.wav,rock".encode("utf-16"), "the file is UTF-16. Save it as CSV in UTF-8"),
        (b"PK\x03\x04 workbook", "a workbook or archive"),
        (b"file,genre\n\0,rock", "has NUL bytes"),
        (b"file,genre\n", "there are no rows in it"),
        (b"file,genre\na.wav,rock,1,2\n", "a row does not fit the header.*quotes"),
        (b"file,genre\na.wav,rock\nb.wav,rock,1,2\n", "a row does not fit the header.*line 3"),
        (b'file,genre\n"a.wav,rock\n', "a row does not fit the header"),
        (b"file,genre,genre\na.wav,rock,rock\n", "columns with the same name: 'genre'"),
        (b",set,set,track,track\n,split,subset,title,genre_top\n", "load_fma reads FMA's tracks"),
        (b"rock/a.wav\n", "there are no rows"),
        (b"rock/a.wav\nrock/b.wav\n", "no column has a usual name for the path"),
    ],
)
def test_what_is_no_table_is_refused(folder, content, words):
    (folder / "tracks.csv").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        load_manifest(folder / "tracks.csv")


def test_files_that_are_too_large_or_no_files(folder, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no such file"):
        load_manifest(folder / "none.csv")
    with pytest.raises(ValueError, match="a folder, which load_genre_folder reads"):
        load_manifest(folder)
    path = write(folder, "file,genre\na.wav,rock\nc.wav,jazz\n")
    monkeypatch.setattr(_manifest_table, "_MAX_ROWS", 2)
    with pytest.raises(ValueError, match="more than 2 rows"):
        load_manifest(path)
    monkeypatch.setattr(_manifest_table, "_MAX_BYTES", 10)
    with pytest.raises(ValueError, match="at most 10"):
        load_manifest(path)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"manifest": [1, 2]}, TypeError, "a DataFrame, got an object of type list"),
        ({"on_missing": "ignore"}, ValueError, "'raise' or 'drop', got 'ignore'"),
        ({"genre": False}, TypeError, "genre to be the name of a column or None, got False"),
        ({"group": 3}, TypeError, "group to be the name of a column, None or False, got 3"),
    ],
)
def test_wrong_arguments(folder, arguments, error, words):
    with pytest.raises(error, match=words):
        load_manifest(**{"manifest": table(), "root": folder} | arguments)


def test_the_order_is_that_of_the_table(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        music = load_manifest(table()[::-1], root=folder)
    assert names_of(music) == ["d.wav", "c.wav", "b.wav", "a.wav"]


def several(**columns):
    return table(genre=["rock; soul", "rock", "jazz;soul;", ""], **columns)


def test_cells_with_several_genres(folder):
    tracks = several()
    tracks["file"] = [f"{genre}/{name}" for name, genre in TRACKS]
    music = load_manifest(tracks, root=folder, genre_separator=";")
    assert music.target.columns.tolist() == music.target_names.tolist() == ["jazz", "rock", "soul"]
    assert music.target.to_numpy().tolist() == [[0, 1, 1], [0, 1, 0], [1, 0, 1], [0, 0, 0]]
    assert "genres from 'genre', separated by ';', none for 1 row" in music.notes
    assert "4 files of 3 genres" in music.DESCR
    _, target, _ = load_manifest(
        tracks, root=folder, genre_separator=";", return_X_y_groups=True, group=False
    )
    assert target.equals(music.target)
    spaced = load_manifest(tracks, root=folder, genre_separator=" ; ")
    assert spaced.target.equals(music.target)


def test_the_usual_plural_of_the_column_of_genres(folder):
    tracks = several().rename(columns={"genre": "genres"})
    tracks["file"] = [f"{genre}/{name}" for name, genre in TRACKS]
    music = load_manifest(tracks, root=folder, genre_separator=";")
    assert music.target.columns.tolist() == ["jazz", "rock", "soul"]
    # Which of two columns has several genres isn't guessed at; one genre is in the singular.
    tracks["genre"] = [genre for _, genre in TRACKS]
    with pytest.raises(ValueError, match="'genre' and 'genres' could each be the genre"):
        load_manifest(tracks, root=folder, genre_separator=";")
    assert load_manifest(tracks, root=folder).notes[1] == "genres from 'genre'"


@pytest.mark.parametrize("sign", [";", "|"])
def test_several_genres_without_a_separator_are_told(folder, sign):
    tracks = table(genre=[f"rock{sign}soul", f"rock{sign}soul", "jazz", "jazz"])
    tracks["file"] = [f"{genre}/{name}" for name, genre in TRACKS]
    words = f"1 of 2 genres has {sign!r} in the name, such as 'rock{sign}soul'"
    with pytest.warns(SkgenreWarning, match=re.escape(words)):
        load_manifest(tracks, root=folder)


def test_files_of_several_genres_in_the_given_place(folder):
    # A file isn't looked for in a folder of one of its genres.
    with pytest.raises(ValueError, match="4 of 4 files are missing"):
        load_manifest(several(), root=folder, genre_separator=";")


def one_hot(folder, **changes):
    columns = {"rock": [1, 1, 0, 0], "soul": [1, 0, 1, 0], "jazz": [0, 0, 1, 1]} | changes
    tracks = table(**columns).drop(columns="genre")
    tracks["file"] = [f"{genre}/{name}" for name, genre in TRACKS]
    return tracks


@pytest.mark.parametrize("form", ["frame", "csv", "true"])
def test_columns_of_genres(folder, form):
    tracks = one_hot(folder)
    if form == "true":
        tracks["soul"] = tracks["soul"].astype(bool)
    if form == "csv":
        tracks.to_csv(folder / "tracks.csv", index=False)
        tracks = folder / "tracks.csv"
    music = load_manifest(tracks, root=folder, genre_columns=["soul", "rock", "jazz"])
    assert music.target.columns.tolist() == music.target_names.tolist() == ["soul", "rock", "jazz"]
    assert music.target.to_numpy().tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1], [0, 0, 1]]
    assert music.notes[1] == "genres from 3 columns of 0 and 1"


def test_rows_of_several_genres_that_are_left_out(folder):
    (folder / "rock" / "b.wav").unlink()
    tracks = one_hot(folder)
    tracks.index = [7, 8, 9, 10]
    columns = ["rock", "soul", "jazz"]
    with pytest.warns(SkgenreWarning, match="1 file of the table is missing"):
        music = load_manifest(tracks, root=folder, genre_columns=columns, on_missing="drop")
    assert music.target.index.tolist() == [0, 1, 2]
    assert music.target["rock"].tolist() == [1, 0, 0]
    (folder / "rock" / "a.wav").unlink()
    with pytest.raises(ValueError, match="no file of the genre 'rock' can be read"):
        load_manifest(tracks, root=folder, genre_columns=columns, on_missing="drop")


def test_genres_of_one_clip_or_none_and_a_separator_that_does_not_occur(folder):
    tracks = one_hot(folder, soul=[0, 0, 0, 0], rock=[1, 0, 0, 0])
    with pytest.warns(SkgenreWarning) as seen:
        load_manifest(tracks, root=folder, genre_columns=["rock", "soul", "jazz"])
    told = [str(warning.message) for warning in seen]
    assert any(line.startswith("No clip has the genre soul") for line in told)
    assert any(line.startswith("There is only one clip of rock") for line in told)
    tracks = several()
    tracks["file"] = [f"{genre}/{name}" for name, genre in TRACKS]
    with pytest.warns(SkgenreWarning, match=r"more than one genre with genre_separator='/'.*'jazz"):
        load_manifest(tracks, root=folder, genre_separator="/")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (
            {"genre_separator": ";", "genre_columns": ["a", "b"]},
            ValueError,
            "got genre_separator ';'",
        ),
        ({"genre": "genre", "genre_columns": ["a", "b"]}, ValueError, "got genre 'genre', too"),
        ({"genre_separator": 3}, TypeError, "genre_separator to be text or None, got 3"),
        ({"genre_separator": " "}, ValueError, "a sign such as ';', got ' '"),
        ({"genre_columns": "rock"}, TypeError, "a list of names of columns, got 'rock'"),
        ({"genre_columns": ["rock"]}, ValueError, "at least two columns .* use genre"),
        ({"genre_columns": ["rock", "rock"]}, ValueError, "'rock' more than once"),
        ({"genre_columns": ["1", 1, "rock"]}, ValueError, "'1' more than once"),
        ({"genre_columns": ["rock", "jaz"]}, ValueError, "no column 'jaz' for genre_columns="),
        (
            {"genre_columns": ["rock", "odd"]},
            ValueError,
            r"2 cells of .* are not 0 or 1: row 2 of 'odd': '2', row 4 of 'odd': an empty cell",
        ),
        ({"genre_columns": ["none", "nil"]}, ValueError, "no row has a genre"),
        ({"genre": "nil", "genre_separator": ";"}, ValueError, "a single genre, '0'"),
        ({"genre": "lists"}, ValueError, "has lists of genres .row 1.*genre_separator=.*genre_m"),
    ],
)
def test_several_genres_that_are_mixed_up(folder, arguments, error, words):
    tracks = one_hot(folder, odd=[0, 2, 1, None], none=0, nil=0, lists=[["rock"], ["jazz"]] * 2)
    with pytest.raises(error, match=words):
        load_manifest(tracks, root=folder, **arguments)
