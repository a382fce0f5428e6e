"""skgenre predict on songs: folders, timelines, ways to combine, bad files."""

import csv
import json
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skgenre.cli._app import app
from skgenre.cli._song_output import Format, Layout, Song, print_songs
from skgenre.features import MFCC, FramePooling
from skgenre.songs import predict_song, predict_timeline
from skgenre.songs._clip_model import ClipModel
from skgenre.songs._predict import make_timeline

from ..other_processes import run_command as run

SR = 8000
COMMAND = Path(sys.executable).parent / "skgenre"


def output_of(*arguments):
    """Run the command in this process, which is quicker, and return its standard output."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.stdout


def make_sounds(kinds, seed=0):
    """One second of noise or of a tone each."""
    rng = np.random.default_rng(seed)
    time = np.arange(SR) / SR
    return np.stack(
        [
            0.1 * rng.standard_normal(SR)
            if kind == "noise"
            else 0.3 * np.sin(2 * np.pi * rng.uniform(300, 600) * time)
            for kind in kinds
        ]
    ).astype(np.float32)


@pytest.fixture(scope="module")
def fitted():
    kinds = ["noise", "tone"] * 6
    mfcc = MFCC(sr=SR, n_mfcc=8, n_mels=32, n_fft=512, hop_length=256, duration=1.0)
    model = make_pipeline(mfcc, FramePooling(), LogisticRegression(C=0.01, max_iter=1000))
    return model.fit(make_sounds(kinds), kinds)


@pytest.fixture(scope="module")
def model(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.pkl"
    path.write_bytes(pickle.dumps(fitted))
    return path


def write(path, kinds, seed=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, make_sounds(kinds, seed).ravel(), SR)
    return path


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Four seconds: a tone, noise, noise, a tone."""
    return write(tmp_path_factory.mktemp("songs") / "song.wav", ["tone", "noise", "noise", "tone"])


@pytest.mark.parametrize(
    ("n_songs", "n_bad"), [(6, 2), pytest.param(500, 5, marks=pytest.mark.slow)]
)
def test_a_folder_tree_with_bad_files(n_songs, n_bad, fitted, model, tmp_path):
    rng = np.random.default_rng(0)
    kinds = rng.choice(["noise", "tone"], n_songs)
    songs = [
        write(tmp_path / "music" / f"album {n % 7}" / f"{n:03d}.flac", [kind] * 2, seed=n)
        for n, kind in enumerate(kinds)
    ]
    bad = sorted(rng.choice(n_songs, n_bad, replace=False))
    for number in bad:
        songs[number].write_bytes(songs[number].read_bytes()[: 100 + int(number)])
    (tmp_path / "music" / "cover.jpg").write_bytes(b"no music")
    command = ["predict", tmp_path / "music", "--model", model, "--format", "csv", "--top", 1]
    result = run(*command)
    assert result.returncode == 1
    assert result.stdout == ""
    *lines, last = result.stderr.splitlines()
    assert len(lines) == n_bad
    for number in bad:
        (line,) = [line for line in lines if songs[number].name in line]
        # Names start from the folder that has all bad files in it.
        assert f"{tmp_path}/music/album" not in line
    where = f"below {tmp_path / 'music'}"
    assert last.startswith(f"Error: {n_bad} of {n_songs} files can't be read, {where}")
    result = run(*command, "--skip-bad-files")
    assert result.returncode == 0, result.stderr
    rows = list(csv.DictReader(result.stdout.splitlines()))
    good = [path for number, path in enumerate(songs) if number not in bad]
    assert [row["file"] for row in rows] == sorted(map(str, good))
    named = {row["file"]: row["genre"] for row in rows}
    expected = {str(songs[n]): kind for n, kind in enumerate(kinds) if n not in bad}
    assert named == expected


def test_files_and_folders_together_in_their_order(model, song, tmp_path):
    first = write(tmp_path / "b" / "1.wav", ["tone"])
    second = write(tmp_path / "b" / "deep" / "2.WAV", ["noise"])
    output = output_of("predict", song, tmp_path / "b", "--model", model, "--format", "json")
    files = [entry["file"] for entry in json.loads(output)]
    assert files == list(map(str, (song, first, second)))


def test_a_folder_without_music_is_an_error_and_the_rest_is_done(model, song, tmp_path):
    result = run("predict", tmp_path, song, "--model", model, "--format", "json")
    assert result.returncode == 1
    assert result.stderr == f"Error: {tmp_path}: there are no sound files in it.\n"
    assert [entry["file"] for entry in json.loads(result.stdout)] == [str(song)]


def test_the_timeline_as_csv(model, fitted, song):
    output = output_of("predict", song, song, "--model", model, "--timeline", "--format", "csv")
    rows = list(csv.reader(output.splitlines()))
    assert rows[0] == ["file", "start", "end", "noise", "tone"]
    expected = predict_timeline(fitted, song).to_numpy()
    assert {row[0] for row in rows[1:]} == {str(song)}
    given = np.array([row[1:] for row in rows[1:]], dtype=float)
    np.testing.assert_allclose(given, np.concatenate([expected, expected]), atol=1e-4)


def test_the_timeline_as_json_with_what_all_of_it_is(model, fitted, song):
    output = output_of(
        *("predict", song, "--model", model, "--timeline", "--format", "json", "--top", 1),
        *("--combine", "longest-run", "--segment-hop", 0.5),
    )
    (entry,) = json.loads(output)
    expected = predict_song(fitted, song, combine="longest_run", segment_hop=0.5)
    assert entry["genres"] == [{"genre": "noise", "share": pytest.approx(expected["noise"])}]
    timeline = predict_timeline(fitted, song, segment_hop=0.5)
    assert len(entry["timeline"]) == len(timeline) == 7
    for clip, (_, row) in zip(entry["timeline"], timeline.iterrows(), strict=True):
        assert (clip["start"], clip["end"]) == (row["start"], row["end"])
        assert clip["probabilities"] == pytest.approx(row[["noise", "tone"]].to_dict(), abs=1e-5)


def test_the_timeline_as_a_table(model, fitted, song):
    output = output_of("predict", song, "--model", model, "--timeline", "--combine", "majority")
    head, *lines = output.splitlines()
    best = predict_song(fitted, song, combine="majority").index[0]
    assert head == f"{song}: {best} (majority: share 0.50)"
    times = [line.split("│")[1:4] for line in lines if line.startswith("│")]
    assert [(a.strip(), b.strip(), c.split()[0]) for a, b, c in times] == [
        ("00:00.0", "00:01.0", "tone"),
        ("00:01.0", "00:02.0", "noise"),
        ("00:02.0", "00:03.0", "noise"),
        ("00:03.0", "00:04.0", "tone"),
    ]


@pytest.mark.parametrize("combine", ["mean", "majority", "longest-run"])
def test_combine_says_how(combine, model, fitted, song):
    output = output_of("predict", song, "--model", model, "--combine", combine, "--format", "csv")
    rows = list(csv.reader(output.splitlines()))
    assert rows[0] == ["file", "rank", "genre", "probability" if combine == "mean" else "share"]
    expected = predict_song(fitted, song, combine=combine.replace("-", "_"))
    assert [row[2] for row in rows[1:]] == expected.index.tolist()
    assert [float(row[3]) for row in rows[1:]] == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_model_that_does_not_tell_its_clips_is_one_error_for_all_songs(fitted, song, tmp_path):
    kinds = ["noise", "tone"] * 2
    paths = [write(tmp_path / f"{n}.wav", [kind], seed=n) for n, kind in enumerate(kinds)]
    mfcc = MFCC(sr=SR, n_mfcc=8, n_mels=32, n_fft=512, hop_length=256)
    unknown = make_pipeline(mfcc, FramePooling(), LogisticRegression()).fit(paths, kinds)
    path = tmp_path / "unknown.pkl"
    path.write_bytes(pickle.dumps(unknown))
    result = run("predict", *paths, "--model", path)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "MFCC has duration=None. Give their length in seconds as" in line
    assert "--segment-duration" in line
    result = run(
        "predict", song, "--model", path, "--segment-duration", 2, "--timeline", "--format", "json"
    )
    assert [clip["end"] for clip in json.loads(result.stdout)[0]["timeline"]] == [2.0, 4.0]


def test_what_the_decoder_says_of_a_damaged_file_is_not_shown(model, tmp_path):
    path = tmp_path / "song.mp3"
    soundfile.write(path, make_sounds(["tone"] * 8).ravel(), SR)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60] = bytes(60)
    path.write_bytes(data)
    code = f"import soundfile; soundfile.read({str(path)!r})"
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert b"mpg123" in plain.stderr or b"Note" in plain.stderr
    result = run("predict", path, "--model", model, "--format", "json")
    assert len(json.loads(result.stdout)) == 1
    assert result.stderr == ""


@pytest.mark.parametrize("has_timeline", [False, True])
def test_rows_are_there_before_the_next_song_is_done(has_timeline, fitted, song, capsys):
    """So that a long run that is broken off leaves what it has done."""
    seen = []
    timeline = make_timeline(ClipModel(fitted, "predict"), song)
    result = Song(str(song), timeline, [("noise", 0.6), ("tone", 0.4)])

    def songs():
        for _ in range(3):
            seen.append(capsys.readouterr().out)
            yield result

    layout = Layout(has_timeline=has_timeline, top=1, combine="mean", genres=["noise", "tone"])
    print_songs(songs(), Format.csv, layout)
    assert seen[0].startswith("file,")
    assert all(str(song) in output for output in seen[1:])


@pytest.mark.slow
def test_an_interrupt_ends_without_a_traceback(model, song):
    arguments = ["predict", *[str(song)] * 5000, "--model", str(model), "--format", "csv"]
    with subprocess.Popen(
        [COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--segment-hop", "0"], "needs segment_hop to be a positive number"),
        (["--segment-duration", "5"], "cuts or pads every clip to 1 s"),
    ],
)
def test_seconds_that_can_not_be_are_one_line(arguments, words, model, song):
    result = run("predict", song, "--model", model, *arguments)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert words in line
    assert result.stdout == ""
