"""The command, run as a user runs it: its output, its files, its exit codes."""

import json
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import skgenre
from skgenre.datasets import load_genre_folder, make_genre_music
from skgenre.features import GTZANFeatures, cache_info
from skgenre.persistence import read_evaluation
from skgenre.systems._models import MODELS

from ..other_processes import run_command as run


def error_lines(result):
    """Return the lines on standard error that are neither progress nor news."""
    return [line for line in result.stderr.splitlines() if line.startswith("Error")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixteen clips of two genres in genre folders."""
    path = tmp_path_factory.mktemp("genres")
    make_genre_music(16, genres=["classical", "metal"], duration=3.0, random_state=0, to=path)
    return path


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    """A small model, fitted by the command."""
    path = tmp_path_factory.mktemp("models") / "model.pkl"
    result = run("fit", folder, "--model", "xgb", "--save", path)
    assert result.returncode == 0, result.stderr
    return path


@pytest.fixture(scope="module")
def songs(folder):
    return sorted(folder.rglob("*.flac"))


def test_compare_prints_a_table_and_writes_what_it_was_asked_for(folder, tmp_path):
    result = run(
        *("compare", folder, "--models", "xgb,cnn", "--cv", 2, "--epochs", 2),
        *("--out", tmp_path / "results.csv", "--confusion", tmp_path / "confusion.png"),
        *("--save", tmp_path / "best.pkl", "--memory", tmp_path / "cache"),
    )
    assert result.returncode == 0, result.stderr
    assert "xgb" in result.stdout
    assert "cnn" in result.stdout
    assert "16 clips, 2 genres (chance 0.50)" in result.stdout
    frame = pd.read_csv(tmp_path / "results.csv")
    assert frame.groupby("pipeline").size().to_dict() == {"cnn": 2, "xgb": 2}
    assert {"test_accuracy", "test_f1_macro", "fit_time"} <= set(frame.columns)
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
    # Two kinds of features, each once a clip, though two folds and the refit asked for them.
    # Both models take the same segments of the sixteen clips.
    assert cache_info(tmp_path / "cache").misses == 16
    saved = pickle.loads((tmp_path / "best.pkl").read_bytes())
    assert list(saved.classes_) == ["classical", "metal"]


def test_compare_saves_the_best_model_with_its_scores(folder, tmp_path):
    result = run(
        *("compare", folder, "--models", "fast", "--cv", 2, "--format", "json", "--quiet"),
        *("--save", tmp_path / "best.skops"),
    )
    assert result.returncode == 0, result.stderr
    evaluation = read_evaluation(tmp_path / "best.skops")
    (row,) = json.loads(result.stdout)["ranking"]
    for name, score in evaluation["scores"].items():
        assert score == {key: row["scores"][name][key] for key in ("mean", "low", "high")}
    assert evaluation["protocol"].startswith("16 clips; 2 genres; ")


def test_compare_writes_a_report_and_takes_finished_folds_from_memory(folder, tmp_path):
    report = tmp_path / "report.html"
    command = ["compare", folder, "--models", "xgb", "--cv", 2, "--html", report]
    command += ["--scoring", "map_at_1, accuracy", "--memory", tmp_path / "memory"]
    first = run(*command)
    assert first.returncode == 0, first.stderr
    assert "map_at_1" in first.stdout
    page = report.read_text(encoding="utf-8")
    assert "map_at_1" in page
    assert "earlier run" not in page
    assert run(*command).stdout == first.stdout
    assert "2 folds were finished in an earlier run" in report.read_text(encoding="utf-8")
    run(*command, "--no-resume")
    assert "earlier run" not in report.read_text(encoding="utf-8")
    assert " 2 " in run("cache", "info", tmp_path / "memory").stdout
    run("cache", "clear", tmp_path / "memory")
    assert list((tmp_path / "memory").iterdir()) == []


def test_compare_names_an_unknown_score_before_the_work(folder):
    result = run("compare", folder, "--models", "xgb", "--cv", 2, "--scoring", "acuracy")
    assert result.returncode == 1
    (line,) = error_lines(result)
    assert "Did you mean 'accuracy'" in line


def test_a_saved_model_holds_no_path_of_the_machine_it_was_made_on(folder, tmp_path):
    save, memory = tmp_path / "model.pkl", tmp_path / "cache"
    assert run("fit", folder, "--model", "xgb", "--save", save, "--memory", memory).returncode == 0
    assert str(tmp_path).encode() not in save.read_bytes()


def test_compare_without_a_folder_composes_its_own_music():
    result = run(
        *("compare", "--models", "xgb", "--cv", 2, "--clips", 8, "--duration", 3),
        *("--genres", "classical,metal"),
    )
    assert result.returncode == 0, result.stderr
    assert "8 clips, 2 genres" in result.stdout


def test_fit_then_predict_names_the_genre(model, songs):
    result = run("predict", *songs, "--model", model, "--top", 1, "--format", "csv")
    assert result.returncode == 0, result.stderr
    rows = [line.split(",") for line in result.stdout.splitlines()]
    assert rows[0] == ["file", "rank", "genre", "probability"]
    right = [genre == Path(file).parent.name for file, _, genre, _ in rows[1:]]
    assert len(right) == 16
    assert np.mean(right) > 0.9


def test_predict_gives_the_probabilities_of_the_model(model, songs):
    fitted = pickle.loads(model.read_bytes())
    result = run("predict", songs[0], "--model", model, "--top", 5, "--format", "json")
    (prediction,) = json.loads(result.stdout)
    assert prediction["file"] == str(songs[0])
    given = {entry["genre"]: entry["probability"] for entry in prediction["genres"]}
    expected = dict(zip(fitted.classes_, fitted.predict_proba([str(songs[0])])[0], strict=True))
    assert given == pytest.approx(expected)
    assert list(given.values()) == sorted(given.values(), reverse=True)


def test_predict_prints_a_table(model, songs):
    result = run("predict", songs[0], "--model", model)
    assert result.returncode == 0
    assert songs[0].name in result.stdout.replace("\n", "") or "│" in result.stdout
    assert "classical" in result.stdout


def test_predict_names_a_bad_file_in_one_line_and_leaves_it_out_if_told(model, songs, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no music")
    command = ["predict", songs[0], text, songs[-1], "--model", model, "--format", "json"]
    result = run(*command)
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = error_lines(result)
    assert "notes.txt" in line
    assert "Traceback" not in result.stderr
    result = run(*command, "--skip-bad-files")
    assert result.returncode == 0, result.stderr
    assert "notes.txt" in result.stderr
    assert [entry["file"] for entry in json.loads(result.stdout)] == [str(songs[0]), str(songs[-1])]


@pytest.mark.parametrize(("kind", "n_bands"), [("mel", 128), ("mfcc", 20), ("chroma", 12)])
def test_features_writes_an_array_a_file(kind, n_bands, songs, tmp_path):
    out = tmp_path / "features.npz"
    result = run("features", *songs[:3], "--kind", kind, "--out", out, "--duration", 2)
    assert result.returncode == 0, result.stderr
    with np.load(out) as data:
        assert data["X"].shape == (3, n_bands, 87)
        assert data["paths"].tolist() == list(map(str, songs[:3]))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A cache that the tests of one table share."""
    return tmp_path_factory.mktemp("kept")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_features_of_a_folder_are_a_table_with_its_genres(suffix, folder, kept, tmp_path):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    out = tmp_path / f"table{suffix}"
    result = run("features", folder, "--kind", "gtzan", "--out", out, "--memory", kept)
    assert result.returncode == 0, result.stderr
    music = load_genre_folder(folder)
    if suffix == ".npz":
        with np.load(out) as data:
            values, names, genres = data["X"], list(data["columns"]), data["genres"]
    else:
        table = pd.read_csv(out) if suffix == ".csv" else pd.read_parquet(out)
        assert list(table["path"]) == list(map(str, music.paths))
        names, genres = list(table.columns[2:]), table["genre"]
        values = table[names].to_numpy()
    assert list(genres) == list(music.target)
    assert names == list(GTZANFeatures().get_feature_names_out())
    expected = GTZANFeatures().fit_transform(music.paths[:2])
    np.testing.assert_allclose(values[:2], expected, rtol=1e-6)
    assert cache_info(kept).entries == len(music.paths)


def test_features_of_different_lengths_name_the_option(songs, tmp_path):
    short = make_genre_music(1, genres=["metal"], duration=1.0, random_state=1, to=tmp_path / "new")
    result = run("features", songs[0], short.paths[0], "--out", tmp_path / "x.npz")
    assert result.returncode == 1
    (line,) = error_lines(result)
    assert "duration" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "no/such/folder"], ["no/such/folder"]),
        (["fit", "no/such/folder", "--save", "model.pkl"], ["no/such/folder"]),
        (["predict", "song.wav", "--model", "no-such.pkl"], ["no-such.pkl", "skgenre fit"]),
        (["features", "no-such.wav", "--out", "x.npz"], ["no-such.wav"]),
        (["compare", "--genres", "polka", "--clips", "4"], ["polka"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_1(arguments, words, tmp_path):
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 1
    (line,) = error_lines(result)
    assert all(word in line for word in words)
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bad_file_is_all_that_standard_error_says(model, songs, tmp_path):
    """Not even what the decoder would print of half an MP3 file."""
    samples, rate = soundfile.read(songs[0])
    cut = tmp_path / "cut.mp3"
    soundfile.write(cut, samples, rate)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    for arguments in (
        ["predict", cut, "--model", model],
        ["features", cut, "--out", tmp_path / "x.npz"],
    ):
        result = run(*arguments)
        assert result.returncode == 1
        (line,) = result.stderr.splitlines()
        assert line.startswith(f"Error: {cut}: the file is cut off")
        assert result.stdout == ""


@pytest.mark.parametrize("option", ["--out", "--save", "--confusion", "--html"])
def test_what_can_not_be_written_is_said_before_the_work(option, folder, tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "result"):
        result = run("compare", folder, "--models", "xgb", "--cv", 2, option, path)
        assert result.returncode == 1
        (line,) = result.stderr.splitlines()
        assert line.startswith(f"Error: {path}: ")
        assert result.stdout == ""


def test_an_old_model_outlives_a_failed_fit(tmp_path, songs):
    save = tmp_path / "model.pkl"
    save.write_bytes(b"old")
    for genre in ("classical", "metal"):
        (tmp_path / "music" / genre).mkdir(parents=True)
        (tmp_path / "music" / genre / "a.wav").write_bytes(b"no music")
    assert run("fit", tmp_path / "music", "--save", save).returncode == 1
    assert save.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.pkl", "music"]


def test_an_interrupt_ends_without_a_traceback():
    command = [Path(sys.executable).parent / "skgenre", "compare", "--models", "cnn"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # Composing has begun.
        assert "Composing" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in output + errors


def test_a_folder_with_one_genre_is_bad_input(folder, tmp_path):
    (tmp_path / "metal").symlink_to(folder / "metal")
    result = run("compare", tmp_path)
    assert result.returncode == 1
    (line,) = error_lines(result)
    assert "genre" in line


def test_a_genre_of_one_clip_is_bad_input(folder, songs, tmp_path):
    (tmp_path / "metal").symlink_to(folder / "metal")
    (tmp_path / "solo").mkdir()
    (tmp_path / "solo" / "only.flac").symlink_to(songs[0])
    result = run("compare", tmp_path, "--cv", 5, "--models", "xgb")
    assert result.returncode == 1
    (line,) = error_lines(result)
    assert "'solo' has 1 clip" in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no model at all", "not a pickle"),
        (pickle.dumps({"a": 1}), "holds a dict, not a fitted classifier"),
    ],
)
def test_a_file_that_is_no_model(content, words, songs, tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    result = run("predict", songs[0], "--model", path)
    assert result.returncode == 1
    (line,) = error_lines(result)
    assert words in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "--models", "cmn"], "Did you mean 'cnn'?"),
        (["compare", "--models", ","], "name at least one model"),
        (["compare", "--cv", "1"], "--cv"),
        (["compare", "folder", "--clips", "40"], "--clips"),
        (["compare", "--layout", "fma", "--held-out", "test"], "this needs a FOLDER"),
        (["compare", "folder", "--held-out", "valid"], "--layout genres has no published split"),
        (["compare", "folder", "--layout", "gtzan", "--groups", "artist"], "groups of its own"),
        (["compare", "folder", "--genres", "jazz,rock"], "you gave a FOLDER"),
        (["fit", "folder", "--save", "m.pkl", "--model", "cnn,xgb"], "name one model"),
        (["fit", "folder"], "--save"),
        (["predict", "--model", "m.pkl"], "SONGS"),
        (["features", "a.wav", "--out", "x.csv"], "must end in .npz or .zarr for --kind mel"),
        (["features", "a.wav", "--out", "x.txt", "--kind", "fma"], ".npz or .csv or .parquet"),
        (["features", "a.wav", "--out", "x.npz", "--kind", "tempo"], "--kind"),
        (["compose"], "compose"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments, words):
    result = run(*arguments)
    assert result.returncode == 2
    text = " ".join(result.stderr.replace("│", " ").split())
    assert words in text


@pytest.mark.parametrize("command", ["compare", "fit", "predict", "features"])
def test_help_shows_examples(command):
    result = run(command, "--help")
    assert result.returncode == 0
    assert f"skgenre {command} " in result.stdout.split("Examples:")[1]


@pytest.mark.parametrize("command", ["compare", "fit"])
def test_help_names_every_model(command):
    words = run(command, "--help").stdout.replace("│", " ").replace(",", " ").split()
    assert set(MODELS) <= set(words)


def test_help_of_predict_warns_of_pickles():
    text = " ".join(run("predict", "--help").stdout.replace("│", " ").split())
    assert "load only pickles that you trust" in text


def test_version():
    assert run("--version").stdout == f"skgenre {skgenre.__version__}\n"


def test_help_loads_no_torch():
    code = (
        "import sys; sys.argv = ['skgenre', '--help']\n"
        "from skgenre.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print({'torch', 'sklearn', 'librosa', 'numba'} & set(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stderr.strip() == "set()"
