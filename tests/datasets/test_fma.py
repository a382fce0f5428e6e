import csv
import shutil

import numpy as np
import pytest
import soundfile
from sklearn.model_selection import PredefinedSplit

from skgenre.datasets import load_fma
from skgenre.exceptions import SkgenreWarning

# track, subset, split, genre, artist
TRACKS = [
    (2, "medium", "training", "Hip-Hop", 1),
    (5, "small", "training", "Rock", 7),
    (10, "small", "test", "Rock", 8),
    (140, "small", "training", "Folk", 9),
    (1486, "medium", "training", "Rock", 10),
    (1500, "large", "training", "", 11),
    (1501, "large", "validation", "Jazz", 11),
    (1502, "large", "validation", "Jazz", 12),
    (2003, "medium", "validation", "Hip-Hop", 2),
    (98565, "small", "test", "Folk", 13),
    (120141, "small", "validation", "Folk", 14),
]


def write_tracks(file, tracks=TRACKS):
    """Write a table as it is published: three header rows, text with line breaks."""
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "album", "artist", "artist", "set", "set", "track", "track"])
        writer.writerow(["", "comments", "bio", "id", "split", "subset", "genre_top", "title"])
        writer.writerow(["track_id", *[""] * 7])
        for track, subset, split, genre, artist in tracks:
            bio = f'a "biography",\nof artist {artist}'
            writer.writerow([track, 0, bio, artist, split, subset, genre, "a title"])


@pytest.fixture
def fma(tmp_path):
    """A miniature of the data set, with a file for each track."""
    (tmp_path / "fma_metadata").mkdir()
    write_tracks(tmp_path / "fma_metadata" / "tracks.csv")
    for track, *_ in TRACKS:
        name = f"{track:06d}"
        folder = tmp_path / "fma_large" / name[:3]
        folder.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / f"{name}.mp3", np.zeros(2000), 8000)
    return tmp_path


known = pytest.mark.filterwarnings("ignore:.*no usable audio")


@known
@pytest.mark.parametrize(
    ("subset", "tracks"),
    [
        ("small", [5, 10, 140, 120141]),
        ("medium", [2, 5, 10, 140, 2003, 120141]),
        ("large", [2, 5, 10, 140, 1501, 1502, 2003, 120141]),
    ],
)
@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_a_subset_holds_the_smaller_ones(fma, subset, tracks):
    music = load_fma(fma, subset=subset)
    assert music.track_ids.tolist() == tracks
    rows = {row[0]: row for row in TRACKS}
    assert music.target.tolist() == [rows[track][3] for track in tracks]
    assert music.split.tolist() == [rows[track][2] for track in tracks]
    assert music.groups.tolist() == [rows[track][4] for track in tracks]
    assert music.paths[-1] == str(fma / "fma_large" / "120" / "120141.mp3")
    assert music.without_genre == ([1500] if subset == "large" else [])


@known
def test_paths_target_and_groups_can_be_had_alone(fma):
    music = load_fma(fma, subset="small")
    X, y, groups = load_fma(fma, subset="small", return_X_y_groups=True)
    assert (X, y.tolist(), groups.tolist()) == (
        music.paths,
        music.target.tolist(),
        music.groups.tolist(),
    )


@known
def test_the_official_split_goes_into_sklearn(fma):
    music = load_fma(fma, subset="medium")
    cv = PredefinedSplit(np.where(music.split == "test", 0, -1))
    ((train, test),) = cv.split()
    assert music.track_ids[test].tolist() == [10]
    assert not set(music.groups[train]) & set(music.groups[test])


@known
def test_the_description_cites_source_and_licence(fma):
    text = load_fma(fma, subset="small").DESCR
    assert "Defferrard" in text
    assert "CC BY 4.0" in text
    assert "Folk 2, Rock 2" in text
    assert "1 without usable audio" in text


@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_files_known_to_be_bad_are_left_out_and_named(fma):
    with pytest.warns(SkgenreWarning, match=r"2 have no usable audio(.|\n)*known to have no audio"):
        music = load_fma(fma, subset="medium")
    assert not {1486, 98565} & set(music.track_ids)
    assert sorted(reason for _, reason in music.unreadable) == [
        "known to be cut short",
        "known to have no audio",
    ]


@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_files_that_were_cut_off_are_left_out_and_named(fma):
    path = fma / "fma_large" / "000" / "000005.mp3"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.warns(SkgenreWarning, match=r"2 have no usable audio(.|\n)*cut off"):
        music = load_fma(fma, subset="small")
    assert str(path) in dict(music.unreadable)
    assert 5 not in music.track_ids


@known
def test_empty_files_are_left_out_and_named(fma):
    (fma / "fma_large" / "000" / "000010.mp3").write_bytes(b"")
    with pytest.warns(SkgenreWarning, match="There is only one clip of Rock"):
        music = load_fma(fma, subset="small")
    assert (str(fma / "fma_large" / "000" / "000010.mp3"), "empty file") in music.unreadable


@known
def test_missing_tracks_are_counted_and_named(fma):
    (fma / "fma_large" / "120" / "120141.mp3").unlink()
    with pytest.warns(SkgenreWarning) as warnings:
        music = load_fma(fma, subset="small")
    assert any(
        "1 of 5 tracks of FMA small are missing" in str(warning.message)
        and "120141.mp3" in str(warning.message)
        for warning in warnings
    )
    assert music.missing == [120141]
    assert len(music.paths) == len(music.target) == len(music.groups) == len(music.split) == 3


@known
def test_the_folder_of_the_files_may_be_named_and_the_table_beside_it(fma):
    assert load_fma(fma / "fma_large").track_ids.tolist() == [5, 10, 140, 120141]


@known
@pytest.mark.parametrize("as_file", [False, True])
def test_the_table_may_be_elsewhere(fma, tmp_path_factory, as_file):
    elsewhere = tmp_path_factory.mktemp("tables") / "fma"
    shutil.move(fma / "fma_metadata", elsewhere)
    metadata = elsewhere / "tracks.csv" if as_file else elsewhere
    assert len(load_fma(fma, metadata=metadata).paths) == 4


def test_a_tree_without_the_table_says_how_to_get_it(fma):
    shutil.rmtree(fma / "fma_metadata")
    with pytest.raises(FileNotFoundError, match=r"table of tracks.*fetch_fma_metadata\(\)"):
        load_fma(fma)


def test_a_tree_without_any_of_the_tracks(fma):
    shutil.rmtree(fma / "fma_large")
    with pytest.raises(FileNotFoundError, match=r"none of the 5 tracks of FMA small.*fma_small"):
        load_fma(fma)


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        load_fma(tmp_path / "nowhere")


def test_an_unknown_subset_is_refused(fma):
    with pytest.raises(ValueError, match="one of 'small', 'medium', 'large', got 'full'"):
        load_fma(fma, subset="full")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with three header rows"),
        ("track_id,genre\n5,Rock\n6,Rock\n", "it lacks set/split, set/subset, track/genre_top"),
        (
            ",set,set,track,artist\n,split,subset,genre_top,id\n5,test,small,Rock,1\n",
            "its third row has no track_id",
        ),
        (
            ",set,set,track,artist\n,split,subset,genre_top,id\ntrack_id\n5,dev,small,Rock,1\n",
            "the column set/split has to say test, training, validation, got 'dev'",
        ),
        (
            ",set,set,track,artist\n,split,subset,genre_top,id\ntrack_id\n5,test,,Rock,1\n",
            "the column set/subset has to say large, medium, small, got empty cells",
        ),
        (
            ",set,set,track,artist\n,split,subset,genre_top,id\ntrack_id\nx,test,small,Rock,1\n",
            "the number of each track",
        ),
        (
            ",set,set,track,artist\n,split,subset,genre_top,id\ntrack_id\n",
            "is damaged",
        ),
    ],
)
def test_another_table_is_refused_with_the_reason(fma, text, message):
    (fma / "fma_metadata" / "tracks.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_fma(fma)
