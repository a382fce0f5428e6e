import numpy as np
import pytest
import soundfile

from skgenre.datasets import load_genre_folder
from skgenre.exceptions import SkgenreWarning


@pytest.fixture
def folder(tmp_path):
    for genre in ("metal", "blues"):
        (tmp_path / genre).mkdir()
        for number in (1, 0):
            soundfile.write(tmp_path / genre / f"{number}.wav", np.zeros(100), 8000)
    return tmp_path


def test_files_are_sorted_by_genre_and_name(folder):
    music = load_genre_folder(folder)
    assert [path[len(str(folder)) + 1 :] for path in music.paths] == [
        "blues/0.wav",
        "blues/1.wav",
        "metal/0.wav",
        "metal/1.wav",
    ]
    assert music.target.tolist() == ["blues", "blues", "metal", "metal"]
    assert music.target_names.tolist() == ["blues", "metal"]
    assert len(set(music.groups)) == 4
    assert music.split is None
    assert music.ignored == music.unreadable == []
    assert "blues 2, metal 2" in music.DESCR


def test_x_y_groups(folder):
    paths, target, groups = load_genre_folder(folder, return_X_y_groups=True)
    assert len(paths) == len(target) == len(groups) == 4


def test_what_is_no_clip_is_reported_and_passed_over(folder):
    (folder / "notes.txt").write_text("a list")
    (folder / ".cache").mkdir()
    (folder / "blues" / ".DS_Store").write_text("x")
    (folder / "blues" / "cover.jpg").write_text("x")
    (folder / "blues" / "live").mkdir()
    with pytest.warns(SkgenreWarning, match="5 are no clips and were passed over") as seen:
        music = load_genre_folder(folder)
    assert len(seen) == 1
    assert len(music.paths) == 4
    assert {(path[len(str(folder)) + 1 :], reason) for path, reason in music.ignored} == {
        ("notes.txt", "not in a genre's folder"),
        (".cache", "hidden"),
        ("blues/.DS_Store", "hidden"),
        ("blues/cover.jpg", "not a sound file by its name"),
        ("blues/live", "a folder in a genre's folder"),
    }


def test_unreadable_files_are_reported_and_left_out(folder):
    (folder / "metal" / "broken.mp3").write_text("not music")
    (folder / "metal" / "empty.wav").write_bytes(b"")
    soundfile.write(folder / "metal" / "none.wav", np.zeros(0), 8000)
    with pytest.warns(SkgenreWarning, match=r"3 are sound files that can't be read.*broken\.mp3"):
        music = load_genre_folder(folder)
    assert len(music.paths) == 4
    reasons = {path.rsplit("/", 1)[1]: reason for path, reason in music.unreadable}
    assert set(reasons) == {"broken.mp3", "empty.wav", "none.wav"}
    assert reasons["empty.wav"] == "empty file"
    assert reasons["none.wav"] == "no samples"


def test_a_genre_without_files_is_named(folder):
    (folder / "silence").mkdir()
    with pytest.raises(ValueError, match="the genre 'silence' has no readable sound file"):
        load_genre_folder(folder)


def test_a_genre_of_unreadable_files_says_so(folder):
    (folder / "noise").mkdir()
    (folder / "noise" / "broken.wav").write_text("not music")
    with pytest.raises(ValueError, match="'noise' has no readable sound file, 1 unreadable"):
        load_genre_folder(folder)


def test_a_single_genre_is_refused(folder):
    for path in (folder / "blues").iterdir():
        path.unlink()
    (folder / "blues").rmdir()
    with pytest.raises(ValueError, match="a single genre, 'metal'"):
        load_genre_folder(folder)


def test_files_without_folders_say_what_is_expected(folder):
    with pytest.raises(ValueError, match="2 sound files and no subfolders"):
        load_genre_folder(folder / "blues")


def test_no_folder(folder):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        load_genre_folder(folder / "missing")
    with pytest.raises(NotADirectoryError, match="this is a file"):
        load_genre_folder(folder / "blues" / "0.wav")
