"""Tables of tracks and bad sound files, given to the commands."""

import json
import pickle
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skgenre.cli._app import app
from skgenre.cli._models import DEFAULT_MODEL, DEFAULT_MODELS, check_takes, make_model
from skgenre.cli._music import HeldOut, Layout, read_music
from skgenre.cli._tracks import FileCheck, Wanted
from skgenre.datasets import make_genre_music
from skgenre.datasets._gtzan_clips import GENRES as GTZAN
from skgenre.exceptions import SkgenreWarning
from skgenre.features import MFCC, FramePooling

from ..other_processes import run_command as run

M4A = b"\0\0\0\x20ftypM4A \0\0\2\0" + bytes(100)
BAD = ["cut.wav", "empty.flac", "page.mp3", "song.m4a"]


def call(*arguments):
    """Run a command in this process: for what fails early, or needs no model."""
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("composed") / "music"
    made = make_genre_music(
        16, genres=["classical", "metal"], duration=2.0, random_state=0, to=folder
    )
    table = pd.DataFrame({"file": made.paths, "genre": made.target, "artist": made.groups})
    table["file"] = table["file"].str.rpartition("/")[2]
    table["split"] = np.where(np.arange(16) % 8 < 5, "Training", "test")
    table.to_csv(folder / "tracks.csv", index=False)
    return folder


@pytest.fixture
def folder(music, tmp_path):
    """Sixteen clips of two genres, eight artists, and a table that lists them."""
    return shutil.copytree(music, tmp_path / "music")


def add_bad_files(folder):
    soundfile.write(folder / "metal" / "cut.wav", np.zeros(8000), 8000)
    content = (folder / "metal" / "cut.wav").read_bytes()
    (folder / "metal" / "cut.wav").write_bytes(content[:5000])
    (folder / "metal" / "empty.flac").write_bytes(b"")
    (folder / "classical" / "page.mp3").write_text("<!DOCTYPE html><html>404</html>")
    (folder / "classical" / "song.m4a").write_bytes(M4A)
    (folder / "classical" / "._x.wav").write_text("x")


@pytest.fixture
def model(tmp_path):
    """A model that takes sound files, as a pickle."""
    fitted = make_pipeline(
        MFCC(sr=8000, duration=1.0), FramePooling(), DummyClassifier(strategy="prior")
    ).fit(np.zeros((2, 8000)), ["classical", "metal"])
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(fitted))
    return path


def test_compare_names_all_bad_files_at_once_and_stops(folder):
    add_bad_files(folder)
    result = run("compare", folder, "--models", "xgb", "--cv", 2)
    assert result.returncode == 1
    assert result.stdout == ""
    told, lines = result.stderr.splitlines()[-6:-1], result.stderr.splitlines()
    assert "._x.wav (hidden)" in result.stderr
    for name in BAD:
        assert sum(name in line.partition(":")[0] for line in told) == 1
    assert lines[-1].startswith(f"Error: 4 of 20 files can't be read, below {folder}.")
    assert "--skip-bad-files" in lines[-1]
    assert "'skgenre check'" in lines[-1]
    assert "can't be read and" not in result.stderr  # a warning of the loader


def test_bad_files_are_named_even_if_the_command_is_quiet(folder):
    add_bad_files(folder)
    (folder / "tracks.csv").unlink()
    (folder / "classical" / "._x.wav").unlink()
    result = call("compare", folder, "--models", "xgb", "--quiet")
    assert result.exit_code == 1
    assert all(name in result.stderr for name in BAD)


def test_compare_leaves_bad_files_out_and_lists_them(folder, tmp_path):
    add_bad_files(folder)
    out, page = tmp_path / "scores.csv", tmp_path / "report.html"
    result = run(
        *("compare", folder, "--models", "xgb", "--cv", 2, "--skip-bad-files"),
        *("--out", out, "--html", page),
    )
    assert result.returncode == 0, result.stderr
    assert "Left out 4 of 20 files" in result.stderr
    assert "16 clips, 2 genres" in result.stdout
    listed = pd.read_csv(tmp_path / "scores.left_out.csv")
    assert sorted(listed["file"].str.rpartition("/")[2]) == BAD
    assert listed["reason"].str.len().min() > 5
    assert "song.m4a" in page.read_text(encoding="utf-8")


def test_compare_takes_a_table_and_keeps_its_groups_together(folder):
    result = run(
        "compare", folder / "tracks.csv", "--group", "artist", "--models", "xgb", "--cv", 2
    )
    assert result.returncode == 0, result.stderr
    said = (
        f"{folder / 'tracks.csv'}: files from the column 'file'; genres from 'genre'; groups from"
    )
    assert said in result.stderr
    assert f"16 files from {folder / '<genre>'}" in result.stderr
    assert "The split of the table is not used" in result.stderr
    assert "StratifiedGroupKFold(2, shuffled)" in result.stdout


def test_compare_scores_on_the_split_of_a_table(folder, tmp_path):
    out = tmp_path / "scores.csv"
    command = ["compare", folder / "tracks.csv", "--group", "none", "--models", "xgb", "--out", out]
    command += ["--scoring", "accuracy"]  # the bootstrap of others takes a while
    result = run(*command, "--held-out", "test")
    assert result.returncode == 0, result.stderr
    assert pd.read_csv(out)[["n_train", "n_test"]].to_numpy().tolist() == [[10, 6]]
    result = run(*command, "--split-column", "split")
    assert result.returncode == 0, result.stderr
    assert pd.read_csv(out)[["n_train", "n_test"]].to_numpy().tolist() == [[10, 6]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--genre-column", "style"], "no column 'style' for --genre-column. The columns are"),
        (["--held-out", "valid"], "none of the files is of the valid part (valid or validation"),
        (["--held-out", "test", "--split-column", "none"], "name it with --split-column"),
        (["--root", "nowhere"], "nowhere: there is no such folder for --root"),
    ],
)
def test_what_a_table_lacks_is_named(folder, arguments, words):
    result = call("compare", folder / "tracks.csv", "--models", "xgb", *arguments)
    assert result.exit_code == 1
    assert words in str(result.exception)


def test_two_columns_that_could_be_the_genre(folder):
    table = pd.read_csv(folder / "tracks.csv").assign(label=1)
    table.to_csv(folder / "tracks.csv", index=False)
    result = call("fit", folder / "tracks.csv", "--save", folder / "model.pkl")
    assert "'genre' and 'label' could each be the genre of a clip" in str(result.exception)
    assert "name one with --genre-column" in str(result.exception)


def test_groups_that_are_not_there_are_named_by_the_option(folder):
    tracks = folder / "tracks.csv"
    result = call("compare", tracks, "--group", "none", "--cv", "group", "--models", "svm-mfcc")
    assert result.exit_code == 2
    words = " ".join(result.stderr.replace("│", "").split())
    assert "there are no groups to keep together. Name them with --group" in words


def test_missing_files_are_named_with_the_other_faults_of_rows(folder):
    table = pd.read_csv(folder / "tracks.csv")
    table.loc[2, "genre"] = None
    table.loc[5, "file"] = "gone.wav"
    table.to_csv(folder / "tracks.csv", index=False)
    arguments = ("compare", folder / "tracks.csv", "--models", "svm-mfcc")
    text = str(call(*arguments).exception)
    assert "1 row without a genre in the column 'genre': row 3" in text
    assert "files are missing" in text
    assert "row 6: gone.wav (no such file)" in text
    text = str(call(*arguments, "--skip-bad-files").exception)
    assert "1 row without a genre" in text
    assert "are missing" not in text


def test_missing_files_of_a_table_are_bad_files(folder, tmp_path):
    next((folder / "metal").iterdir()).unlink()
    result = call("compare", folder / "tracks.csv", "--models", "xgb")
    assert result.exit_code == 1
    assert "no such file. Repair it, or leave it out with --skip-bad-files" in str(result.exception)
    out = tmp_path / "table.npz"
    result = call(
        *("features", folder / "tracks.csv", "--duration", 1, "--out", out, "--skip-bad-files"),
    )
    assert result.exit_code == 0, result.stderr
    with np.load(out) as arrays:
        assert len(arrays["X"]) == len(arrays["genres"]) == 15
    assert pd.read_csv(tmp_path / "table.left_out.csv")["reason"].str.endswith("no such file").all()


@pytest.mark.parametrize("command", ["compare", "fit"])
def test_options_of_tables_need_a_table(folder, command):
    more = ["--save", folder / "m.pkl"] if command == "fit" else []
    result = call(command, folder, *more, "--genre-column", "genre")
    assert result.exit_code == 2
    assert "this is for a table of tracks" in " ".join(result.stderr.replace("│", " ").split())


def test_a_layout_is_for_folders(folder):
    result = call("compare", folder / "tracks.csv", "--layout", "gtzan")
    assert result.exit_code == 2
    assert "gtzan is the layout of a folder" in " ".join(result.stderr.replace("│", " ").split())


def test_fit_takes_a_table(folder):
    path = folder / "model.pkl"
    result = run("fit", folder / "tracks.csv", "--model", "xgb", "--save", path)
    assert result.returncode == 0, result.stderr
    assert pickle.loads(path.read_bytes()).classes_.tolist() == ["classical", "metal"]


PROBE = """
from pathlib import Path
from sklearn.dummy import DummyClassifier


class Probe(DummyClassifier):
    def fit(self, X, y, groups=None):
        names = [] if groups is None else map(str, groups)
        Path(__file__).with_suffix(".txt").write_text(" ".join(names))
        return super().fit([[0]] * len(y), y)


probe = Probe()
"""


@pytest.mark.parametrize("option", [(), ("--group", "none")])
def test_fit_gives_the_groups_of_a_table_to_a_model_that_takes_them(folder, option):
    (folder / "probe.py").write_text(PROBE)
    arguments = ("--model", f"{folder / 'probe.py'}:probe", "--save", folder / "model.pkl")
    result = run("fit", folder / "tracks.csv", *arguments, *option)
    assert result.returncode == 0, result.stderr
    artists = [] if option else sorted(pd.read_csv(folder / "tracks.csv")["artist"])
    assert sorted((folder / "probe.txt").read_text().split()) == artists


def test_fit_stops_at_a_bad_file_before_it_fits(folder, tmp_path):
    (folder / "metal" / "empty.flac").write_bytes(b"")
    (folder / "tracks.csv").unlink()
    result = call("fit", folder, "--model", "xgb", "--save", tmp_path / "model.pkl")
    assert result.exit_code == 1
    assert f"{folder / 'metal' / 'empty.flac'}: empty file. Repair it" in str(result.exception)
    assert not (tmp_path / "model.pkl").exists()


def test_features_needs_no_genre(folder, tmp_path):
    table = pd.read_csv(folder / "tracks.csv")
    table["file"] = table["genre"] + "\\" + table["file"]
    table[["file"]].to_csv(folder / "files.csv", sep=";", index=False)
    out = tmp_path / "table.npz"
    result = call("features", folder / "files.csv", "--duration", 1, "--out", out)
    assert result.exit_code == 0, result.stderr
    with np.load(out) as arrays:
        assert "genres" not in arrays
        files = [str(folder / name.replace("\\", "/")) for name in table.file]
        assert arrays["paths"].tolist() == files


def test_features_names_all_bad_files(folder, tmp_path):
    add_bad_files(folder)
    bad = [*folder.rglob("song.m4a"), *folder.rglob("cut.wav")]
    good = sorted(folder.rglob("*0.flac"))
    command = ["features", *good, *bad, "--duration", 1, "--out", tmp_path / "mel.npz"]
    result = call(*command)
    assert result.exit_code == 1
    assert "classical/song.m4a: MPEG-4" in result.stderr
    assert "metal/cut.wav: the file is cut off" in result.stderr
    assert call(*command, "--skip-bad-files").exit_code == 0
    with np.load(tmp_path / "mel.npz") as arrays:
        assert arrays["paths"].tolist() == [str(path) for path in good]


def test_predict_takes_tables_folders_and_files(folder, model):
    song = folder / "metal" / "extra.wav"
    soundfile.write(song, np.sin(np.arange(8000)) / 2, 8000)
    table = pd.read_csv(folder / "tracks.csv")[:3]
    table.drop(columns="artist").to_csv(folder / "tracks.csv", index=False)
    result = call("predict", song, folder / "tracks.csv", "--model", model, "--format", "json")
    assert result.exit_code == 0, result.stderr
    files = [entry["file"] for entry in json.loads(result.stdout)]
    assert files[0] == str(song)
    assert [file.rpartition("/")[2] for file in files[1:]] == table["file"].tolist()


def test_predict_stops_at_bad_files_or_leaves_them_out(folder, model):
    add_bad_files(folder)
    result = call("predict", folder, "--model", model)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert all(name in result.stderr for name in BAD)
    result = call("predict", folder, "--model", model, "--skip-bad-files", "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert len(json.loads(result.stdout)) == 16


def test_a_full_check_decodes(folder, model):
    song = folder / "metal" / "nan.wav"
    soundfile.write(song, np.full(8000, np.nan), 8000, subtype="FLOAT")
    result = call("predict", song, "--model", model, "--check", "full")
    assert result.exit_code == 1
    assert "nan.wav: the file has NaN or infinite samples" in str(result.exception)
    # A quick check finds nothing: the file is reported when it is decoded.
    result = call("predict", song, "--model", model)
    assert result.exit_code == 1
    assert "Error: " in result.stderr
    assert "NaN or infinite samples" in result.stderr


def test_check_takes_a_table(folder):
    assert call("check", folder / "tracks.csv").exit_code == 0
    next((folder / "metal").iterdir()).unlink()
    result = call("check", folder / "tracks.csv")
    assert result.exit_code == 1
    assert "16 sound files" in result.stderr
    assert "there is no such file" in result.stderr


@pytest.fixture
def several(folder):
    """A table whose clips have several genres: as names in one column, and as columns."""
    table = pd.read_csv(folder / "tracks.csv")
    table["file"] = table["genre"] + "/" + table["file"]
    table["loud"] = (table["genre"] == "metal").astype(int)
    table["soft"] = np.arange(16) % 3 // 2
    table["genre"] = np.where(table["loud"] == 1, "loud", "")
    table.loc[table["soft"] == 1, "genre"] += ";soft"
    path = folder / "several.csv"
    table.to_csv(path, index=False)
    return path


WAYS = [("--genre-separator", ";"), ("--genre-columns", "loud, soft")]


@pytest.mark.parametrize("way", WAYS)
def test_features_of_files_with_several_genres(several, tmp_path, way):
    table = pd.read_csv(several)
    out = tmp_path / "table.csv"
    result = call("features", several, "--kind", "gtzan", "--out", out, *way)
    assert result.exit_code == 0, result.stderr
    written = pd.read_csv(out)
    if way[0] == "--genre-columns":
        assert written.columns[:3].tolist() == ["path", "loud", "soft"]
        assert written[["loud", "soft"]].equals(table[["loud", "soft"]])
    else:
        found = written["genre"].fillna("").str.split(";").map(set).map(lambda names: names - {""})
        assert found.tolist() == [
            {name for name in ("loud", "soft") if row[name]} for _, row in table.iterrows()
        ]
    out = tmp_path / "maps.npz"
    result = call("features", several, "--kind", "mfcc", "--out", out, *way)
    assert result.exit_code == 0, result.stderr
    with np.load(out) as arrays:
        assert arrays["genre_names"].tolist() == ["loud", "soft"]
        assert arrays["genres"].tolist() == table[["loud", "soft"]].to_numpy().tolist()


ONE_GENRE = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skgenre.features import MFCC, FramePooling

model = make_pipeline(MFCC(), FramePooling(), LogisticRegression())
"""


def test_fit_on_several_genres(several, tmp_path):
    path = tmp_path / "model.pkl"
    arguments = ("fit", several, "--save", path, "--genre-separator", ";", "--group", "artist")
    own = tmp_path / "fitted.py"
    own.write_text(ONE_GENRE)
    result = call(*arguments, "--model", f"{own}:model")
    assert result.exit_code == 2
    assert "takes one genre per clip" in " ".join(result.stderr.replace("│", " ").split())
    assert "Fitting" not in result.stderr
    assert not path.exists()
    result = run(*arguments, "--model", "xgb")
    assert result.returncode == 0, result.stderr
    assert "separated by ';', none for 5 rows" in result.stderr
    model = pickle.loads(path.read_bytes())
    files = [str(file) for file in sorted((several.parent / "metal").iterdir())]
    assert model.predict_proba(files).shape == (8, 2)


def test_compare_of_files_with_several_genres(several, tmp_path):
    arguments = ("compare", several, "--genre-separator", ";", "--cv", "2", "--group", "none")
    own = tmp_path / "compared.py"
    own.write_text(ONE_GENRE)
    result = call(*arguments, "--models", f"xgb,{own}:model")
    assert result.exit_code == 2
    assert "takes one genre per clip" in " ".join(result.stderr.replace("│", " ").split())
    result = call(*arguments, "--models", "xgb", "--confusion", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "a confusion matrix is of one genre per clip" in " ".join(result.stderr.split())
    predictions = tmp_path / "predictions.csv"
    result = run(*arguments, "--models", "xgb", "--predictions", predictions)
    assert result.returncode == 0, result.stderr
    assert "roc_auc" in result.stdout
    assert "average_precision" in result.stdout
    assert "16 clips, 2 genres (" in result.stdout
    columns = pd.read_csv(predictions).columns
    assert {"target_loud", "predicted_soft", "probability_loud"} <= set(columns)


def test_check_of_files_with_several_genres(several):
    result = call("check", several, "--genre-columns", "loud,soft")
    assert result.exit_code == 0, result.stderr
    assert "these files have several" in result.stderr
    result = call("check", several, "--genre-columns", "loud,sofd")
    assert result.exit_code == 1
    assert "Did you mean 'soft'?" in str(result.exception)
    result = call("check", several, "--genre-columns", "loud,soft", "--genre-separator", ";")
    assert "columns --genre-columns, or from one column of names" in str(result.exception)
    result = call("check", several.parent, "--genre-columns", "loud,soft")
    assert result.exit_code == 2
    assert "--genre-columns" in result.stderr


def test_the_default_models_take_several_genres(several):
    target = pd.DataFrame({"loud": [0, 1], "soft": [1, 1]})
    for name in [DEFAULT_MODEL, *DEFAULT_MODELS.split(",")]:
        check_takes(name, make_model(name, epochs=1, random_state=0), target)


def test_a_column_with_the_usual_plural_and_a_sign_that_was_not_given(several):
    table = pd.read_csv(several).rename(columns={"genre": "Genres"})
    table.loc[table["soft"] == 1, "Genres"] = "loud;soft"
    table["Genres"] = table["Genres"].fillna("soft")
    table.to_csv(several, index=False)
    result = call("check", several, "--genre-separator", ";")
    assert "genres from 'Genres', separated by ';'" in result.stderr
    with pytest.warns(SkgenreWarning, match="give --genre-separator ';'"):
        result = call("check", several)
    assert "genres from 'Genres'" in result.stderr


@pytest.fixture
def gtzan(tmp_path):
    """Three clips per genre under GTZAN's names, and the one that most copies have damaged."""
    for genre in GTZAN:
        (tmp_path / genre).mkdir()
        for number in range(3):
            path = tmp_path / genre / f"{genre}.{number:05}.wav"
            soundfile.write(path, np.sin(np.arange(800)) / 2, 8000)
    (tmp_path / "jazz" / "jazz.00054.wav").write_bytes(b"RIFF")
    return tmp_path


@pytest.mark.filterwarnings("ignore::skgenre.exceptions.SkgenreWarning")
def test_the_known_damaged_clip_of_gtzan_is_left_out_and_others_stop(gtzan, capsys):
    def read(**options):
        return read_music(gtzan, Layout.gtzan, Wanted(**options), HeldOut.folds, 2)

    assert len(read().X) == 30
    assert "jazz.00054.wav" in capsys.readouterr().err
    (gtzan / "rock" / "rock.00001.wav").write_bytes(b"")
    with pytest.raises(ValueError, match=r"rock\.00001\.wav: empty file\. Repair it"):
        read()
    assert len(read(skips=True).X) == 29
    damaged = gtzan / "rock" / "rock.00000.wav"
    soundfile.write(damaged, np.full(800, np.nan), 8000, subtype="FLOAT")
    assert len(read(skips=True).X) == 29
    music = read(skips=True, check=FileCheck.full)
    assert len(music.X) == len(music.y) == len(music.groups) == 28
    assert str(damaged) not in music.X
