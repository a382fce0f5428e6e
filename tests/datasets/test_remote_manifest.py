"""Tables of tracks at URLs, and of files at URLs."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from skgenre.datasets import check_files, load_manifest
from skgenre.exceptions import SkgenreWarning

from ..remote_store import forget_connections

pytestmark = pytest.mark.filterwarnings("ignore:There is only one clip of")


@pytest.fixture
def tracks(s3_store, tmp_path):
    """A table of four objects of two genres, by their names in the bucket."""
    soundfile.write(tmp_path / "song.wav", np.zeros(100), 8000)
    names = ["rock/a.wav", "rock/b.wav", "jazz/c.wav", "jazz/d.wav"]
    for name in names:
        s3_store.put(name, tmp_path / "song.wav")
    return pd.DataFrame({"file": names, "genre": ["rock", "rock", "jazz", "jazz"]})


def test_urls_in_a_table(s3_store, tracks, tmp_path):
    urls = [f"s3://music/{name}" for name in tracks["file"]]
    s3_store.requests.clear()
    music = load_manifest(tracks.assign(file=urls))
    assert music.paths == urls
    assert music.missing == music.unreadable == []
    # The store is asked once for each, and no sound is fetched.
    assert [request.method for request in s3_store.requests] == ["HEAD"] * 4
    local = str(tmp_path / "song.wav")
    mixed = load_manifest(tracks.assign(file=[*urls[:3], local]))
    assert mixed.paths == [*urls[:3], local]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_at_a_url(s3_store, tracks, tmp_path, suffix):
    path = tmp_path / f"tracks.{suffix}"
    tracks.to_csv(path, index=False) if suffix == "csv" else tracks.to_parquet(path)
    url = s3_store.put(f"tracks.{suffix}", path)
    music = load_manifest(url)
    assert music.paths == [f"s3://music/{name}" for name in tracks["file"]]
    assert music.notes[-1] == "4 files from s3://music"
    assert load_manifest(path, root="s3://music/").paths == music.paths
    s3_store.put(f"tables/tracks.{suffix}", path)
    with pytest.raises(ValueError, match=r"4 of 4 files are missing.*start from s3://music/tables"):
        load_manifest(f"s3://music/tables/tracks.{suffix}")


def test_a_table_that_is_not_there(s3_store, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"^s3://music/none\.csv: there is no such file"):
        load_manifest("s3://music/none.csv?token=secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    forget_connections()
    with pytest.raises(ValueError, match=r"^s3://music/none\.csv: access is refused"):
        load_manifest("s3://music/none.csv")


def test_missing_objects(s3_store, tracks, monkeypatch):
    s3_store.delete("rock/b.wav")
    s3_store.put("jazz/d.wav", b"")
    with pytest.raises(ValueError, match=r"1 of 4 files is missing: row 2: rock/b.wav \(there is"):
        load_manifest(tracks, root="s3://music")
    with pytest.warns(SkgenreWarning) as warned:
        music = load_manifest(tracks, root="s3://music", on_missing="drop")
    assert [name for name, _ in music.missing] == ["rock/b.wav"]
    assert music.unreadable == [("s3://music/jazz/d.wav", "empty file")]
    texts = [str(warning.message) for warning in warned]
    assert any("rock/b.wav (row 2: there is no such file" in text for text in texts)
    assert any("jazz/d.wav (empty file)" in text for text in texts)
    assert len(music.paths) == 2
    # What the store refuses is never left out without a word.
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    forget_connections()
    with pytest.raises(ValueError, match=r"4 of 4 files are missing.*access is refused"):
        load_manifest(tracks, root="s3://music")


def test_secrets_are_in_no_message(http_server, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(100), 8000)
    (tmp_path / "b.wav").touch()
    web = http_server.url.replace("://", "://me:PASSWORD@")
    files = [f"{web}/{name}.wav?sig=SIGNATURE" for name in "abc"]
    table = pd.DataFrame({"file": files, "genre": ["rock", "rock", "jazz"]})
    with pytest.raises(ValueError, match=r"row 3: http://[^@]*/c.wav \(there") as raised:
        load_manifest(table)
    messages = [str(raised.value)]
    table = pd.DataFrame({"file": [*files, f"{web}/a.wav?x=1"], "genre": ["a", "b", "b", "b"]})
    with pytest.warns(SkgenreWarning) as warned:
        music = load_manifest(table, on_missing="drop")
    assert music.paths == [files[0], f"{web}/a.wav?x=1"]  # as they have to be read
    messages += [str(warning.message) for warning in warned]
    messages += [repr(music.missing), repr(music.unreadable), music.DESCR]
    assert not any("PASSWORD" in text or "SIGNATURE" in text for text in messages)


def test_files_at_urls_are_checked(s3_store, tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.wav" for number in range(2)]
    for path in paths:
        soundfile.write(path, rng.uniform(-0.5, 0.5, 8000), 8000)
    (tmp_path / "2.wav").write_text("<html>404</html>")
    paths.append(tmp_path / "2.wav")
    urls = [s3_store.put(path.name, path) for path in paths]
    local, remote = check_files(paths), check_files([*urls])
    assert remote["path"].tolist() == urls
    pd.testing.assert_frame_equal(
        remote.drop(columns="path"), local.drop(columns="path"), check_exact=True
    )
