"""Predictions of a catalogue: as those of single songs, whatever runs them."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre.features import FramePooling
from skgenre.persistence import save_model
from skgenre.songs import _song_writer, predict_files, predict_song
from skgenre.songs._clip_model import ClipModel
from skgenre.songs._predict_files import predict_catalogue
from skgenre.songs._song_writer import ModelOfFile

from .conftest import make_mfcc

pytest.importorskip("pyarrow")
pytest.importorskip("fsspec")


@pytest.fixture
def songs(write_song):
    """Five songs of different lengths."""
    kinds = [["noise"], ["tone"] * 3, ["tone", "noise", "tone"], ["noise"] * 4, ["tone"] * 2]
    return [
        str(write_song(f"song-{number}.wav", parts, seed=number))
        for number, parts in enumerate(kinds)
    ]


def check_predictions(table, model, songs, **options):
    assert table["clip"].tolist() == list(range(len(songs)))
    assert table["path"].tolist() == songs
    assert table["ok"].all()
    for row, path in enumerate(songs):
        expected = predict_song(model, path, **options)
        assert table["genre"][row] == expected.index[0]
        np.testing.assert_array_equal(table.loc[row, expected.index].to_numpy(float), expected)


@pytest.mark.parametrize("n_jobs", [None, 3])
@pytest.mark.parametrize("combine", ["mean", "majority", "longest_run"])
def test_predictions_are_those_of_predict_song(pooled, songs, tmp_path, combine, n_jobs):
    out = tmp_path / "predictions.parquet"
    done = predict_files(pooled, songs, out, combine=combine, n_jobs=n_jobs, partition_size=2)
    assert (done.n_clips, done.n_bad) == (5, 0)
    table = pd.read_parquet(out)
    check_predictions(table, pooled, songs, combine=combine)
    assert table.columns.tolist() == ["clip", "path", "ok", "genre", "seconds", "noise", "tone"]
    assert table["seconds"].tolist() == [1.0, 3.0, 3.0, 4.0, 2.0]


def test_a_model_of_segments_and_lengths_of_clips(voting, songs, tmp_path):
    predict_files(voting, songs, tmp_path / "a")
    check_predictions(pd.read_parquet(tmp_path / "a"), voting, songs)
    predict_files(voting, songs, tmp_path / "b", segment_duration=0.5, segment_hop=0.25)
    check_predictions(
        pd.read_parquet(tmp_path / "b"), voting, songs, segment_duration=0.5, segment_hop=0.25
    )


def test_a_model_file_gives_the_same(pooled, songs, tmp_path):
    save_model(pooled, tmp_path / "model.skops")
    predict_files(tmp_path / "model.skops", songs, tmp_path / "out")
    check_predictions(pd.read_parquet(tmp_path / "out"), pooled, songs)
    with pytest.raises(FileNotFoundError, match=r"no-model\.skops: there is no such model file"):
        predict_files(tmp_path / "no-model.skops", songs, tmp_path / "out")


def test_bad_files_have_no_genre_and_are_listed(pooled, songs, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"")
    clips = [*songs[:2], str(bad), *songs[2:]]
    done = predict_files(pooled, clips, tmp_path / "out", partition_size=2)
    assert done.bad_files["path"].tolist() == [str(bad)]
    listed = pd.read_csv(tmp_path / "out.bad_files.csv")
    assert listed["reason"][0].startswith("the file is empty")
    table = pd.read_parquet(tmp_path / "out")
    assert table["ok"].tolist() == [True, True, False, True, True, True]
    assert table["genre"].isna().tolist() == [False, False, True, False, False, False]
    assert np.isnan(table.loc[2, ["seconds", "noise", "tone"]].to_numpy(float)).all()
    with pytest.raises(ValueError, match="predict_files: 1 file can't be read"):
        predict_files(pooled, clips, tmp_path / "out", partition_size=2, on_bad_files="raise")


def test_several_genres_are_lists_of_those_above_their_thresholds(songs, clips, tmp_path):
    X, kinds = clips
    matrix = np.column_stack([kinds == "noise", kinds == "tone", np.ones(len(kinds))])
    trees = RandomForestClassifier(20, random_state=0)
    model = make_pipeline(make_mfcc(), FramePooling(), trees).fit(X, matrix.astype(int))
    predict_files(model, songs, tmp_path / "out")
    table = pd.read_parquet(tmp_path / "out")
    for row, path in enumerate(songs):
        above = predict_song(model, path, above_threshold=True)
        assert set(table["genre"][row]) == {str(genre) for genre in above.index}
        scores = predict_song(model, path)
        np.testing.assert_allclose(
            table.loc[row, [str(genre) for genre in scores.index]].to_numpy(float), scores
        )


def test_another_run_continues_and_other_models_are_refused(pooled, voting, songs, tmp_path):
    out = tmp_path / "out"
    predict_files(pooled, songs, out, partition_size=2)
    (out / "_skgenre/parts/00001.json").unlink()
    again = predict_files(pooled, songs, out, partition_size=2)
    assert again.n_resumed == 3
    check_predictions(pd.read_parquet(out), pooled, songs)
    with pytest.raises(ValueError, match=r"holds predictions of another setting"):
        predict_files(voting, songs, out, partition_size=2)
    with pytest.raises(ValueError, match=r"holds predictions of another setting"):
        predict_files(pooled, songs, out, partition_size=2, combine="majority")
    with pytest.raises(ValueError, match=r"holds predictions of other clips"):
        predict_files(pooled, songs[:4], out, partition_size=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"combine": "median"}, "'combine' parameter of predict_files"),
        ({"partition_size": 0}, "'partition_size' parameter of predict_files"),
        ({"on_bad_files": "skip"}, "'on_bad_files' parameter of predict_files"),
        ({"segment_duration": -1.0}, "segment_duration"),
    ],
)
def test_impossible_options_are_refused(pooled, songs, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        predict_files(pooled, songs, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_models_that_are_not_fitted_and_waveforms_are_refused(pooled, songs, clips, tmp_path):
    with pytest.raises(NotFittedError):
        predict_files(LogisticRegression(), songs, tmp_path / "out")
    with pytest.raises(TypeError, match="predict_files takes the Bunch of a loader"):
        predict_files(pooled, clips[0], tmp_path / "out")


def count_loads(path, log, model):
    """Load a model, and write down that it was loaded."""
    with log.open("a") as file:
        file.write("x")
    return model


def test_a_cluster_predicts_the_same_and_loads_a_file_once(pooled, songs, tmp_path):
    import functools

    distributed = pytest.importorskip("distributed")
    log, model = tmp_path / "log", ClipModel(pooled, "predict_files")
    load = functools.partial(count_loads, log=log, model=model)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        predict_files(pooled, songs * 4, tmp_path / "a", client=client, partition_size=2)
        predict_catalogue(
            ModelOfFile(b"content", ".skops", load),
            songs * 4,
            tmp_path / "b",
            client=client,
            combine="mean",
            seconds=(None, None),
            partition_size=2,
            on_bad_files="raise",
            n_jobs=None,
            storage_options=None,
            progress=False,
        )
    for out in ("a", "b"):
        check_predictions(pd.read_parquet(tmp_path / out), pooled, songs * 4)
    # Here, for its genres, and once for the ten tasks at the most.
    assert 1 <= len(log.read_text()) <= 2


def test_the_next_song_is_requested_while_one_is_predicted(
    pooled, songs, tmp_path, monkeypatch, recording_store
):
    names = [Path(song).name for song in songs]
    urls = [recording_store.put(Path(song).name, Path(song).read_bytes()) for song in songs]
    on_time = []
    predict = _song_writer.predict_file

    def wait_and_predict(model, path, combine):
        song = predict(model, path, combine)
        number = urls.index(os.fspath(path))
        if number + 1 < len(urls):
            on_time.append(recording_store.wait_for("content", names[number + 1]))
        return song

    monkeypatch.setattr(_song_writer, "predict_file", wait_and_predict)
    predict_files(pooled, urls, tmp_path / "remote", n_jobs=1)
    check_predictions(pd.read_parquet(tmp_path / "remote"), pooled, urls)
    assert on_time == [True] * (len(urls) - 1)
    kinds = [kind for kind, _ in recording_store.requests[: 2 * len(urls)]]
    assert kinds.count("content") == len(urls)
