"""`skgenre features` into stores: Zarr groups and folders of Parquet files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skgenre.datasets import make_genre_music
from skgenre.features import GTZANFeatures, MelSpectrogram

from ..other_processes import run_command as run

pytest.importorskip("pyarrow")
zarr = pytest.importorskip("zarr")


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    made = make_genre_music(6, genres=["jazz", "rock"], duration=1.0, random_state=0, to=folder)
    table = pd.DataFrame({"file": made.paths, "genre": made.target, "artist": list("aabbcc")})
    table.to_csv(folder / "tracks.csv", index=False)
    return folder, made.paths


def test_a_table_of_tracks_becomes_a_store_of_maps(music, tmp_path):
    folder, paths = music
    out = tmp_path / "mel.zarr"
    command = ("features", folder / "tracks.csv", "--duration", 1, "--out", out)
    result = run(*command, "--partition-size", 4, "--jobs", 2)
    assert result.returncode == 0, result.stderr
    assert str(out) in result.stdout
    np.testing.assert_array_equal(
        zarr.open_group(out, mode="r")["X"][:], MelSpectrogram(duration=1).transform(paths)
    )
    clips = pd.read_parquet(out / "clips.parquet")
    assert clips["genre"].tolist() == ["jazz", "rock"] * 3
    assert clips["group"].tolist() == list("aabbcc")
    again = run(*command, "--partition-size", 4)
    resumed = [int(text.stdout.splitlines()[-2].split("│")[4]) for text in (result, again)]
    assert resumed == [0, 6]
    other = run(*command, "--partition-size", 4, "--sr", 11025)
    assert other.returncode == 1
    assert "holds features of another setting" in other.stderr


def test_maps_have_the_type_and_the_chunks_that_were_asked_for(music, tmp_path):
    _, paths = music
    sizes = ("--partition-size", 4, "--chunk-size", 2, "--dtype", "float16")
    result = run("features", *paths, "--duration", 1, "--out", tmp_path / "mel.zarr", *sizes)
    assert result.returncode == 0, result.stderr
    maps = zarr.open_group(tmp_path / "mel.zarr", mode="r")["X"]
    assert (maps.dtype, maps.chunks[0]) == (np.float16, 2)


def test_files_become_a_folder_of_tables(music, tmp_path):
    _, paths = music
    out = tmp_path / "table"
    result = run("features", *paths, "--kind", "gtzan", "--out", out)
    assert result.returncode == 0, result.stderr
    table = pd.read_parquet(out)
    np.testing.assert_array_equal(table.iloc[:, 2:], GTZANFeatures().transform(paths))


def test_bad_files_stop_the_command_or_are_listed(music, tmp_path):
    _, paths = music
    bad = tmp_path / "bad.wav"
    bad.touch()
    command = ("features", *paths, bad, "--duration", 1, "--out", tmp_path / "mel.zarr")
    result = run(*command)
    assert result.returncode == 1
    assert "bad.wav: the file is empty" in result.stderr
    assert "--skip-bad-files" in result.stderr
    result = run(*command, "--skip-bad-files")
    assert result.returncode == 0
    assert pd.read_csv(tmp_path / "mel.bad_files.csv")["path"].tolist() == [str(bad)]
    assert zarr.open_group(tmp_path / "mel.zarr", mode="r")["ok"][:].tolist() == [True] * 6 + [
        False
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "x"], "must end in .npz or .zarr for --kind mel"),
        (["--kind", "fma", "--out", "x.zarr"], "or have no ending, for a folder, for --kind fma"),
        (["--out", "memory://a/x.npz"], "must end in .zarr for --kind mel"),
        (["--out", "x.npz", "--scheduler", "tcp://127.0.0.1:1"], "this is for a store"),
        (["--out", "x.npz", "--dtype", "float16"], "for --dtype: this is for maps in a store"),
        (["--kind", "gtzan", "--out", "x", "--chunk-size", "8"], "for --chunk-size: this is for"),
        (["--out", "x.zarr", "--chunk-size", "7"], "--partition-size is 256: give a divisor of"),
        (["--out", "nosuch://a/x.zarr"], "no protocol nosuch://"),
        (["--out", "x.zarr"], "Invalid value for --duration: a store has maps of one size"),
    ],
)
def test_wrong_names_of_stores_are_wrong_usage(music, arguments, words, tmp_path):
    result = run("features", music[1][0], *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["mel.zarr", "table"])
def test_commands_that_take_sound_files_refuse_a_store(music, out, tmp_path):
    kind = [] if out == "mel.zarr" else ["--kind", "gtzan"]
    made = run("features", music[0] / "tracks.csv", "--duration", 1, *kind, "--out", tmp_path / out)
    assert made.returncode == 0, made.stderr
    model = tmp_path / "model.skops"
    for command in (("compare", tmp_path / out), ("fit", tmp_path / out, "--save", model)):
        result = run(*command)
        assert result.returncode == 1
        assert "this is a store of features, and the command takes sound files" in result.stderr
        assert result.stderr.count("\n") == 1
    assert not model.exists()


def test_the_workers_of_a_scheduler_do_the_work(music, tmp_path):
    distributed = pytest.importorskip("distributed")
    _, paths = music
    out = tmp_path / "mel.zarr"
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, host="tcp://127.0.0.1",
        dashboard_address=None,
    ) as cluster:  # fmt: skip
        result = run(
            *("features", *paths, "--duration", 1, "--out", out),
            *("--scheduler", cluster.scheduler_address),
        )
        assert result.returncode == 0, result.stderr
    np.testing.assert_array_equal(
        zarr.open_group(out, mode="r")["X"][:], MelSpectrogram(duration=1).transform(paths)
    )
    assert Path(out, "parts/00000.json").is_file()
