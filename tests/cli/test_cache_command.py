"""``skgenre cache``, run as a user runs it."""

import numpy as np
import pytest

from skgenre.features import MFCC, cache_info

from ..other_processes import run_command

# Three of 20 x 44 values of four bytes, each with a header of 128 bytes and a digest of 20.
SIZE = "11.0 KB"


def run(*arguments):
    return run_command("cache", *arguments)


@pytest.fixture
def memory(tmp_path):
    """A folder with three entries, two of them read once, and a file of the user's."""
    clips = np.random.default_rng(0).uniform(-1, 1, (3, 22050))
    mfcc = MFCC(memory=tmp_path)
    mfcc.fit_transform(clips)
    mfcc.fit_transform(clips[:2])
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path


def cells(result):
    """Return the words of the table's only row."""
    assert result.returncode == 0, result.stderr
    row = result.stdout.splitlines()[3]
    return [cell.strip() for cell in row.strip("│").split("│")]


def test_info_counts(memory):
    assert cells(run("info", memory))[1:] == ["3", SIZE, "2", "3", "0"]


def test_clear_removes_the_features_alone(memory):
    (memory / "skgenre-features" / "scratch").mkdir()
    (memory / "skgenre-features" / "scratch" / "1-2-elsewhere").write_bytes(b"left behind")
    assert cells(run("clear", memory))[1:] == ["3", SIZE, "0"]
    assert cache_info(memory).entries == 0
    assert [path.name for path in memory.iterdir()] == ["notes.txt"]


def test_a_folder_without_a_cache_is_empty(tmp_path):
    assert cells(run("info", tmp_path))[1:] == ["0", "0 B", "0", "0", "0"]
    assert cells(run("clear", tmp_path))[1:] == ["0", "0 B", "0"]


@pytest.mark.parametrize("command", ["info", "clear"])
def test_a_folder_that_does_not_exist_is_wrong_usage(command, tmp_path):
    result = run(command, tmp_path / "nowhere")
    assert result.returncode == 2
    # The frame around the message breaks long paths anywhere.
    assert "nowhere" in "".join(result.stderr.replace("│", " ").split())
