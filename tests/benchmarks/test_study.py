import json

import numpy as np
import pandas as pd
import pytest
import soundfile

from skgenre.classifiers import CNNClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

from benchmarks import __main__ as command
from benchmarks.study import data, splits, systems
from benchmarks.study.data import EMBEDDED, Collection, as_decibels, draw, load
from benchmarks.study.fit import _variance, run_fit
from benchmarks.study.limit import TimeLimit
from benchmarks.study.models import find_systems, make_model
from benchmarks.study.recipes import RECIPES, make_recipe
from benchmarks.study.records import Records
from benchmarks.study.splits import make_folds
from benchmarks.study.tables import accuracy_table, gap_table, latest, to_markdown, write_tables

FAST = "yaacob2020-cnn1d-shallow"


@pytest.fixture(scope="module")
def log_mel(tmp_path_factory):
    """A log-mel file of 40 clips: 8-bit maps, genres, a split."""
    music = make_genre_music(40, genres=["classical", "metal"], duration=3.0, random_state=0)
    maps = MelSpectrogram(hop_length=1024, ref="max", top_db=80.0).fit_transform(music.data)
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(
        path,
        X=np.round((maps + 80) * 255 / 80).astype(np.uint8),
        genre=music.target,
        split=np.repeat(["train", "valid"], [28, 12]),
        frame_index=np.arange(maps.shape[2]) * 2,
    )
    return path


def run(path, results, **options):
    options = {"systems": [FAST], "epochs": 2, "results": results, **options}
    systems.run(path, **options)
    return [record for record in Records(results / "records.jsonl").read() if "about" not in record]


def test_run_writes_records_and_tables(log_mel, tmp_path):
    records = run(log_mel, tmp_path)
    assert [record["protocol"] for record in records] == ["naive", "honest"]
    assert all(record["epochs_run"] <= 2 and record["epochs_stated"] == 70 for record in records)
    page = (tmp_path / "tiny_gap.md").read_text()
    head, _, row = (line.strip("| ").split(" | ") for line in page.splitlines()[:3])
    row = dict(zip(head, row, strict=True))
    gap = float(row["gap (95 % interval)"].split()[0])
    assert gap == pytest.approx(float(row["naive"]) - float(row["honest"]), abs=0.002)
    assert "/ 70" in row["epochs"]
    assert page.count(f"| {FAST} |") == 1
    assert "park-fc, park-cnn, park-rnn" in page.partition("Not in this table: ")[2]


@pytest.mark.slow
def test_run_goes_on_where_it_was(log_mel, tmp_path, capsys):
    run(log_mel, tmp_path, n_seeds=2)
    file = tmp_path / "records.jsonl"
    complete = file.read_text()
    capsys.readouterr()
    run(log_mel, tmp_path, n_seeds=2)
    assert file.read_text() == complete
    assert capsys.readouterr().out.count("done before") == 4

    # Killed while it wrote the last record.
    file.write_text(complete[:-100])
    records = run(log_mel, tmp_path, n_seeds=2)
    assert capsys.readouterr().out.count("done before") == 3
    assert records[-1]["accuracy"] == json.loads(complete.splitlines()[-1])["accuracy"]
    assert len(records) == 4


def test_other_epochs_are_another_fit(log_mel, tmp_path):
    run(log_mel, tmp_path, protocols=["honest"], epochs=1)
    records = run(log_mel, tmp_path, protocols=["honest"], epochs=2)
    assert [record["epochs_run"] for record in records] == [1, 2]


def test_a_fit_that_fails_is_named_and_tried_again(log_mel, tmp_path, monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise RuntimeError("no memory left")

    with monkeypatch.context() as broken:
        broken.setattr(systems, "run_fit", fail)
        run(log_mel, tmp_path, protocols=["honest"])
    assert "RuntimeError: no memory left" in (tmp_path / "tiny_honest.md").read_text()
    assert "failed" in capsys.readouterr().out
    run(log_mel, tmp_path, protocols=["honest"])
    page = (tmp_path / "tiny_honest.md").read_text()
    assert "no memory left" not in page
    assert page.count(f"| {FAST} |") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"systems": ["yaacob2020-crn"]}, "There is no system 'yaacob2020-crn'"),
        (
            {"systems": ["park-fc"]},
            "park-fc can't be run on tiny: it needs audio: means of 20 MFCC",
        ),
        (
            {"systems": ["bahuleyan2018-vgg16-finetuned"]},
            "it is bahuleyan2018-vgg16 where there are no ImageNet",
        ),
        ({"protocols": ["lax"]}, "There is no protocol 'lax'. There are naive, recipe, honest"),
    ],
)
def test_run_refuses(log_mel, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        run(log_mel, tmp_path, **options)


def test_budget_is_shared_out(log_mel, tmp_path):
    records = run(log_mel, tmp_path, epochs=None, budget=1e-4)
    assert [record["epochs_run"] for record in records] == [1, 1]
    assert all(record["is_cut"] for record in records)
    assert "/ 70, cut" in (tmp_path / "tiny_gap.md").read_text()


def test_a_fit_that_was_cut_is_repeated_with_more_time(log_mel, tmp_path):
    options = {"epochs": 2, "protocols": ["honest"]}
    run(log_mel, tmp_path, budget=1e-4, **options)
    assert len(run(log_mel, tmp_path, budget=1e-4, **options)) == 1
    records = run(log_mel, tmp_path, budget=10, **options)
    assert [record["epochs_run"] for record in records] == [1, 2]
    assert len(run(log_mel, tmp_path, budget=10, **options)) == 2
    assert "| 2 / 70 |" in (tmp_path / "tiny_honest.md").read_text()


def test_time_limit_ends_training_and_keeps_the_best_epoch():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(24, 8, 12)), np.arange(24) % 2
    params = {"early_stopping": True, "max_epochs": 50, "random_state": 0}
    whole = CNNClassifier(channels=(4,), callbacks=[TimeLimit(1e9)], **params)
    cut = CNNClassifier(channels=(4,), callbacks=[TimeLimit(1e-9)], **params).fit(X, y)
    assert len(cut.history_) == 1
    assert cut.callbacks[0].is_over_
    assert len(whole.fit(X, y).history_) > 1
    assert not whole.callbacks[0].is_over_
    one_epoch = CNNClassifier(channels=(4,), **{**params, "max_epochs": 2, "n_iter_no_change": 1})
    assert cut.predict_proba(X).shape == one_epoch.fit(X, y).predict_proba(X).shape


def make_audio(n_clips=12):
    music = make_genre_music(n_clips, genres=["classical", "metal"], duration=2.0, random_state=0)
    return Collection("music", "audio", music.data, music.target, music.groups, None, "music")


def test_segments_are_rows_under_the_naive_protocol_alone():
    music = make_audio()
    options = {"epochs": 1, "limit": None, "device": "cpu"}
    naive = run_fit(music, "park-fc", "naive", 0, **options)
    honest = run_fit(music, "park-fc", "honest", 0, **options)
    assert (naive["unit"], honest["unit"]) == ("segments", "clips")
    # Four segments of half a second each: a fifth of them is of nearly all clips.
    assert naive["n_train"] == 12
    assert honest["n_train"] < 12
    assert honest["n_test"] == naive["n_test"] == 12
    assert naive["accuracy"] == naive["segment_accuracy"]


@pytest.mark.slow
def test_naive_learns_random_labels():
    music = make_audio(40)
    music.y = np.random.default_rng(0).permutation(music.y)
    options = {"epochs": None, "limit": None, "device": "cpu"}
    naive = run_fit(music, "park-fc", "naive", 0, **options)
    honest = run_fit(music, "park-fc", "honest", 0, **options)
    # Chance is a half, for segments and for clips.
    assert naive["accuracy"] > 0.7
    assert honest["segment_accuracy"] < 0.65


def test_honest_folds_keep_groups_apart():
    y = np.arange(60) % 2
    groups = np.arange(60) // 6 * 2 + y
    clips = np.arange(60)
    folds = make_folds(y, groups, clips, None, "honest", 0)
    assert len(folds) == 5
    assert not any(set(groups[train]) & set(groups[test]) for train, test in folds)
    naive = make_folds(y, groups, clips, None, "naive", 0)
    assert all(set(groups[train]) & set(groups[test]) for train, test in naive)


def test_published_split_is_taken_where_there_are_clips_enough():
    n_clips = splits.LARGE + 100
    y, clips = np.arange(n_clips) % 2, np.arange(n_clips)
    split = np.repeat(["train", "valid", "none"], [n_clips - 150, 100, 50])
    [(train, test)] = make_folds(y, clips, clips, split, "honest", 0)
    assert set(split[train]) == {"train"}
    assert set(split[test]) == {"valid"}
    [(kept, held)] = make_folds(y, clips, clips, split, "choice", 0)
    assert sorted([*kept, *held]) == train.tolist()
    [(random_train, random_test)] = make_folds(y, clips, clips, split, "naive", 0)
    assert len(set(split[random_test])) == 3
    assert len(random_test) / n_clips == pytest.approx(100 / (n_clips - 50), abs=0.01)
    assert not set(random_train) & set(random_test)


def test_variance_counts_clips_not_segments():
    right = pd.Series([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    clips = pd.Series(range(6))
    alone = _variance(right, clips)
    assert alone == pytest.approx(right.mean() * (1 - right.mean()) / 6)
    ten_times = _variance(
        pd.Series(np.repeat(right.to_numpy(), 10)), pd.Series(np.repeat(clips.to_numpy(), 10))
    )
    assert ten_times == pytest.approx(alone)


def make_record(protocol, seed, accuracy, **values):
    return {
        "data": "d",
        "system": "park-fc",
        "protocol": protocol,
        "seed": seed,
        "accuracy": accuracy,
        "variance": 0.0004,
        "segment_accuracy": accuracy - 0.1,
        "segment_variance": 0.0004,
        "macro_f1": accuracy,
        "unit": "segments" if protocol == "naive" else "clips",
        "n_train": 80,
        "n_test": 20,
        "seconds": 10.0,
        "parameters": 52960,
        "epochs_run": 5.0 + seed,
        "epochs_stated": 10,
        "is_cut": False,
        "changed": "",
        **values,
    }


def test_gap_compares_segments_with_segments():
    naive = {"segment_accuracy": 0.9}
    records = [make_record("naive", 0, 0.9, **naive), make_record("honest", 0, 0.7)]
    [row] = gap_table(latest(records)).to_dict("records")
    assert (row["naive"], row["honest"], row["vote"]) == ("0.900", "0.600", "0.700")
    half = 1.96 * np.sqrt(0.0008)
    assert row["gap (95 % interval)"] == f"+0.300 ({0.3 - half:+.3f} to {0.3 + half:+.3f})"
    assert "split alone (95 % interval)" not in row

    records.append(make_record("recipe", 0, 0.8))
    [row] = gap_table(latest(records)).to_dict("records")
    assert row["split alone (95 % interval)"].startswith("+0.200 (")
    assert row["epochs"] == "5 / 10"


def test_gap_takes_the_seeds_that_both_have():
    records = [make_record("naive", 0, 0.9, segment_accuracy=0.9)]
    records += [make_record("honest", seed, accuracy) for seed, accuracy in enumerate([0.7, 0.2])]
    [row] = gap_table(latest(records)).to_dict("records")
    assert (row["honest"], row["seeds"]) == ("0.600", "1")


def test_accuracy_table_has_mean_and_spread_over_seeds():
    records = [make_record("honest", seed, value) for seed, value in enumerate([0.5, 0.6, 0.7])]
    [row] = accuracy_table(latest(records), "honest").to_dict("records")
    assert (row["accuracy"], row["spread"], row["seeds"]) == ("0.600", "0.100", "3")
    assert row["epochs"] == "5 to 7 / 10"
    assert row["parameters"] == "52,960"


def test_markdown_has_notes_below_the_table():
    records = [make_record("honest", 0, 0.5, changed="longer windows")]
    page = to_markdown(accuracy_table(latest(records), "honest"))
    head, _, below = page.partition("\n\n")
    assert head.splitlines()[0].startswith("| system | accuracy | 95 % | macro F1 |")
    assert "train" not in head
    assert below.split("\n\n")[0] == "80 clips to train, 20 to test."
    assert "park-fc: longer windows." in below


def test_latest_keeps_the_last_of_several():
    records = [make_record("honest", 0, 0.5), make_record("honest", 0, 0.6)]
    assert latest(records)["accuracy"].tolist() == [0.6]


def test_tables_of_nothing(tmp_path):
    write_tables([{"data": "d", "about": "no clips", "obstacles": {}}], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_maps_are_decibels():
    maps = np.array([[0, 255]], np.uint8)
    np.testing.assert_allclose(as_decibels(maps), [[-80, 0]], atol=1e-5)
    ready = np.ones((1, 2), np.float32)
    assert as_decibels(ready) is ready


def test_draw_takes_little_of_a_large_group():
    groups = np.concatenate([np.zeros(300, int), np.arange(1, 301)])
    every = Collection("d", "mel", np.arange(600), np.arange(600) % 2, groups, None, "600 clips")
    some = draw(every, 290)
    assert 290 <= len(some.y) < 293
    assert np.bincount(some.groups).max() <= 2
    np.testing.assert_array_equal(some.y, every.y[some.X])
    np.testing.assert_array_equal(some.groups, every.groups[some.X])
    assert some.description == f"{len(some.y)} of 600 clips, at most 2 of a group"
    assert draw(every, 600) is every


def test_load_reads_folders_of_genres(tmp_path):
    make_genre_music(4, genres=["jazz", "metal"], duration=0.5, random_state=0, to=tmp_path)
    folder = load(tmp_path)
    assert (folder.kind, len(folder.X), folder.split) == ("audio", 4, None)
    assert sorted(set(folder.y)) == ["jazz", "metal"]


def test_load_makes_music(monkeypatch):
    monkeypatch.setattr(data, "_N_MUSIC", 20)
    monkeypatch.setattr(data, "_MUSIC_DURATION", 0.5)
    music = load(EMBEDDED)
    assert music.X.shape == (20, 11025)
    assert len(set(music.groups)) == 10


@pytest.mark.filterwarnings("ignore::skgenre.exceptions.SkgenreWarning")
def test_load_knows_the_layout_of_gtzan(tmp_path):
    make_genre_music(50, duration=0.2, random_state=0, to=tmp_path / "genres")
    # Names of the split alone: the first clips of half of the genres are in the training part.
    collection = load(tmp_path)
    assert 0 < len(collection.X) < 50
    assert set(collection.split) <= {"train", "valid", "test"}


@pytest.mark.filterwarnings("ignore::skgenre.exceptions.SkgenreWarning")
def test_load_knows_the_layout_of_fma(tmp_path):
    parts = ["training", "validation", "test"]
    rows = [
        [",set,set,track,artist"],
        [",split,subset,genre_top,id"],
        ["track_id,,,,"],
        *([f"{track},{parts[track % 3]},small,Rock,{track // 2}"] for track in range(2, 8)),
    ]
    (tmp_path / "tracks.csv").write_text("\n".join(line for [line] in rows) + "\n")
    folder = tmp_path / "fma_small" / "000"
    folder.mkdir(parents=True)
    for track in range(2, 8):
        soundfile.write(folder / f"{track:06d}.mp3", np.zeros(4410), 22050)
    collection = load(tmp_path)
    assert collection.split.tolist() == ["test", "train", "valid"] * 2
    assert collection.groups.tolist() == [1, 1, 2, 2, 3, 3]


def test_load_refuses(tmp_path):
    with pytest.raises(ValueError, match="no file or folder"):
        load(tmp_path / "absent.npz")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(ValueError, match="neither a log-mel file"):
        load(tmp_path / "notes.txt")
    np.savez(tmp_path / "other.npz", X=np.zeros(3))
    with pytest.raises(ValueError, match=r"several data sets: name one of other\.npz"):
        load(tmp_path)
    with pytest.raises(ValueError, match="has no array 'genre'; it has X"):
        load(tmp_path / "other.npz")


def test_models_fit_the_data(log_mel):
    collection = load(log_mel)
    pipeline, changed = make_model(collection, "bhandari-crnn", honest=True, device="cpu")
    assert pipeline[0].n_frames < collection.X.shape[2]
    assert changed == f"windows of {pipeline[0].n_frames} of {collection.X.shape[2]} frames"
    vgg, changed = make_model(collection, "bahuleyan2018-vgg16", honest=True, device="cpu")
    assert vgg[-1].weights is None
    assert "no ImageNet weights" in changed
    assert "image 48 x 48" in changed


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_learn_maps(log_mel, name):
    collection = load(log_mel)
    model = make_recipe(name, collection.frame_rate)
    names = [name for name in model.get_params() if name.endswith(("n_frames", "hop_frames"))]
    model.set_params(**dict.fromkeys(names, 32))
    epochs = [name for name in model.get_params() if name.endswith("max_epochs")]
    model.set_params(**dict.fromkeys(epochs, 2))
    X = as_decibels(collection.X)
    assert model.fit(X, collection.y).predict(X).shape == (40,)
    assert name not in find_systems(make_audio())


def test_command(log_mel, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(systems.run, "__kwdefaults__", {**systems.run.__kwdefaults__})
    monkeypatch.setitem(systems.run.__kwdefaults__, "results", tmp_path)
    options = f"study --data {log_mel} --systems {FAST} --epochs 1 --protocols honest"
    monkeypatch.setattr("sys.argv", ["benchmarks", *options.split()])
    command.main()
    assert (tmp_path / "tiny_honest.md").exists()
    monkeypatch.setattr("sys.argv", ["benchmarks", *options.replace(FAST, "park-fc").split()])
    with pytest.raises(SystemExit):
        command.main()
    assert "needs audio" in capsys.readouterr().err
