"""Extraction on this machine: what is written, what is refused, what an earlier run left."""

import concurrent.futures
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre.datasets import load_manifest
from skgenre.features import (
    MFCC,
    FramePooling,
    FunctionFeature,
    GTZANFeatures,
    MelSpectrogram,
    Segmenter,
)
from skgenre.stores import Extraction, extract_features, open_features
from skgenre.stores._clip_list import list_clips

from .conftest import SR

pa = pytest.importorskip("pyarrow")
fsspec = pytest.importorskip("fsspec")
ds = pytest.importorskip("pyarrow.dataset")
zarr = pytest.importorskip("zarr")

MEL = MelSpectrogram(sr=SR, n_fft=256, hop_length=128, n_mels=16, duration=0.5)


def level(y):
    return np.array([np.abs(y).max(), np.abs(y).mean()])


LEVEL = FunctionFeature(level, sr=SR)


def read_maps(out):
    group = zarr.open_group(out, mode="r")
    return group["X"][:], group["ok"][:]


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_maps_are_those_of_the_feature_in_the_order_of_the_clips(sounds, tmp_path, n_jobs):
    feature = MelSpectrogram(**MEL.get_params() | {"n_jobs": n_jobs})
    done = extract_features(sounds, feature, tmp_path / "mel.zarr", partition_size=8, chunk_size=4)
    X, ok = read_maps(tmp_path / "mel.zarr")
    np.testing.assert_array_equal(X, MEL.transform(sounds))
    assert ok.all()
    assert isinstance(done, Extraction)
    assert (done.n_clips, done.n_bad, done.n_resumed, len(done.bad_files)) == (22, 0, 0, 0)
    assert done.clips_per_second == pytest.approx(22 / done.seconds)
    group = zarr.open_group(tmp_path / "mel.zarr", mode="r")
    assert group["X"].chunks == (4, 16, 32)
    assert group["ok"].chunks == (8,)
    facts = dict(group.attrs)["skgenre"]
    assert (facts["kind"], facts["feature"], facts["n_clips"]) == ("maps", "MelSpectrogram", 22)
    assert not (tmp_path / "mel.bad_files.csv").exists()


def test_a_table_is_read_by_pandas_and_pyarrow(sounds, tmp_path):
    extract_features(sounds, LEVEL, tmp_path / "levels", partition_size=8)
    table = pd.read_parquet(tmp_path / "levels")
    assert list(table.columns) == ["clip", "ok", "x0", "x1"]
    assert table["clip"].tolist() == list(range(22))
    np.testing.assert_array_equal(table.iloc[:, 2:], LEVEL.transform(sounds))
    assert ds.dataset(tmp_path / "levels").count_rows() == 22
    assert sorted(path.name for path in (tmp_path / "levels").iterdir()) == [
        "_skgenre",
        "part-00000.parquet",
        "part-00001.parquet",
        "part-00002.parquet",
    ]


def test_a_table_has_the_names_of_the_feature(sounds, tmp_path):
    pooled = make_pipeline(MEL, FramePooling(statistics="mean"))
    extract_features(sounds, pooled, tmp_path / "pooled")
    names = pd.read_parquet(tmp_path / "pooled").columns[2:].tolist()
    assert names == [f"band{band}_mean" for band in range(16)]


def test_a_pipeline_a_union_and_segments(sounds, tmp_path):
    pooled = make_pipeline(MEL, FramePooling(statistics="mean"))
    both = make_union(LEVEL, pooled)
    extract_features(sounds, both, tmp_path / "both")
    table = pd.read_parquet(tmp_path / "both")
    np.testing.assert_array_equal(table.iloc[:, 2:], both.fit_transform(sounds))
    segments = Segmenter(
        MelSpectrogram(sr=SR, n_fft=256, n_mels=8), segment_duration=0.25, sr=SR, duration=0.5
    )
    extract_features(sounds, segments, tmp_path / "segments.zarr")
    X, _ = read_maps(tmp_path / "segments.zarr")
    np.testing.assert_array_equal(X, segments.transform(sounds))


def test_float16_maps_have_half_the_size(sounds, tmp_path):
    extract_features(sounds, MEL, tmp_path / "half.zarr", dtype="float16")
    X, _ = read_maps(tmp_path / "half.zarr")
    assert X.dtype == np.float16
    np.testing.assert_array_equal(X, MEL.transform(sounds).astype(np.float16))


def test_values_that_float16_can_not_hold_are_refused(sounds, tmp_path):
    loud = FunctionFeature(lambda y: np.full((2, 3), 1e6), sr=SR, duration=0.5)
    with pytest.raises(ValueError, match=r"dtype='float16' can't hold 1e\+06.*clip-\d\d.wav"):
        extract_features(sounds, loud, tmp_path / "loud.zarr", dtype="float16")


def test_the_clips_of_a_loader_are_in_the_store_with_genres_and_groups(sounds, tmp_path):
    table = pd.DataFrame({"path": sounds, "track_id": range(100, 122)})
    table["genre"] = ["a", "b"] * 11
    table["artist"] = [f"artist {row // 2}" for row in range(22)]
    extract_features(load_manifest(table), MEL, tmp_path / "mel.zarr")
    clips = pd.read_parquet(tmp_path / "mel.zarr" / "clips.parquet")
    assert list(clips.columns) == ["id", "path", "genre", "group"]
    assert clips["id"].tolist() == [str(number) for number in range(100, 122)]
    assert clips["path"].tolist() == sounds
    assert clips["genre"].tolist() == table["genre"].tolist()
    assert clips["group"].tolist() == table["artist"].tolist()


def test_a_table_by_its_path_opens_no_file(sounds, tmp_path):
    names = [Path(path).name for path in sounds] + ["missing.wav"]
    folder = Path(sounds[0]).parent
    pd.DataFrame({"file": names, "genre": "x"}).to_csv(folder / "tracks.csv", index=False)
    done = extract_features(str(folder / "tracks.csv"), MEL, tmp_path / "mel.zarr")
    assert done.bad_files["path"].tolist() == [str(folder / "missing.wav")]
    assert "no such file" in done.bad_files["reason"][0]
    X, ok = read_maps(tmp_path / "mel.zarr")
    np.testing.assert_array_equal(X[:-1], MEL.transform(sounds))
    assert ok.tolist() == [True] * 22 + [False]
    clips = pd.read_parquet(tmp_path / "mel.zarr" / "clips.parquet")
    assert list(clips.columns) == ["id", "path", "genre"]


def test_several_genres_are_lists(sounds):
    table = pd.DataFrame({"path": sounds, "genre": ["rock; soul", "soul"] * 11})
    listed = list_clips(load_manifest(table, genre_separator=";"), "x")
    assert listed.genres[:2] == [["rock", "soul"], ["soul"]]
    assert listed.groups is None
    assert listed.digest() != list_clips(sounds, "x").digest()


def test_bad_files_keep_an_empty_row_and_are_listed(sounds, bad_sound, tmp_path):
    clips = [*sounds[:5], bad_sound, *sounds[5:]]
    for out, read in (("mel.zarr", read_maps), ("levels", None)):
        feature = MEL if read else LEVEL
        done = extract_features(clips, feature, tmp_path / out, partition_size=4)
        assert done.n_bad == 1
        assert done.bad_files["path"].tolist() == [bad_sound]
        listed = pd.read_csv(tmp_path / f"{out.removesuffix('.zarr')}.bad_files.csv")
        assert listed["path"].tolist() == [bad_sound]
        assert listed["reason"][0].startswith("the file is empty")
        if read:
            X, ok = read(tmp_path / out)
        else:
            table = pd.read_parquet(tmp_path / out)
            X, ok = table.iloc[:, 2:].to_numpy(), table["ok"].to_numpy()
        assert np.flatnonzero(~ok).tolist() == [5]
        assert np.isnan(X[5]).all()
        np.testing.assert_array_equal(X[ok], feature.transform(sounds))


def test_a_bad_file_is_an_error_if_wanted_and_a_repaired_one_is_computed(
    sounds, bad_sound, tmp_path
):
    clips = [*sounds[:9], bad_sound, *sounds[9:]]
    out = tmp_path / "mel.zarr"
    options = {"partition_size": 4, "on_bad_files": "raise"}
    with pytest.raises(ValueError, match=r"1 file can't be read.*\n.*bad.wav: the file is empty"):
        extract_features(clips, MEL, out, **options)
    assert extract_features(clips, MEL, out, partition_size=4).n_bad == 1
    assert (tmp_path / "mel.bad_files.csv").exists()
    Path(bad_sound).write_bytes(Path(sounds[0]).read_bytes())
    done = extract_features(clips, MEL, out, **options)
    assert (done.n_bad, done.n_resumed) == (0, 19)
    assert not (tmp_path / "mel.bad_files.csv").exists()
    X, ok = read_maps(out)
    assert ok.all()
    np.testing.assert_array_equal(X, MEL.transform(clips))


def test_another_run_continues_with_what_is_not_finished(sounds, tmp_path):
    computed = tmp_path / "computed"

    def count(y):
        with computed.open("a") as file:
            file.write("x")
        if computed.stat().st_size == 11 and not (tmp_path / "go on").exists():
            raise KeyboardInterrupt
        return level(y)

    feature = FunctionFeature(count, sr=SR, n_jobs=1)
    with pytest.raises(KeyboardInterrupt):
        extract_features(sounds, feature, tmp_path / "levels", partition_size=4)
    (tmp_path / "go on").touch()
    done = extract_features(sounds, feature, tmp_path / "levels", partition_size=4)
    # Ten clips and the trial before the interruption: eight clips are in finished partitions.
    assert done.n_resumed == 8
    assert computed.stat().st_size == 11 + 1 + 14
    table = pd.read_parquet(tmp_path / "levels")
    assert table["clip"].tolist() == list(range(22))
    np.testing.assert_array_equal(table.iloc[:, 2:], LEVEL.transform(sounds))
    again = extract_features(sounds, feature, tmp_path / "levels", partition_size=4)
    assert again.n_resumed == 22
    assert np.isnan(again.clips_per_second)


@pytest.mark.slow
def test_a_killed_process_loses_no_more_than_its_partition(sounds, tmp_path):
    code = f"""
import os, sys
import numpy as np
from skgenre.features import FunctionFeature
from skgenre.stores import extract_features
sounds = {sounds!r}
done = []
def feature(y):
    done.append(1)
    if len(done) == 12 and len(sys.argv) == 1:
        os._exit(9)
    return np.array([np.abs(y).max(), np.abs(y).mean()])
print(extract_features(sounds, FunctionFeature(feature, sr={SR}, n_jobs=1),
    {str(tmp_path / "levels")!r}, partition_size=4))
"""
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True).returncode == 9
    finished = sorted(path.name for path in (tmp_path / "levels/_skgenre/parts").iterdir())
    assert finished == ["00000.json", "00001.json"]
    again = subprocess.run([*command, "on"], capture_output=True, text=True, check=True)
    assert "8 resumed" in again.stdout
    table = pd.read_parquet(tmp_path / "levels")
    np.testing.assert_array_equal(table.iloc[:, 2:], LEVEL.transform(sounds))


@pytest.mark.parametrize(
    "content", [b'{"bad"', b'{"bad": {"99": "no clip"}}', b'{"bad": {"-9": "?"}}', b"[" * 50_000]
)
def test_a_damaged_marker_means_that_the_partition_is_not_finished(sounds, tmp_path, content):
    extract_features(sounds, MEL, tmp_path / "mel.zarr", partition_size=8)
    (tmp_path / "mel.zarr/parts/00001.json").write_bytes(content)
    assert extract_features(sounds, MEL, tmp_path / "mel.zarr", partition_size=8).n_resumed == 14


@pytest.mark.parametrize(("feature", "out"), [(MEL, "mel.zarr"), (LEVEL, "levels")])
def test_runs_that_begin_at_once_share_the_store(sounds, tmp_path, feature, out):
    expected = feature.transform(sounds[:4])
    begin = threading.Barrier(3)

    def run(place):
        begin.wait()
        return extract_features(sounds[:4], feature, place, partition_size=2).n_clips

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for number in range(10):
            place = tmp_path / str(number) / out
            assert list(pool.map(run, [place] * 3)) == [4, 4, 4]
            np.testing.assert_array_equal(open_features(place), expected)


def test_a_run_stops_when_its_store_has_become_that_of_another(sounds, tmp_path):
    facts = tmp_path / "levels/_skgenre/store.json"

    def replace(y):
        if facts.exists():
            facts.write_text(json.dumps(json.loads(facts.read_text()) | {"setting": "other"}))
        return np.zeros(2)

    feature = FunctionFeature(replace, sr=SR, n_jobs=1)
    with pytest.raises(ValueError, match="levels: this holds features of another setting"):
        extract_features(sounds[:6], feature, tmp_path / "levels", partition_size=2)
    assert not (tmp_path / "levels/part-00001.parquet").exists()


@pytest.mark.parametrize(
    ("feature", "out", "n_bytes"),
    [(MEL, "mel.zarr", 300), (MEL, "mel.zarr", 6000), (LEVEL, "levels", 300)],
)
def test_a_full_disk_is_one_line_and_the_run_goes_on_later(sounds, tmp_path, feature, out, n_bytes):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        with pytest.raises(OSError, match=f"File too large: .*{out}"):
            extract_features(sounds, feature, tmp_path / out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    extract_features(sounds, feature, tmp_path / out)
    np.testing.assert_array_equal(open_features(tmp_path / out), feature.transform(sounds))


def test_other_settings_clips_and_layouts_are_refused(sounds, tmp_path):
    out = tmp_path / "mel.zarr"
    extract_features(sounds, MEL, out, partition_size=8, chunk_size=4)
    before = read_maps(out)[0]
    other = MelSpectrogram(**MEL.get_params() | {"fmin": 100.0})
    cure = "Choose another out, or delete it"
    with pytest.raises(ValueError, match=f"another setting.*MelSpectrogram.*{cure}"):
        extract_features(sounds, other, out, partition_size=8, chunk_size=4)
    with pytest.raises(ValueError, match=f"other clips, 22 of them.*{cure}"):
        extract_features(sounds[:21], MEL, out, partition_size=8, chunk_size=4)
    table = tmp_path / "tracks.csv"
    pd.DataFrame({"path": sounds, "genre": "jazz"}).to_csv(table, index=False)
    with pytest.raises(ValueError, match="22 of them: the files, their genres"):
        extract_features(table, MEL, out, partition_size=8, chunk_size=4)
    with pytest.raises(ValueError, match="partition_size=8, got 4"):
        extract_features(sounds, MEL, out, partition_size=4, chunk_size=4)
    with pytest.raises(ValueError, match="dtype='float32', got 'float16'"):
        extract_features(sounds, MEL, out, partition_size=8, chunk_size=4, dtype="float16")
    np.testing.assert_array_equal(read_maps(out)[0], before)


def test_settings_that_change_no_value_are_the_same_setting(sounds, tmp_path):
    extract_features(sounds, MEL, tmp_path / "mel.zarr")
    same = MelSpectrogram(**MEL.get_params() | {"n_jobs": 2, "memory": tmp_path / "cache"})
    assert extract_features(sounds, same, tmp_path / "mel.zarr").n_resumed == 22


def test_foreign_damaged_and_newer_folders_are_refused(sounds, tmp_path):
    (tmp_path / "foreign.zarr").mkdir()
    (tmp_path / "foreign.zarr" / "thesis.txt").write_text("x")
    with pytest.raises(ValueError, match="this folder holds other files, and no features"):
        extract_features(sounds, MEL, tmp_path / "foreign.zarr")
    zarr.create_group(tmp_path / "other.zarr", attributes={"a": 1})
    with pytest.raises(ValueError, match="holds no features of skgenre, or damaged ones"):
        extract_features(sounds, MEL, tmp_path / "other.zarr")
    extract_features(sounds, LEVEL, tmp_path / "levels")
    facts = tmp_path / "levels/_skgenre/store.json"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"format": 99, "version": "9.0"}))
    with pytest.raises(ValueError, match=r"written by skgenre 9.0.*upgrade"):
        extract_features(sounds, LEVEL, tmp_path / "levels")


@pytest.mark.parametrize(
    ("feature", "out", "message"),
    [
        (MelSpectrogram(sr=SR), "a.zarr", r"MelSpectrogram without duration=.*\(duration=30\)"),
        (Segmenter(MFCC(sr=SR), sr=SR), "a.zarr", "Segmenter without duration="),
        (MEL, "folder", "makes maps.*out must end in .zarr"),
        (LEVEL, "a.zarr", "makes a table.*must not end in .zarr"),
        (
            make_pipeline(GTZANFeatures(sr=SR), StandardScaler()),
            "folder",
            "StandardScaler in the feature must be fitted",
        ),
    ],
)
def test_features_that_fit_no_store_are_refused(sounds, tmp_path, feature, out, message):
    with pytest.raises(ValueError, match=message):
        extract_features(sounds, feature, tmp_path / out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("feature", [StandardScaler(), MelSpectrogram, "mel", FramePooling()])
def test_what_is_no_feature_of_files_is_refused(sounds, tmp_path, feature):
    with pytest.raises(TypeError, match="takes a transformer of sound files"):
        extract_features(sounds, feature, tmp_path / "a.zarr")


def test_a_fitted_step_is_used_as_it_is_and_is_part_of_the_setting(sounds, tmp_path):
    fitted = make_pipeline(MEL, FramePooling(statistics="mean"), PCA(3)).fit(sounds[:8])
    extract_features(sounds, fitted, tmp_path / "pca")
    table = pd.read_parquet(tmp_path / "pca")
    np.testing.assert_allclose(table.iloc[:, 2:], fitted.transform(sounds), atol=1e-3)
    other = make_pipeline(MEL, FramePooling(statistics="mean"), PCA(3)).fit(sounds[8:])
    with pytest.raises(ValueError, match="another setting"):
        extract_features(sounds, other, tmp_path / "pca")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"partition_size": 6, "chunk_size": 4}, "multiple of chunk_size.*6 and 4"),
        ({"partition_size": 0}, "'partition_size'.*Got 0"),
        ({"chunk_size": 2.5}, "'chunk_size'.*Got 2.5"),
        ({"dtype": "float64"}, "'dtype'.*Got 'float64'"),
        ({"on_bad_files": "skip"}, "'on_bad_files'.*Got 'skip'"),
    ],
)
def test_impossible_options_are_refused(sounds, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        extract_features(sounds, MEL, tmp_path / "a.zarr", **options)


@pytest.mark.parametrize("clips", [np.zeros((2, 100)), [np.zeros(100)], 3, None])
def test_waveforms_are_refused(tmp_path, clips):
    with pytest.raises(TypeError, match="takes the Bunch of a loader"):
        extract_features(clips, MEL, tmp_path / "a.zarr")


def test_no_clips_and_what_is_no_client_are_refused(sounds, tmp_path):
    with pytest.raises(ValueError, match="There are no clips"):
        extract_features([], MEL, tmp_path / "a.zarr")
    pytest.importorskip("distributed")
    with pytest.raises(TypeError, match=r"client=distributed.Client\(address\) or None, got a str"):
        extract_features(sounds, MEL, tmp_path / "a.zarr", client="tcp://127.0.0.1:8786")


def test_maps_of_different_shapes_stop_the_job_and_name_the_clip(sounds, tmp_path):
    uneven = FunctionFeature(lambda y: np.zeros((2, len(y) // 10 % 7 + 1)), sr=SR)
    uneven.set_params(duration=0.5)
    varying = FunctionFeature(lambda y: np.zeros((2, 1 + int(y[0] > 0))), sr=SR, duration=0.5)
    extract_features(sounds, uneven, tmp_path / "even.zarr")
    with pytest.raises(ValueError, match=r"must have the shape \(2, .*clip-\d+.wav"):
        extract_features(sounds, varying, tmp_path / "varying.zarr")


def test_a_feature_that_is_another_one_in_each_run_is_refused(sounds, tmp_path):
    import math

    feature = FunctionFeature(lambda y: np.full(2, math.pi), sr=SR)
    with pytest.raises(ValueError, match=r"can't be compared between runs.*in a module"):
        extract_features(sounds, feature, tmp_path / "levels")
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_feature_stops_the_job(sounds, tmp_path):
    def fail(y):
        raise ZeroDivisionError("of mine")

    with pytest.raises(ZeroDivisionError, match="of mine"):
        extract_features(sounds, FunctionFeature(fail, sr=SR), tmp_path / "levels")


@pytest.mark.parametrize("name", ["music [flac]", "a*", "co::lon", "Ünï %20#"])
def test_any_name_is_that_of_a_folder(sounds, tmp_path, name):
    (tmp_path / "a-other").mkdir()
    for feature, out in ((MEL, f"{name}.zarr"), (LEVEL, name)):
        place = tmp_path / name / out
        extract_features(sounds, feature, place, partition_size=8)
        assert extract_features(sounds, feature, place, partition_size=8).n_resumed == 22
        np.testing.assert_array_equal(open_features(place), feature.transform(sounds))


def test_columns_of_one_name_are_refused(sounds, tmp_path):
    for names in (["level", "level"], ["ok", "level"]):
        named = FunctionTransformer(feature_names_out=lambda *_, names=names: names)
        feature = make_pipeline(LEVEL, named)
        with pytest.raises(ValueError, match=f"gives {names[0]!r}, which is taken"):
            extract_features(sounds, feature, tmp_path / "levels")
    assert not (tmp_path / "levels").exists()


def test_bad_files_of_a_store_at_the_top_of_a_file_system_are_listed(sounds, bad_sound):
    done = extract_features([*sounds[:2], bad_sound], MEL, "memory://top.zarr")
    assert done.list_of_bad_files == "memory://top.bad_files.csv"
    assert fsspec.filesystem("memory").cat_file("/top.bad_files.csv").count(b"\n") == 2


def test_a_store_in_memory(sounds):
    done = extract_features(sounds, MEL, "memory://here/mel.zarr", partition_size=8)
    assert done.out == "memory://here/mel.zarr"
    X = zarr.open_group("memory://here/mel.zarr", mode="r")["X"][:]
    np.testing.assert_array_equal(X, MEL.transform(sounds))
    assert extract_features(sounds, MEL, "memory://here/mel.zarr", partition_size=8).n_resumed == 22


def test_progress_says_the_pace(sounds, tmp_path, capfd):
    extract_features(sounds, MEL, tmp_path / "mel.zarr", progress=True)
    shown = capfd.readouterr().err
    assert "22/22" in shown
    assert "clips/s" in shown
    extract_features(sounds, MEL, tmp_path / "quiet.zarr")
    assert capfd.readouterr() == ("", "")


def test_relative_paths_are_found_and_nothing_else_is_written(sounds, tmp_path, monkeypatch):
    monkeypatch.chdir(Path(sounds[0]).parent)
    names = [Path(path).name for path in sounds]
    before = sorted(Path.cwd().iterdir())
    extract_features(names, MEL, tmp_path / "mel.zarr")
    assert sorted(Path.cwd().iterdir()) == before
    np.testing.assert_array_equal(read_maps(tmp_path / "mel.zarr")[0], MEL.transform(sounds))
    assert pd.read_parquet(tmp_path / "mel.zarr/clips.parquet")["path"].tolist() == names
