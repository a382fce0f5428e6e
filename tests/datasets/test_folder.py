import warnings

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


def below(folder, files):
    return [(path[len(str(folder)) + 1 :], reason) for path, reason in files]


def test_what_is_no_clip_is_reported_and_skipped(folder):
    (folder / "notes.txt").write_text("a list")
    (folder / ".cache").mkdir()
    (folder / "blues" / ".DS_Store").write_text("x")
    (folder / "blues" / "cover.jpg").write_text("x")
    (folder / "blues" / "lyrics").mkdir()
    with pytest.warns(SkgenreWarning, match="5 files are not clips and were skipped") as seen:
        music = load_genre_folder(folder)
    assert len(seen) == 1
    assert len(music.paths) == 4
    # What is hidden comes last: it is not what anybody misses.
    assert below(folder, music.ignored) == [
        ("notes.txt", "not in a genre's folder"),
        ("blues/lyrics", "a subfolder without sound files"),
        ("blues/cover.jpg", "not a sound file by its name"),
        (".cache", "hidden"),
        ("blues/.DS_Store", "hidden"),
    ]


def test_one_skipped_file_is_singular(folder):
    (folder / "tracks.csv").write_text("x")
    with pytest.warns(SkgenreWarning, match=r"1 file is not a clip and was skipped:\s.*tracks.csv"):
        load_genre_folder(folder)


def test_what_systems_leave_behind_is_hidden(folder):
    (folder / "__MACOSX" / "blues").mkdir(parents=True)
    (folder / "__MACOSX" / "blues" / "._0.wav").write_text("x")
    for name in ("._0.wav", "Thumbs.db", "desktop.ini"):
        (folder / "metal" / name).write_text("x")
    with pytest.warns(SkgenreWarning, match="4 files are not clips and were skipped"):
        music = load_genre_folder(folder)
    assert music.target_names.tolist() == ["blues", "metal"]
    assert {reason for _, reason in music.ignored} == {"hidden"}


M4A = b"\0\0\0\x20ftypM4A \0\0\2\0" + bytes(100)


def test_formats_to_convert_and_subfolders_are_named_first(folder):
    for number in range(12):
        (folder / "blues" / f".hidden{number}").write_text("x")
    (folder / "blues" / "9.m4a").write_bytes(M4A)
    (folder / "blues" / "8.wma").write_text("x")
    # The name does not tell what it is.
    (folder / "metal" / "7.mp3").write_bytes(M4A)
    (folder / "metal" / "live").mkdir()
    soundfile.write(folder / "metal" / "live" / "0.wav", np.zeros(100), 8000)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        music = load_genre_folder(folder)
    first, second, third = (str(warning.message) for warning in seen)
    assert "3 sound files in formats that can't be read here" in first
    assert "(M4A, MP4): 2; WMA: 1" in first
    assert "Convert them, for example with: ffmpeg -i '8.wma' '8.flac'" in first
    assert all(name in first for name in ("9.m4a", "8.wma", "7.mp3"))
    assert "1 subfolder of genre folders with sound files" in second
    assert "metal/live (a subfolder: 1 sound file)" in second
    assert "12 files are not clips" in third
    assert "and 2 more: see `ignored`" in third
    assert {warning.filename for warning in seen} == {__file__}
    assert len(music.paths) == 4
    assert sorted(path for path, _ in below(folder, music.unreadable)) == [
        "blues/8.wma",
        "blues/9.m4a",
        "metal/7.mp3",
    ]
    assert below(folder, music.ignored)[0][0] == "metal/live"


def test_unreadable_files_are_reported_and_left_out(folder):
    (folder / "metal" / "broken.mp3").write_text("not music")
    (folder / "metal" / "empty.wav").write_bytes(b"")
    soundfile.write(folder / "metal" / "none.wav", np.zeros(0), 8000)
    with pytest.warns(SkgenreWarning, match=r"3 sound files can't be(.|\n)*broken\.mp3"):
        music = load_genre_folder(folder)
    assert len(music.paths) == 4
    reasons = {path.rsplit("/", 1)[1]: reason for path, reason in music.unreadable}
    assert set(reasons) == {"broken.mp3", "empty.wav", "none.wav"}
    assert reasons["empty.wav"] == "empty file"
    assert reasons["none.wav"] == "no samples"


CUT = ["wav", "aiff", "au", "flac", "ogg", "mp3"]


def write_noise(path, extension):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 40_000)
    soundfile.write(path.with_suffix(f".{extension}"), noise, 16_000)
    return path.with_suffix(f".{extension}")


def test_files_that_were_cut_off_are_all_named_at_once(folder):
    for extension in CUT:
        path = write_noise(folder / "metal" / "cut", extension)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
        write_noise(folder / "metal" / "whole", extension)
    # A tag at the end of a FLAC file is no damage.
    with (folder / "metal" / "whole.flac").open("ab") as file:
        file.write(b"TAG".ljust(128, b"\0"))
    with pytest.warns(SkgenreWarning, match="6 sound files can't be read") as seen:
        music = load_genre_folder(folder)
    for extension in CUT:
        assert f"cut.{extension} (" in str(seen[0].message)
        assert str(folder / "metal" / f"whole.{extension}") in music.paths
    assert all("cut off" in reason for _, reason in music.unreadable)
    assert len(music.paths) == 4 + len(CUT)


@pytest.mark.parametrize("n_bytes", [1, 100, 5000])
def test_a_flac_file_without_its_last_bytes_is_found(folder, n_bytes):
    path = write_noise(folder / "metal" / "cut", "flac")
    path.write_bytes(path.read_bytes()[:-n_bytes])
    with pytest.warns(SkgenreWarning, match=r"1 sound file can't(.|\n)*cut\.flac"):
        load_genre_folder(folder)


def test_a_flac_file_of_unknown_length_says_so(folder):
    path = write_noise(folder / "metal" / "streamed", "flac")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    with pytest.warns(SkgenreWarning, match="leaves the number of samples open"):
        load_genre_folder(folder)


def test_a_genre_without_files_is_named(folder):
    (folder / "silence").mkdir()
    with pytest.raises(ValueError, match="the genre 'silence' has no readable sound file"):
        load_genre_folder(folder)


@pytest.mark.filterwarnings("ignore::skgenre.exceptions.SkgenreWarning")
def test_a_genre_of_unreadable_files_says_so(folder):
    (folder / "noise").mkdir()
    (folder / "noise" / "broken.wav").write_text("not music")
    with pytest.raises(
        ValueError, match=r"'noise' has no readable(.|\n)*unreadable, as broken\.wav"
    ):
        load_genre_folder(folder)


@pytest.mark.filterwarnings("ignore::skgenre.exceptions.SkgenreWarning")
def test_all_genres_without_a_readable_file_are_named_with_the_reason(folder):
    for genre in ("disco", "pop", "rock", "ska"):
        (folder / genre).mkdir()
    for number in range(3):
        (folder / "rock" / f"{number}.m4a").write_bytes(M4A)
    (folder / "rock" / ".DS_Store").write_text("x")
    (folder / "pop" / "album").mkdir()
    soundfile.write(folder / "pop" / "album" / "0.wav", np.zeros(100), 8000)
    (folder / "ska" / "cover.jpg").write_text("x")
    with pytest.raises(
        ValueError, match="'disco', 'pop', 'rock', 'ska' have no readable"
    ) as raised:
        load_genre_folder(folder)
    disco, pop, rock, ska = str(raised.value).splitlines()[1:]
    assert "disco: the folder is empty" in disco
    assert "pop: album (a subfolder: 1 sound file): move its files up into pop" in pop
    assert "rock: 3 sound files, all in formats that can't be read here" in rock
    assert "convert them, for example with: ffmpeg -i '0.m4a' '0.flac'" in rock
    assert "ska: 1 file that can't be clips, as cover.jpg" in ska


def test_what_is_unreadable_is_told_before_a_genre_without_files_ends_it(folder):
    (folder / "silence").mkdir()
    (folder / "metal" / "broken.wav").write_text("not music")
    with (
        pytest.warns(SkgenreWarning, match="1 sound file can't be read and was"),
        pytest.raises(ValueError, match="'silence'"),
    ):
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
