"""Where neither the installation nor the home can be written to."""

import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

# In place of a read-only installation, which root can write to all the same: numba finds no place
# of its own, as it does there.
NO_PLACE = """
from numba.core import caching
caching.CacheImpl._locator_classes = [caching.UserProvidedCacheLocator]
"""
# One small kernel, since compiling all of a feature takes half a minute.
COMPUTE = """
import sys
import numpy as np
from skgenre.features.kernels._time_domain import root_mean_square
clip = np.random.default_rng(0).uniform(-1, 1, 11025).astype(np.float32)
np.save(sys.argv[1], root_mean_square(clip, 2048, 512, True))
"""
# What librosa compiles when it is imported takes 17 s.
LIBROSA = """
from skgenre._librosa import librosa
print(librosa.util.localmax(np.arange(3.0)))
"""
# A package in its place that compiles one function when it is imported.
SMALL_LIBROSA = """
import numba

@numba.vectorize(["float64(float64)"], cache=True)
def double(x):
    return 2.0 * x
"""
IMPORT_LIBROSA = "from skgenre._librosa import librosa; print(librosa.double(1.5))"


def run(code, *arguments, **environment):
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    return subprocess.run(
        [sys.executable, "-W", "default", "-c", code, *map(str, arguments)],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )


def before_others(folder):
    """Return a PYTHONPATH that begins with a folder."""
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    path = tmp_path_factory.mktemp("expected") / "rms.npy"
    done = run(COMPUTE, path)
    assert done.returncode == 0, done.stderr
    return np.load(path)


@pytest.mark.parametrize(
    "librosa", [IMPORT_LIBROSA, pytest.param(LIBROSA, marks=pytest.mark.slow)], ids=["small", "all"]
)
def test_kernels_are_kept_in_a_private_temporary_folder(tmp_path, expected, librosa):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary)}
    if librosa == IMPORT_LIBROSA:
        (tmp_path / "librosa.py").write_text(SMALL_LIBROSA)
        environment["PYTHONPATH"] = before_others(tmp_path)
    done = run(NO_PLACE + COMPUTE + librosa, tmp_path / "rms.npy", **environment)
    assert done.returncode == 0, done.stderr
    (folder,) = temporary.glob("skgenre-kernels-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len({path.parent for path in folder.rglob("*.nbi")}) >= 2  # ours and librosa's
    assert done.stderr.count("NUMBA_CACHE_DIR") == 1
    np.testing.assert_array_equal(np.load(tmp_path / "rms.npy"), expected)


def test_a_named_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    named = str(tmp_path / "file" / "kernels")
    code = "from skgenre._kernel_cache import private_folder; private_folder()"
    done = run(code, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR=named)
    assert f"can't write to {named}, which NUMBA_CACHE_DIR names" in done.stderr


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders of another user: POSIX")
@pytest.mark.parametrize("squatter", ["open to all", "link"])
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path, squatter):
    temporary, elsewhere = tmp_path / "tmp", tmp_path / "elsewhere"
    temporary.mkdir()
    elsewhere.mkdir(mode=0o700)
    squatted = temporary / f"skgenre-kernels-{os.getuid()}"
    if squatter == "link":
        squatted.symlink_to(elsewhere)
    else:
        squatted.mkdir()
        squatted.chmod(0o777)
    code = "from skgenre._kernel_cache import private_folder; print(private_folder())"
    done = run(code, TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(squatted.parent))
    assert done.stdout.strip() != str(squatted)
    assert not list(elsewhere.iterdir())
    assert not list(squatted.iterdir())
    # It was this process's alone.
    assert list(temporary.iterdir()) == [squatted]


@pytest.mark.parametrize("librosa", ["", pytest.param(LIBROSA, marks=pytest.mark.slow)])
def test_without_a_temporary_folder_kernels_are_compiled_in_memory(tmp_path, expected, librosa):
    no_temporary = """
import tempfile
def fail():
    raise FileNotFoundError("no usable temporary directory")
tempfile.gettempdir = fail
"""
    done = run(NO_PLACE + no_temporary + COMPUTE + librosa, tmp_path / "rms.npy")
    assert done.returncode == 0, done.stderr
    assert "each process compiles them again" in done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "rms.npy"), expected)


def test_the_working_directory_is_no_temporary_folder(tmp_path, monkeypatch):
    code = """
import tempfile
from pathlib import Path
tempfile.tempdir = str(Path.cwd())  # what Python falls back to
from skgenre._kernel_cache import private_folder
print(private_folder())
"""
    monkeypatch.chdir(tmp_path)
    done = run(code)
    assert done.stdout.strip() == "None", done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_numba_that_cannot_be_loaded_is_named(tmp_path):
    (tmp_path / "llvmlite").mkdir()
    (tmp_path / "llvmlite" / "__init__.py").write_text("raise OSError('libLLVM.so: no such file')")
    code = """
import sys
from skgenre.cli import main
sys.argv = ["skgenre", "features", sys.argv[1], "--out", sys.argv[2]]
main()
"""
    soundfile.write(tmp_path / "x.wav", np.zeros(8000), 8000)
    done = run(code, tmp_path / "x.wav", tmp_path / "x.npz", PYTHONPATH=before_others(tmp_path))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "numba" in line
    assert "libLLVM.so: no such file" in line


def test_a_forbidden_compiler_is_named():
    done = run("from skgenre.features import MFCC; MFCC", NUMBA_DISABLE_JIT="1")
    assert done.returncode == 1
    assert "NUMBA_DISABLE_JIT" in done.stderr.splitlines()[-1]
