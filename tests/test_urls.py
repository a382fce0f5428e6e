"""URLs are told from paths, and shown without secrets."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skgenre._secrets import hide_parts, hide_secrets
from skgenre._shown_text import show
from skgenre._urls import Url, as_path, is_url
from skgenre.datasets import load_fma, load_genre_folder, load_gtzan
from skgenre.features import MelSpectrogram, cache_info


@pytest.mark.parametrize(
    ("text", "name", "parent"),
    [
        ("s3://music/rock/a b.mp3", "a b.mp3", "s3://music/rock"),
        ("S3://music/a.mp3", "a.mp3", "s3://music"),
        ("https://host/rock/a.mp3?sig=x/y", "a.mp3", "https://host/rock"),
        ("memory://a.mp3", "a.mp3", "memory://"),
        ("zip://in/a.mp3::s3://music/b.zip", "a.mp3", "zip://in::s3://music/b.zip"),
        ("zip://in/a.mp3::/data/b.zip", "a.mp3", "zip://in::/data/b.zip"),
        ("simplecache::s3://music/a.mp3", "a.mp3", "simplecache::s3://music"),
    ],
)
def test_urls(text, name, parent):
    url = as_path(text)
    assert isinstance(url, Url)
    assert is_url(text)
    assert is_url(url)
    assert (url.name, url.stem, url.suffix) == (name, Path(name).stem, Path(name).suffix)
    assert str(url.parent) == parent
    assert as_path(url) is url
    assert pickle.loads(pickle.dumps(url)) == url


@pytest.mark.parametrize("text", ["a.mp3", "C:/music/a.mp3", "C:\\music\\a.mp3", "a:b/c.mp3", ""])
def test_paths(text):
    assert as_path(text) == as_path(Path(text)) == Path(text)
    assert not is_url(text)


def test_file_urls_are_paths(tmp_path):
    path = tmp_path / "Señor #1 100%.mp3"
    assert as_path(path.as_uri()) == path
    assert as_path(path.as_uri().replace("file://", "file://localhost")) == path
    with pytest.raises(ValueError, match="three slashes"):
        as_path("file://server/a.mp3")


def test_files_of_a_folder_are_named_as_their_store_does():
    folder = as_path("https://host/rock?sig=x")
    assert folder.joinpath("a b#1.mp3").__fspath__() == "https://host/rock/a b%231.mp3"
    assert str(as_path("s3://music/rock/").joinpath("a?#1.mp3")) == "s3://music/rock/a?#1.mp3"
    assert str(as_path("zip://::b.zip").joinpath("a.mp3")) == "zip://a.mp3::b.zip"


@pytest.mark.parametrize("path", ["s3://music?token=secret", Path("s3://music")])
def test_folders_that_have_to_be_local(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    silence = [np.zeros(8000, np.float32)]
    for use in (
        lambda: load_genre_folder(path),
        lambda: load_gtzan(path),
        lambda: load_fma(path),
        lambda: MelSpectrogram(memory=path).fit_transform(silence),
        lambda: cache_info(path),
    ):
        with pytest.raises(ValueError, match=r"folder of this computer|not a Path") as raised:
            use()
        assert "secret" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_lost_slash_is_an_error_with_the_cure(tmp_path, monkeypatch):
    for lost in (Path("s3://music/a.mp3"), "s3:/music/a.mp3"):
        with pytest.raises(ValueError, match=r"not a Path: 's3://music/a.mp3'"):
            as_path(lost)
    with pytest.raises(ValueError, match=r"^https:/host/a: .*'https://host/a'\.$"):
        as_path(Path("https://me:secret@host/a?sig=secret"))
    # Unless there is such a file.
    monkeypatch.chdir(tmp_path)
    Path("s3:/music").mkdir(parents=True)
    Path("s3:/music/a.mp3").touch()
    assert as_path(Path("s3://music/a.mp3")) == Path("s3:/music/a.mp3")


def test_unknown_and_missing_protocols_say_what_to_do():
    with pytest.raises(ValueError, match=r"nope://a/b.*no protocol nope://.*pathlib\.Path"):
        as_path("nope://user:secret@a/b?token=secret")
    # One that is known, whose package is in no extra.
    with pytest.raises(ImportError, match=r"^gs://a/b: gs:// needs.*: pip install gcsfs"):
        as_path("gs://a/b")
    with pytest.raises(ImportError, match="pip install gcsfs"):
        as_path("zip://a.mp3::gs://a/b.zip")


@pytest.mark.parametrize("missing", ["fsspec", "s3fs"])
def test_without_a_library_the_error_names_the_extra(missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from skgenre._urls import as_path\n"
        "as_path('a/b.mp3')\n"
        "try: as_path('s3://a/b.mp3')\n"
        "except ImportError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "s3://a/b.mp3: " in result.stdout
    assert "pip install 'skgenre[cluster]'" in result.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/a b.mp3?sig=secret#secret", "https://host/a b.mp3"),
        ("https://me:se@cret@host/a.mp3", "https://host/a.mp3"),
        ("ftp://secret@host/a.mp3", "ftp://host/a.mp3"),
        ("s3://me:secret@music/a.mp3", "s3://music/a.mp3"),
        ("s3://music/a.mp3?token=secret", "s3://music/a.mp3"),
        ("zip://a.mp3::https://me:secret@h/b.zip?s=secret", "zip://a.mp3::https://h/b.zip"),
        ("see https://h/a?sig=secret, or 's3://me:secret@b/c'", "see https://h/a or 's3://b/c'"),
        # Names, not secrets.
        ("s3://music/Who? #1 me@home.mp3", "s3://music/Who? #1 me@home.mp3"),
        ("memory://me@home.mp3", "memory://me@home.mp3"),
        ("abfs://container@account/a.mp3", "abfs://container@account/a.mp3"),
        ("What? https is safe", "What? https is safe"),
    ],
)
def test_secrets_are_hidden(text, shown):
    assert hide_secrets(text) == show(text) == shown
    if text.count("://") == 1 and text.startswith(("s3", "https", "ftp")):
        assert str(as_path(text) if "ftp" not in text else Url(text)) == shown
        assert "secret" not in repr(Url(text))


def test_parts_of_a_url_are_hidden_in_other_text():
    url = "https://me:pass%3Dword@host/a.mp3?sig=signature&b=c"
    for text in ("me:pass%3Dword is wrong", "pass=word is wrong", "signature is wrong", url):
        hidden = hide_parts(text, url)
        assert not any(secret in hidden for secret in ("pass", "signature"))
