"""MagnaTagATune in its published format, in miniature."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from skgenre.datasets import load_magnatagatune
from skgenre.datasets._magnatagatune import EMPTY
from skgenre.datasets._magnatagatune_tables import GENRES
from skgenre.exceptions import SkgenreWarning

# clip, path, tags, artist
CLIPS = [
    (2, "0/ella-swing-01-one-0-29.mp3", "jazz guitar", "Ella"),
    (6, "0/ella-swing-01-one-29-58.mp3", "jazz piano", "Ella"),
    (10, "b/bo-loud-02-two-0-29.mp3", "rock guitar", "Bo"),
    (11, "c/ma-bach-03-three-0-29.mp3", "classical guitar", "Ma"),
    (12, "d/ella-late-04-four-0-29.mp3", "jazz", "Ella"),
    (22, "f/bo-blue-05-five-0-29.mp3", "rock classical", "Bo"),
    (29, "f/bo-blue-05-five-29-58.mp3", "", "Bo"),
    (31, "6/norine_braun-now_and_zen-08-gently-117-146.mp3", "pop rock", "Norine Braun"),
]


def write_tables(folder, clips=CLIPS):
    tags = [*GENRES, "guitar", "piano"]
    rows = [
        [clip, *(int(tag in given.split()) for tag in tags), path] for clip, path, given, _ in clips
    ]
    table = pd.DataFrame(rows, columns=["clip_id", *tags, "mp3_path"])
    table.to_csv(folder / "annotations_final.csv", sep="\t", index=False)
    info = pd.DataFrame(
        [[clip, 1, "title", artist, "album", path] for clip, path, _, artist in clips],
        columns=["clip_id", "track_number", "title", "artist", "album", "mp3_path"],
    )
    info.to_csv(folder / "clip_info_final.csv", sep="\t", index=False)


@pytest.fixture(params=["", "mp3"])
def magna(request, tmp_path):
    """The two tables, and the sound files beside them or in a folder."""
    write_tables(tmp_path)
    for _, name, *_ in CLIPS:
        path = tmp_path / request.param / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in EMPTY:
            path.touch()
        else:
            soundfile.write(path, np.zeros(2000), 8000)
    return tmp_path


known = pytest.mark.filterwarnings("ignore:(There is only one|No) clip")


@known
def test_genres_artists_and_the_split_by_folders(magna):
    music = load_magnatagatune(magna, tags="genre")
    assert music.target.columns.tolist() == music.target_names.tolist() == list(GENRES)
    assert music.clip_ids.tolist() == [2, 6, 10, 11, 12, 22]
    assert music.target["jazz"].tolist() == [1, 1, 0, 0, 1, 0]
    assert music.target["classical"].tolist() == [0, 0, 0, 1, 0, 1]
    assert music.groups.tolist() == ["Ella", "Ella", "Bo", "Ma", "Ella", "Bo"]
    parts = ["train", "train", "train", "validation", "test", "test"]
    assert music.split.tolist() == parts
    assert music.shared_groups == {
        "train and validation": 0,
        "train and test": 2,
        "validation and test": 0,
    }
    for words in ("Law", "CC BY-NC-SA", "2 in both train and test", "jazz 3", "most are no genres"):
        assert words in music.DESCR


@known
def test_clips_without_a_tag_and_empty_files_are_left_out_and_listed(magna):
    with pytest.warns(SkgenreWarning) as seen:
        music = load_magnatagatune(magna, tags="genre")
    # What is known of the published archive is no news.
    assert not any("can't be read" in str(warning.message) for warning in seen)
    (empty,) = music.unreadable
    assert empty[0].endswith("6/norine_braun-now_and_zen-08-gently-117-146.mp3")
    assert [path.rpartition("/")[2] for path in music.without_tag] == ["bo-blue-05-five-29-58.mp3"]
    assert "1 clips without one of the tags, 0 without a file, 1 that" in music.DESCR


@known
def test_other_faults_of_files_are_told(magna):
    (path,) = magna.glob("**/bo-loud-*.mp3")
    path.write_bytes(b"")
    (gone,) = magna.glob("**/ma-bach-*.mp3")
    gone.unlink()
    with pytest.warns(SkgenreWarning) as seen:
        music = load_magnatagatune(magna, tags="genre")
    told = " ".join(str(warning.message) for warning in seen)
    assert "1 of 7 clips of MagnaTagATune are missing" in told
    assert "1 sound file can't be read" in told
    assert music.missing == [str(gone)]
    assert len(music.unreadable) == 2
    assert len(music.target) == len(music.paths) == len(music.groups) == len(music.split) == 4


@known
def test_the_most_frequent_tags(magna, monkeypatch):
    monkeypatch.setattr("skgenre.datasets._magnatagatune_tables._N_TAGS", 3)
    music = load_magnatagatune(magna)
    assert music.target_names.tolist() == ["guitar", "jazz", "rock"]
    assert music.target["guitar"].tolist() == [1, 0, 1, 1, 0, 0]
    X, y, groups = load_magnatagatune(magna, return_X_y_groups=True)
    assert (X, groups.tolist()) == (music.paths, music.groups.tolist())
    assert y.equals(music.target)


@known
def test_the_tables_may_be_elsewhere(magna, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("tables")
    for name in ("annotations_final.csv", "clip_info_final.csv"):
        (magna / name).rename(elsewhere / name)
    with pytest.raises(FileNotFoundError, match=r"annotations_final\.csv is not there.*metadata="):
        load_magnatagatune(magna)
    assert len(load_magnatagatune(magna, metadata=elsewhere, tags="genre").paths) == 6


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("annotations_final.csv", "\t", ",", "separated by tabs: it lacks clip_id, mp3_path"),
        ("annotations_final.csv", "jazz", "jaz", "188 tags: it lacks jazz"),
        ("annotations_final.csv", "\n6\t", "\n2\t", "a number, once each; got 2 twice"),
        (
            "annotations_final.csv",
            "0/ella-swing-01-one-29",
            "../x",
            r"the form f/name.*got '\.\./x",
        ),
        (
            "annotations_final.csv",
            "\n6\t0",
            "\n6\t3",
            "'ambient' of clip 6 has .*, got 3",
        ),
        ("clip_info_final.csv", "\n6\t", "\n7\t", "no artist of 1 clips, among them 6"),
        ("clip_info_final.csv", "Ma\t", "\t", "no artist of 1 clips, among them 11"),
        ("clip_info_final.csv", "artist", "by", "it lacks artist"),
    ],
)
def test_tables_that_are_not_as_published(magna, name, old, new, words):
    text = (magna / name).read_text()
    assert old in text
    (magna / name).write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=words):
        load_magnatagatune(magna, tags="genre")


@known
def test_a_byte_order_mark(magna):
    text = (magna / "annotations_final.csv").read_text()
    (magna / "annotations_final.csv").write_text("\ufeff" + text, encoding="utf-8")
    assert len(load_magnatagatune(magna, tags="genre").paths) == 6


def test_wrong_arguments(magna, tmp_path):
    with pytest.raises(ValueError, match="'top50' or 'genre', got 'mood'"):
        load_magnatagatune(magna, tags="mood")
    with pytest.raises(FileNotFoundError, match="no such folder"):
        load_magnatagatune(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="none of the 8 clips of MagnaTagATune has a file"):
        load_magnatagatune(tmp_path / "empty", metadata=tmp_path)
