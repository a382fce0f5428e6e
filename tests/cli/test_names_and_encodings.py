"""The command with names that few programs expect, under locales that lack their characters."""

import csv
import io
import json
import os
import pickle
import subprocess
import sys
import urllib.parse

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skgenre.cli._app import app
from skgenre.features import MFCC, FramePooling
from skgenre.songs import combine_timeline, predict_song, predict_timeline

SR = 8000
CODE = "from skgenre.cli import main; main()"

# Of the locale C before Python 3.7, and of Windows without UTF-8.
ASCII_LOCALE = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "",
}
CP1252 = {"PYTHONIOENCODING": "cp1252"}
ASCII = {"PYTHONIOENCODING": "ascii"}

# File names, and what a table shows of them.
NAMES = {
    b"caf\xe9.wav": r"caf\xe9.wav",
    b"line\nbreak.wav": r"line\nbreak.wav",
    b"plain.wav": "plain.wav",
    "žluť 音楽.wav".encode(): "žluť 音楽.wav",
}
GENRES = ["start", "end", "file", "fold", "support", "genre:start", "rock\n音", "caf\udce9"]


def run(*arguments, **environment):
    """Run the command in a process of its own, and return its output as bytes."""
    command = [sys.executable, "-c", CODE, *map(os.fsencode, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env=os.environ | environment)


def in_process(*arguments):
    return CliRunner().invoke(app, list(map(os.fspath, arguments)))


def sounds(n):
    rng = np.random.default_rng(0)
    time = np.arange(SR) / SR
    tones = [np.sin(2 * np.pi * 200 * (1 + number) * time) for number in range(n)]
    return (0.3 * np.stack(tones) + 0.01 * rng.standard_normal((n, SR))).astype(np.float32)


def write(path, sound):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        soundfile.write(file, sound, SR, format="WAV")


def fit(genres):
    mfcc = MFCC(sr=SR, n_mfcc=8, n_mels=32, n_fft=512, hop_length=256, duration=1.0)
    model = make_pipeline(mfcc, FramePooling(), LogisticRegression(max_iter=1000))
    return model.fit(sounds(len(genres)), genres)


@pytest.fixture(scope="module")
def model():
    return fit(GENRES)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """A model and a folder of songs with names of all kinds."""
    root = tmp_path_factory.mktemp("names")
    (root / "model.pkl").write_bytes(pickle.dumps(model))
    try:
        for number, name in enumerate(NAMES):
            write(root / "songs" / os.fsdecode(name), sounds(len(NAMES))[number])
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    return root


def predict(folder, *options, **environment):
    return run(
        "predict", folder / "songs", "--model", folder / "model.pkl", *options, **environment
    )


@pytest.mark.parametrize(
    "environment",
    [CP1252, pytest.param(ASCII_LOCALE, marks=pytest.mark.slow)],
    ids=["cp1252", "C"],
)
def test_csv_has_all_rows_in_utf_8(folder, environment):
    result = predict(folder, "--top", "8", "--format", "csv", **environment)
    assert result.returncode == 0, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout.decode("utf-8"), newline="")))
    assert len(rows) == len(NAMES) * len(GENRES)
    files = {row["file"].rpartition("songs/")[2] for row in rows}
    # Data: a line break is one.
    assert files == {shown.replace(r"\n", "\n") for shown in NAMES.values()}
    assert {row["genre"] for row in rows} == {*GENRES[:-1], r"caf\xe9"}


def test_json_is_utf_8_and_bad_files_are_named_escaped_in_one_line(folder):
    bad, missing = folder / os.fsdecode(b"bad\n\xff.wav"), folder / os.fsdecode(b"\xe4.wav")
    bad.write_bytes(b"no music")
    options = ("--model", folder / "model.pkl", "--timeline", "--format", "json")
    result = run("predict", bad, missing, folder / "songs", *options, **ASCII)
    assert result.returncode == 1
    assert result.stdout == b""
    first, second, last = result.stderr.decode("ascii").splitlines()
    assert first.startswith("bad\\n\\xff.wav: the file has no audio")
    assert second.startswith("\\xe4.wav: there is no such file")
    assert last.startswith(f"Error: 2 of {2 + len(NAMES)} files can't be read, below {folder}.")
    skips = "--skip-bad-files"
    result = run("predict", bad, missing, folder / "songs", skips, *options, **ASCII)
    assert result.returncode == 0
    entries = json.loads(result.stdout.decode("utf-8"))
    assert len(entries) == len(NAMES)
    json.dumps(entries, ensure_ascii=False).encode("utf-8")
    (strange,) = [entry for entry in entries if "uri" in entry]
    assert strange["file"].endswith(r"caf\xe9.wav")
    path = urllib.parse.unquote_to_bytes(strange["uri"].removeprefix("file://"))
    assert path == os.fsencode(folder / "songs") + b"/caf\xe9.wav"
    for entry in entries:
        assert set(entry["timeline"][0]["probabilities"]) == {*GENRES[:-1], r"caf\xe9"}


@pytest.mark.parametrize(
    ("environment", "encoding"),
    [
        (ASCII_LOCALE, "ascii"),
        pytest.param(CP1252, "cp1252", marks=pytest.mark.slow),
        pytest.param(ASCII, "ascii", marks=pytest.mark.slow),
    ],
    ids=["C", "cp1252", "ascii"],
)
def test_a_table_has_one_line_for_each_song(folder, environment, encoding):
    result = predict(folder, "--top", "1", **environment)
    assert result.returncode == 0, result.stderr
    lines = [line for line in result.stdout.decode(encoding).splitlines() if ".wav" in line]
    assert len(lines) == len(NAMES)
    for shown in NAMES.values():
        expected = shown.encode(encoding, "backslashreplace").decode(encoding)
        assert sum(expected in line for line in lines) == 1


@pytest.mark.slow
def test_a_model_that_is_missing_is_named(folder):
    arguments = ("predict", "song.wav", "--model", folder / os.fsdecode(b"\xe4.skops"))
    result = run(*arguments, **ASCII_LOCALE)
    assert result.returncode == 1
    assert result.stderr.decode("ascii").startswith(f"Error: {folder}/\\xe4.skops: no such file")


def test_an_emoji_code_or_markup_in_a_name_is_no_emoji_and_no_markup(folder):
    name = ":cat: [red]x[/red]  y.wav"
    write(folder / name, sounds(1)[0])
    result = in_process("predict", folder / name, "--model", folder / "model.pkl")
    assert result.exit_code == 0, result.output
    assert name in result.stdout


def test_timelines_of_genres_with_the_names_of_columns(model, folder):
    song = folder / "songs" / "plain.wav"
    options = ("--timeline", "--format", "csv", "--model", folder / "model.pkl")
    result = in_process("predict", song, *options)
    assert result.exit_code == 0, result.output
    (row,) = csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8"), newline=""))
    clash = {"start", "end", "file"}
    names = [f"genre:{g}" if g in clash or g.startswith("genre:") else g for g in GENRES]
    assert list(row) == ["file", "start", "end", *(n for n in sorted_like(model, names))]
    assert (row["file"], float(row["start"]), float(row["end"])) == (str(song), 0, 1)
    probabilities = dict(zip(model.classes_, model.predict_proba([str(song)])[0], strict=True))
    assert float(row["genre:start"]) == pytest.approx(probabilities["start"], abs=1e-4)
    assert float(row["genre:genre:start"]) == pytest.approx(probabilities["genre:start"], abs=1e-4)


def sorted_like(model, names):
    """Return the names of columns in the order of the model's genres."""
    by_genre = dict(zip(GENRES, names, strict=True))
    return [by_genre[genre].replace("\udce9", r"\xe9") for genre in model.classes_.tolist()]


def test_the_timeline_as_a_table_has_times_and_genres_apart(folder):
    song = folder / "songs" / "line\nbreak.wav"
    options = ("--timeline", "--top", "8", "--model", folder / "model.pkl")
    result = in_process("predict", song, *options)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{folder}/songs/line\\nbreak.wav: ")
    (row,) = [line for line in lines if "00:00.0" in line]
    for genre in ("start", "end", "file", r"rock\n音", r"caf\xe9"):
        assert f"{genre} 0" in row or f"{genre} 1" in row


def test_python_tables_of_genres_with_the_names_of_columns(model, folder):
    from skgenre.inspection import GenreTimelineDisplay

    song = folder / "songs" / "plain.wav"
    timeline = predict_timeline(model, song)
    assert timeline.columns.is_unique
    assert timeline["start"].tolist() == [0.0]
    expected = dict(zip(model.classes_, model.predict_proba([str(song)])[0], strict=True))
    for combined in (combine_timeline(timeline), predict_song(model, song)):
        assert combined.to_dict() == pytest.approx(expected)
    assert combine_timeline(timeline, "majority")[model.predict([str(song)])[0]] == 1.0
    display = GenreTimelineDisplay.from_timeline(timeline)
    assert list(display.classes) == model.classes_.tolist()


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_features_keep_names(folder, tmp_path, suffix):
    out = tmp_path / f"table.{suffix}"
    files = sorted(map(os.fsdecode, NAMES))
    paths = [folder / "songs" / name for name in files]
    result = in_process("features", *paths, "--kind", "gtzan", "--sr", "8000", "--out", out)
    assert result.exit_code == 0, result.output
    if suffix == "npz":
        with np.load(out) as arrays:
            kept = arrays["paths"].tolist()
        assert kept == list(map(str, paths))
    else:
        kept = pd.read_csv(out, encoding="utf-8")["path"]
        shown = [NAMES[os.fsencode(name)].replace(r"\n", "\n") for name in files]
        assert [path.rpartition("songs/")[2] for path in kept] == shown


def test_check_lists_and_writes_names(folder, tmp_path):
    out = tmp_path / "report.csv"
    result = in_process("check", folder / "songs", "--min-duration", "2", "--out", out)
    assert result.exit_code == 1, result.output
    lines = [line for line in result.stdout.splitlines() if ".wav" in line]
    assert len(lines) == len(NAMES)
    assert all(sum(shown in line for line in lines) == 1 for shown in NAMES.values())
    assert len(pd.read_csv(out, encoding="utf-8")) == len(NAMES)


@pytest.mark.slow
def test_compare_and_fit_genres_with_such_names(tmp_path):
    music = tmp_path / os.fsdecode(b"m\xfcsic\n")
    clips = sounds(8).reshape(8, -1)
    for number, genre in enumerate(["$fold$_^", "caf\udce9"]):
        for n in range(4):
            write(music / genre / f"{n}.wav", clips[4 * number + n])
    out, html = tmp_path / "results.csv", tmp_path / "report.html"
    picture = tmp_path / "confusion.png"
    options = ("--models", "xgb", "--cv", "2", "--out", out, "--html", html)
    options += ("--confusion", picture)
    result = run("compare", music, *options, **ASCII)
    assert result.returncode == 0, result.stderr
    assert "accuracy" in pd.read_csv(out, encoding="utf-8").columns.str.cat()
    assert r"m\xfcsic\n" in html.read_text(encoding="utf-8")
    assert b"+/-" in result.stdout
    assert picture.stat().st_size > 0
    model = tmp_path / os.fsdecode(b"mod\xe9l.skops")
    result = run("fit", music, "--model", "xgb", "--save", model, **ASCII)
    assert result.returncode == 0, result.stderr
    song = music / "caf\udce9" / "0.wav"
    result = run("predict", song, "--model", model, "--format", "csv", **ASCII_LOCALE)
    assert result.returncode == 0, result.stderr
    rows = csv.DictReader(io.StringIO(result.stdout.decode("utf-8"), newline=""))
    assert {row["genre"] for row in rows} == {"$fold$_^", r"caf\xe9"}


@pytest.mark.slow
def test_help_is_printed_in_ascii():
    result = run("predict", "--help", **ASCII)
    assert result.returncode == 0, result.stderr
    assert "--timeline" in result.stdout.decode("ascii")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("form", ["table", pytest.param("csv", marks=pytest.mark.slow)])
def test_streams_that_are_closed_take_nothing_and_are_no_error(folder, form):
    command = [sys.executable, "-c", CODE, "predict", folder / "songs", "--format", form]
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command, "--model", folder / "model.pkl"]
    result = subprocess.run(closed, capture_output=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
