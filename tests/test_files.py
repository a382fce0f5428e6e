"""Files are written whole: under another name first, then moved into place."""

import os
import re
import stat
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skgenre
from skgenre._files import output_file, replace_file, replacing
from skgenre.cli._output import prepare_output, write_csv

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and links of POSIX")


def _names(folder):
    return [path.name for path in folder.iterdir()]


def _interrupt(write, path, error):
    with write(path) as file:
        file.write(b"half of the ne")
        raise error


@pytest.mark.parametrize("write", [replacing, output_file])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, OSError])
def test_whatever_interrupts_leaves_the_old_file_alone(tmp_path, write, error):
    path = tmp_path / "table.csv"
    path.write_bytes(b"old")
    with pytest.raises(error):
        _interrupt(write, path, error)
    assert _names(tmp_path) == ["table.csv"]
    assert path.read_bytes() == b"old"
    with write(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["table.csv"]
    assert path.read_bytes() == b"new"


def test_an_interrupted_table_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_csv(pd.DataFrame({"a": [1]}), path)

    class Interrupting:
        def __str__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_csv(pd.DataFrame({"a": [*range(100_000), Interrupting()]}), path)
    assert path.read_text(encoding="utf-8").split() == ["a", "1"]
    assert _names(tmp_path) == ["table.csv"]


@posix
def test_a_new_file_has_the_permissions_of_any_new_file_and_an_old_one_keeps_its_own(tmp_path):
    (tmp_path / "other").touch()
    usual = (tmp_path / "other").stat().st_mode
    for number, write in enumerate([_replace, _output]):
        path = tmp_path / f"{number}.csv"
        write(path)
        assert path.stat().st_mode == usual
        path.chmod(0o600)
        write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _replace(path):
    replace_file(path, b"new")


def _output(path):
    with output_file(path) as file:
        file.write(b"new")


@posix
def test_a_table_follows_a_link_and_a_model_replaces_it(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    for write, is_followed in ((_output, True), (_replace, False)):
        target.write_bytes(b"old")
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        write(link)
        assert (link.is_symlink(), target.read_bytes() == b"new") == (is_followed, is_followed)
        assert link.read_bytes() == b"new"


@posix
def test_a_pipe_is_written_to(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    prepare_output(path)
    for write in (_output, _replace):
        writer = threading.Thread(target=write, args=(path,), daemon=True)
        writer.start()
        assert path.read_bytes() == b"new"
        writer.join(60)
    assert _names(tmp_path) == ["pipe"]


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / "missing" / "table.csv"
    with pytest.raises(FileNotFoundError) as raised:
        _output(path)
    assert raised.value.filename == str(path)
    assert not re.search(r"\.tmp", str(raised.value))


def test_a_long_name_is_no_obstacle(tmp_path):
    path = tmp_path / ("n" * 240 + ".csv")
    _output(path)
    assert _names(tmp_path) == [path.name]


@posix
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_no_new_file_is_refused_before_the_work(tmp_path):
    path = tmp_path / "table.csv"
    path.touch()
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="Name another"):
        prepare_output(path)


# A lock; scratch; the null device; a worker's copy of a model, uploads and files of tests in
# temporary folders of their own.
_OTHER_WRITERS = {
    *(
        "cache_claim.py",
        "scratch.py",
        "_song_writer.py",
        "_console.py",
        "_received_clip.py",
        "_estimator_checks.py",
    )
}


def test_only_one_place_writes_files():
    """Other writers would leave half a file when they are interrupted."""
    writes = r"os\.replace|mkstemp|fsync|write_text\(|write_bytes\(|to_csv\(path|open\(\"[wx]"
    examples = r"(?m)^\s*(>>>|\.\.\.).*"
    found = {
        path.name
        for path in Path(skgenre.__file__).parent.rglob("*.py")
        if re.search(writes, re.sub(examples, "", path.read_text(encoding="utf-8")))
    }
    assert found == _OTHER_WRITERS | {"_files.py"}


def test_arrays_can_be_written_to_it(tmp_path):
    with output_file(tmp_path / "maps.npz") as file:
        np.savez_compressed(file, X=np.eye(3))
    assert np.array_equal(np.load(tmp_path / "maps.npz")["X"], np.eye(3))
