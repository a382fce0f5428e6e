"""Which files of a folder the commands take: the rule of the loaders."""

import csv
import pickle

import numpy as np
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skgenre.cli._app import app
from skgenre.cli._sound_files import find_sound_files
from skgenre.features import MFCC, FramePooling

M4A = b"\0\0\0\x20ftypM4A \0\0\2\0" + bytes(100)


@pytest.fixture
def folder(tmp_path):
    """Two sound files, an M4A file, and what Macs, Windows and archives leave behind."""
    folder = tmp_path / "music"
    for name in ("b.wav", "album/a.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.random.default_rng(0).uniform(-0.5, 0.5, 8000), 8000)
    (folder / "c.M4A").write_bytes(M4A)
    (folder / "__MACOSX" / "album").mkdir(parents=True)
    (folder / ".trash").mkdir()
    for name in ("._b.wav", "album/.DS_Store", "Thumbs.db", "cover.jpg"):
        (folder / name).write_text("x")
    for name in ("__MACOSX/album/._a.wav", ".trash/d.wav"):
        (folder / name).write_text("x")
    return folder


def test_hidden_files_and_folders_are_left_out(folder, capsys):
    files = find_sound_files(folder)
    assert files == [folder / "album" / "a.wav", folder / "b.wav", folder / "c.M4A"]
    assert "skipped hidden files: ._b.wav, .trash, __MACOSX." in capsys.readouterr().err


def test_links_without_a_file_are_listed_so_that_they_are_named(folder):
    (folder / "a.wav").symlink_to(folder / "gone.wav")
    assert folder / "a.wav" in find_sound_files(folder)


def test_a_folder_that_is_hidden_itself_is_read(folder):
    assert find_sound_files(folder / ".trash") == [folder / ".trash" / "d.wav"]


def test_a_folder_with_nothing_but_hidden_files_says_so(folder, capsys):
    with pytest.raises(ValueError, match="there are no sound files in it"):
        find_sound_files(folder / "__MACOSX")
    assert "skipped hidden files: album/._a.wav." in capsys.readouterr().err


def test_predict_names_what_has_to_be_converted(folder, tmp_path):
    model = make_pipeline(
        MFCC(sr=8000, duration=1.0), FramePooling(), DummyClassifier(strategy="prior")
    )
    model.fit(np.zeros((2, 8000)), ["jazz", "rock"])
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    command = ["predict", str(folder), "--model", str(tmp_path / "model.pkl"), "--format", "csv"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "c.M4A: MPEG-4 audio or video" in str(result.exception)
    assert "ffmpeg -i 'c.M4A' 'c.flac'" in str(result.exception)
    result = CliRunner().invoke(app, [*command, "--skip-bad-files"])
    assert result.exit_code == 0, result.stderr
    assert "c.M4A: MPEG-4 audio or video" in result.stderr
    files = {row["file"] for row in csv.DictReader(result.stdout.splitlines())}
    assert files == {str(folder / "album" / "a.wav"), str(folder / "b.wav")}
