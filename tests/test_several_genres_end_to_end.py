"""Clips of several genres, from a data set on disk to a model that predicts songs."""

import csv
import json
import shutil

import numpy as np
import pytest
import soundfile
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier
from skgenre.cli._app import app
from skgenre.datasets import load_fma, load_mtg_jamendo, make_genre_music
from skgenre.exceptions import SkgenreWarning
from skgenre.features import MFCC, FramePooling, MelSpectrogram, Segmenter
from skgenre.model_selection import compare
from skgenre.persistence import export_onnx, load_model, save_model

SR = 11025
GENRES = ["classical", "hiphop", "metal"]
N_TRACKS = 18
# The first track is not there, the second is empty.
N_READ = N_TRACKS - 2
pytestmark = pytest.mark.filterwarnings("ignore:.*(missing|can't be read|empty file).*")


@pytest.fixture(scope="module")
def music():
    """Clips of two genres each."""
    return make_genre_music(
        N_TRACKS, genres=GENRES, n_genres_per_clip=2, duration=1.0, sr=SR, random_state=0
    )


def write_mp3(path, sound):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, SR, format="MP3")


def write_fma(folder, music):
    """Write the music as FMA is published: three header rows, numbers of genres, their tree."""
    numbers = {"classical": 5, "hiphop": 21, "metal": 31}
    (folder / "fma_metadata").mkdir(parents=True)
    with (folder / "fma_metadata" / "tracks.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "artist", "set", "set", "track", "track", "track"])
        writer.writerow(["", "id", "split", "subset", "genre_top", "genres", "genres_all"])
        writer.writerow(["track_id", *[""] * 6])
        for track, row in enumerate(music.target.to_numpy(), 2):
            own = [numbers[genre] for genre, has in zip(music.target, row, strict=True) if has]
            everything = own + [12] * (31 in own)
            writer.writerow([track, track // 2, "training", "small", "", own, everything])
            write_mp3(folder / "fma_small" / "000" / f"{track:06d}.mp3", music.data[track - 2])
    (folder / "fma_metadata" / "genres.csv").write_text(
        "genre_id,#tracks,parent,title,top_level\n5,9,0,Classical,5\n12,9,0,Rock,12\n"
        "21,9,0,Hip-Hop,21\n31,9,12,Metal,12\n"
    )
    (folder / "fma_small" / "000" / "000002.mp3").unlink()
    (folder / "fma_small" / "000" / "000003.mp3").write_bytes(b"")
    return load_fma(folder, labels="all")


def write_jamendo(folder, music):
    """Write the music as MTG-Jamendo is published: ragged rows of tags, a file for each part."""
    place = folder / "data" / "splits" / "split-0"
    place.mkdir(parents=True)
    rows = []
    for track, row in enumerate(music.target.to_numpy()):
        tags = [f"genre---{genre}" for genre, has in zip(music.target, row, strict=True) if has]
        ids = [f"track_{track:07d}", f"artist_{track // 2:06d}", f"album_{track // 2:06d}"]
        rows.append("\t".join([*ids, f"{track % 100:02d}/{track}.mp3", "29.5", *tags]))
        write_mp3(folder / "audio" / f"{track % 100:02d}" / f"{track}.mp3", music.data[track])
    parts = {"train": rows[:12], "validation": rows[12:15], "test": rows[15:]}
    for part, lines in parts.items():
        text = "\r\n".join(["TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS", *lines, ""])
        (place / f"autotagging_genre-{part}.tsv").write_bytes(text.encode())
    (folder / "audio" / "00" / "0.mp3").unlink()
    (folder / "audio" / "01" / "1.mp3").write_bytes(b"")
    return load_mtg_jamendo(folder)


@pytest.fixture(
    scope="module",
    params=[write_jamendo, pytest.param(write_fma, marks=pytest.mark.slow)],
)
def loaded(request, music, tmp_path_factory):
    with pytest.warns(SkgenreWarning) as told:
        found = request.param(tmp_path_factory.mktemp("music"), music)
    return found, " ".join(str(warning.message) for warning in told)


def make_models():
    mel = MelSpectrogram(sr=SR, n_mels=24, hop_length=512)
    network = CNNClassifier(channels=(8,), max_epochs=3, random_state=0)
    trees = XGBGenreClassifier(n_estimators=10, n_jobs=1, random_state=0)
    return {
        "trees": make_pipeline(MFCC(sr=SR), FramePooling(), trees),
        "network": make_pipeline(
            Segmenter(mel, segment_duration=0.5, sr=SR), SegmentVotingClassifier(network)
        ),
    }


def predict(*arguments):
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_from_a_data_set_to_predicted_songs(loaded, tmp_path):
    music, told = loaded
    assert len(music.paths) == len(music.target) == N_READ
    assert len(music.missing) == len(music.unreadable) == 1
    assert "missing" in told
    assert "empty file" in told

    result = compare(
        make_models(), music.paths, music.target, groups=music.groups, cv=2, random_state=0
    )
    assert result.scores == ["roc_auc", "average_precision"]
    assert result.summary["roc_auc"].notna().all()
    for _, fold in result.predictions.groupby(["pipeline", "repeat"]):
        assert (fold.groupby("group")["fold"].nunique() == 1).all()
    result.to_html(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(genre in text for genre in music.target.columns)

    model = make_models()["network"].fit(music.paths, music.target)
    probabilities = model.predict_proba(music.paths)
    assert probabilities.shape == music.target.shape
    save_model(model, tmp_path / "model.skops")
    again = load_model(tmp_path / "model.skops")
    np.testing.assert_allclose(again.predict_proba(music.paths), probabilities, atol=1e-6)

    song = tmp_path / "song.mp3"
    shutil.copy(music.paths[0], song)
    found = json.loads(predict(song, "--model", tmp_path / "model.skops", "--format", "json"))
    genres = {row["genre"]: row["probability"] for row in found[0]["genres"]}
    assert set(genres) == set(music.target.columns)
    above = [name for name, probability in genres.items() if probability > 0.5]
    assert set(found[0]["above_threshold"]) == set(above)
    top = predict(song, "--model", tmp_path / "model.skops", "--top", "1", "--format", "csv")
    assert len(top.splitlines()) == 2

    pytest.importorskip("onnxruntime")
    export_onnx(model, tmp_path / "model.onnx")
    exported = json.loads(predict(song, "--model", tmp_path / "model.onnx", "--format", "json"))
    for row in exported[0]["genres"]:
        assert row["probability"] == pytest.approx(genres[row["genre"]], abs=1e-5)
