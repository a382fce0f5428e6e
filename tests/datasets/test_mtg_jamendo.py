"""MTG-Jamendo in its published format, in miniature."""

import shutil

import numpy as np
import pytest
import soundfile

from skgenre.datasets import load_mtg_jamendo
from skgenre.exceptions import SkgenreWarning

HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"
# part, track, artist, album, tags
TRACKS = [
    ("train", 214, 14, 31, "genre---punkrock genre---rock"),
    ("train", 1215, 14, 31, "genre---metal"),
    ("train", 382, 20, 46, "genre---classical genre---metal genre---rock"),
    ("validation", 2216, 15, 32, "genre---rock genre---classical"),
    ("test", 218, 16, 33, "genre---punkrock genre---classical"),
    ("test", 219, 16, 33, "genre---rock"),
]


def row_of(track, artist, album, tags):
    cells = [f"track_{track:07d}", f"artist_{artist:06d}", f"album_{album:06d}"]
    return "\t".join([*cells, f"{track % 100:02d}/{track}.mp3", "61.5", *tags.split()])


def write_tables(folder, tracks=TRACKS, stem="autotagging_genre", split=0):
    place = folder / f"split-{split}"
    place.mkdir(parents=True, exist_ok=True)
    for part in ("train", "validation", "test"):
        rows = [row_of(*track) for name, *track in tracks if name == part]
        text = "\r\n".join([HEADER, *rows, ""])
        (place / f"{stem}-{part}.tsv").write_bytes(text.encode())
    return place


def write_sounds(folder, ending=".mp3"):
    for _, track, *_ in TRACKS:
        path = folder / f"{track % 100:02d}" / f"{track}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.zeros(2000), 8000, format="MP3")


@pytest.fixture
def jamendo(tmp_path):
    """Its repository, with the sound files beside the tables."""
    write_tables(tmp_path / "data" / "splits")
    write_sounds(tmp_path / "audio")
    return tmp_path


def test_tags_artists_and_split(jamendo):
    music = load_mtg_jamendo(jamendo)
    names = ["classical", "metal", "punkrock", "rock"]
    assert music.target.columns.tolist() == music.target_names.tolist() == names
    assert music.target.to_numpy().tolist() == [
        [0, 0, 1, 1],
        [0, 1, 0, 0],
        [1, 1, 0, 1],
        [1, 0, 0, 1],
        [1, 0, 1, 0],
        [0, 0, 0, 1],
    ]
    assert music.split.tolist() == [part for part, *_ in TRACKS]
    assert music.track_ids[0] == "track_0000214"
    assert music.groups[:3].tolist() == ["artist_000014", "artist_000014", "artist_000020"]
    assert music.albums[3] == "album_000032"
    assert music.durations.tolist() == [61.5] * 6
    assert music.paths[1] == str(jamendo / "audio" / "15" / "1215.mp3")
    assert music.missing == music.unreadable == []
    paths, target, groups = load_mtg_jamendo(jamendo, return_X_y_groups=True)
    assert paths == music.paths
    assert target.equals(music.target)
    assert groups.tolist() == music.groups.tolist()
    for words in ("Bogdanov", "CC BY-NC-SA 4.0", "11 pairs", "train 3, validation 1, test 2"):
        assert words in music.DESCR


def test_artists_in_two_parts_are_counted(jamendo):
    assert set(load_mtg_jamendo(jamendo).shared_groups.values()) == {0}
    leaky = [
        (part, track, 20 if track == 219 else artist, *x) for part, track, artist, *x in TRACKS
    ]
    write_tables(jamendo / "data" / "splits", leaky)
    music = load_mtg_jamendo(jamendo)
    assert music.shared_groups["train and test"] == 1
    assert "1 in both train and test" in music.DESCR


@pytest.mark.parametrize(
    ("below", "ending"),
    [
        ("", ".mp3"),
        ("audio", ".mp3"),
        ("audio-low", ".low.mp3"),
        ("raw_30s/audio", ".mp3"),
        ("raw_30s/audio-low", ".low.mp3"),
        ("raw_30s", ".low.mp3"),
    ],
)
def test_layouts_of_the_sound_files(tmp_path, below, ending):
    tables = write_tables(tmp_path / "tables").parent
    write_sounds(tmp_path / "music" / below, ending)
    music = load_mtg_jamendo(tmp_path / "music", metadata=tables)
    assert music.paths[0] == str(tmp_path / "music" / below / "14" / f"214{ending}")
    assert len(music.paths) == 6


@pytest.mark.parametrize("place", ["mtg-jamendo-dataset", "music/mtg-jamendo-dataset", ""])
def test_places_of_the_tables(tmp_path, place):
    write_tables(tmp_path / place / "data" / "splits", split=3)
    write_sounds(tmp_path / "music")
    assert len(load_mtg_jamendo(tmp_path / "music", split=3).paths) == 6
    for metadata in ("", "data", "data/splits"):
        assert load_mtg_jamendo(
            tmp_path / "music", split=3, metadata=tmp_path / place / metadata
        ).target.shape == (6, 4)
    with pytest.raises(FileNotFoundError, match=r"split 2 are not there.*mtg-jamendo-dataset"):
        load_mtg_jamendo(tmp_path / "music", split=2)


def test_missing_and_empty_files_are_left_out_and_listed(jamendo):
    (jamendo / "audio" / "14" / "214.mp3").unlink()
    (jamendo / "audio" / "19" / "219.mp3").write_bytes(b"")
    with pytest.warns(SkgenreWarning) as seen:
        music = load_mtg_jamendo(jamendo)
    told = [str(warning.message) for warning in seen]
    assert any("1 of 6 tracks of MTG-Jamendo are missing" in text for text in told)
    assert any("219.mp3 (empty file)" in text for text in told)
    assert any("only one clip of punkrock" in text for text in told)
    assert music.missing == [str(jamendo / "audio" / "14" / "214.mp3")]
    assert music.unreadable == [(str(jamendo / "audio" / "19" / "219.mp3"), "empty file")]
    assert music.target["punkrock"].tolist() == [0, 0, 0, 1]
    assert len(music.target) == len(music.paths) == len(music.groups) == len(music.split) == 4


def test_tags_of_other_categories(jamendo):
    tracks = [(*track, "mood/theme---happy instrument---piano") for *track, _ in TRACKS]
    write_tables(jamendo / "data" / "splits", tracks, "autotagging_top50tags")
    music = load_mtg_jamendo(jamendo, subset="top50")
    assert music.target_names.tolist() == ["instrument---piano", "mood/theme---happy"]
    tracks = [(*track, "mood/theme---happy mood/theme---sad") for *track, _ in TRACKS]
    write_tables(jamendo / "data" / "splits", tracks, "autotagging_moodtheme")
    assert load_mtg_jamendo(jamendo, subset="moodtheme").target_names.tolist() == ["happy", "sad"]


def change(jamendo, old, new, part="train"):
    file = jamendo / "data" / "splits" / "split-0" / f"autotagging_genre-{part}.tsv"
    text = file.read_bytes().decode()
    assert old in text
    file.write_bytes(text.replace(old, new, 1).encode())


def test_a_byte_order_mark_and_unix_line_ends(jamendo):
    change(jamendo, HEADER, "\ufeff" + HEADER)
    change(jamendo, "\r\n", "\n", "test")
    assert len(load_mtg_jamendo(jamendo).paths) == 6


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("TAGS", "TAG", "the first line of a table of MTG-Jamendo is TRACK_ID"),
        ("\tgenre---metal", "", r"line 3: a row has .* or more tags. Got 5 cells, 0 of them empty"),
        ("\talbum_000031", "\t", "line 2: .* Got 7 cells, 1 of them empty"),
        (
            "genre---rock",
            "mood/theme---sad",
            "line 2: tags begin with 'genre---', then a .* 'mood",
        ),
        ("14/214.mp3", "../../214.mp3", r"line 2: the path .* has the form 14/214.mp3, got '\.\."),
        ("61.5", "a minute", "line 2: the duration has to be seconds, got 'a minute'"),
        ("14/214.mp3", "١٤/214.mp3", r"line 2: the path .* has the form 14/214.mp3"),
        ("61.5", "nan", "line 2: the duration has to be seconds, got 'nan'"),
        ("61.5", "-1", "line 2: the duration has to be seconds, got '-1'"),
        ("genre---metal", "genre---", "line 3: tags begin with 'genre---', then a name"),
        ("genre---metal", "x" * 200_000, r"line 3: tags begin with .* Got 'x{100}'\.$"),
        ("15/1215.mp3", "14/214.mp3", "line 3: the file 14/214.mp3 is listed before, in .* line 2"),
        ("track_0001215", "track_0000214", "line 3: track_0000214 is listed before, in .* line 2"),
        ("track_0001215", "track_0000218", "test.tsv, line 2: track_0000218 is listed before"),
    ],
)
def test_tables_that_are_not_as_published(jamendo, old, new, words):
    change(jamendo, old, new)
    with pytest.raises(ValueError, match=words):
        load_mtg_jamendo(jamendo)


def test_what_is_missing_is_named(jamendo, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        load_mtg_jamendo(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"instrument-train\.tsv: this table"):
        load_mtg_jamendo(jamendo, subset="instrument")
    shutil.rmtree(jamendo / "audio")
    with pytest.raises(FileNotFoundError, match=r"none of the 6 tracks.*14/214\.low\.mp3"):
        load_mtg_jamendo(jamendo)
    with pytest.raises(ValueError, match=r"one of 'genre', .*got 'all'"):
        load_mtg_jamendo(jamendo, subset="all")
    for split in (5, True, "0"):
        with pytest.raises(ValueError, match="split to be 0, 1, 2, 3 or 4"):
            load_mtg_jamendo(jamendo, split=split)
