"""``skgenre check``, run as a user runs it."""

import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile

from skgenre.datasets import make_genre_music

from ..other_processes import run_command


def run(*arguments):
    return run_command("check", *arguments)


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    make_genre_music(4, genres=["jazz", "rock"], duration=4.0, random_state=0, to=folder)
    return folder


def test_nothing_found_is_success(music):
    result = run(music)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert "4 sound files" in result.stderr
    assert "no problems found" in result.stderr


def test_findings_are_listed_and_the_code_is_1(music, tmp_path):
    y, sr = soundfile.read(music / "jazz" / "jazz.00000.flac")
    (tmp_path / "sub").mkdir()
    soundfile.write(tmp_path / "sub" / "a.ogg", y, sr)
    soundfile.write(tmp_path / "b.wav", y / 2, sr)
    soundfile.write(tmp_path / "c.wav", 0 * y, sr)
    (tmp_path / "d.mp3").write_text("no music")
    result = run(tmp_path, "--jobs", 2, "--out", tmp_path / "report.csv")
    assert result.returncode == 1
    rows = [line.split("│")[1:3] for line in result.stdout.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["b.wav", "near duplicate"],
        ["sub/a.ogg", "near duplicate"],
        ["c.wav", "silent"],
        ["d.mp3", "undecodable"],
    ]
    assert "4 sound files" in result.stderr
    assert "problems in 4" in result.stderr
    assert "d.mp3: the file has no audio" in result.stderr
    report = pd.read_csv(tmp_path / "report.csv", keep_default_na=False)
    assert sorted(report.finding) == ["near duplicate"] * 2 + ["silent", "undecodable"]


def test_limits_are_passed_on(music):
    result = run(music, "--min-duration", 5)
    assert result.returncode == 1
    assert result.stdout.count("short") == 4


def test_a_folder_without_music(tmp_path):
    result = run(tmp_path)
    assert result.returncode == 1
    assert "there are no sound files in it" in result.stderr
    assert run(tmp_path / "nowhere").returncode == 2


def test_the_rule_of_the_loaders_about_hidden_and_foreign_files(music, tmp_path):
    shutil.copytree(music, tmp_path / "music")
    (tmp_path / "music" / "__MACOSX" / "jazz").mkdir(parents=True)
    for name in ("__MACOSX/jazz/._a.wav", "jazz/._a.wav", "jazz/.DS_Store", "jazz/cover.jpg"):
        (tmp_path / "music" / name).write_text("x")
    result = run(tmp_path / "music")
    assert result.returncode == 0, result.stderr
    assert "4 sound files" in result.stderr
    assert "skipped hidden files: __MACOSX, jazz/._a.wav." in result.stderr
    (tmp_path / "music" / "rock" / "b.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    result = run(tmp_path / "music")
    assert result.returncode == 1
    assert "5 sound files" in result.stderr
    assert "rock/b.m4a" in result.stdout
    assert "can't be read" in result.stderr
    assert "ffmpeg -i 'b.m4a' 'b.flac'" in result.stderr


def test_the_report_is_a_csv_file(music):
    result = run(music, "--out", music / "report.txt")
    assert result.returncode == 2
    assert "must end in .csv" in " ".join(result.stderr.split())


def write_two_genres(folder):
    """Twelve clips of each of two genres from one random process, at different rates."""
    rng = np.random.default_rng(0)
    for genre, sr in (("jazz", 8000), ("rock", 9000)):
        (folder / genre).mkdir()
        for number in range(12):
            y = 0.1 * rng.normal(size=sr)
            soundfile.write(folder / genre / f"{number}.wav", y, sr)


def test_facts_that_predict_the_genre_are_named_with_the_cure(tmp_path):
    write_two_genres(tmp_path)
    result = run(tmp_path)
    assert result.returncode == 1
    text = " ".join(result.stderr.split())
    assert "Confound: the sampling rate alone predicts the genre with an accuracy of 1.00" in text
    assert "8000 Hz (jazz), 9000 Hz (rock). Resample all files to one rate." in text
    assert "no faults or duplicates found" in text
    assert "no problems" not in text


def test_the_genres_of_a_table_are_its_column(tmp_path):
    write_two_genres(tmp_path)
    files = [path.relative_to(tmp_path) for path in sorted(tmp_path.glob("*/*.wav"))]
    table = pd.DataFrame({"path": files, "genre": [path.parent.name for path in files]})
    table.to_csv(tmp_path / "tracks.csv", index=False)
    result = run(tmp_path / "tracks.csv")
    assert result.returncode == 1
    assert "Confound: the sampling rate" in result.stderr
    table.assign(genre=["ab"[i % 2] for i in range(24)]).to_csv(
        tmp_path / "tracks.csv", index=False
    )
    result = run(tmp_path / "tracks.csv")
    assert result.returncode == 0, result.stderr
    assert "Confound" not in result.stderr
