import importlib
import os
import pickle
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import skgenre
from skgenre import exceptions

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "librosa", "xgboost", "skorch", "sklearn", "pandas", "matplotlib", "numba"}
SUBPACKAGES = sorted(path.parent.name for path in ROOT.glob("skgenre/[!_]*/__init__.py"))


def loaded_after(statement):
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in output.stdout.split()}


def test_importing_skgenre_loads_nothing_heavy():
    assert loaded_after("import skgenre") & HEAVY == set()


def test_templates_are_loaded_with_the_first_page():
    names = "skgenre.model_selection.Comparison, skgenre.persistence.load_model"
    loaded = loaded_after(f"import skgenre.model_selection, skgenre.persistence\n{names}")
    assert "pandas" in loaded
    assert "jinja2" not in loaded


@pytest.mark.parametrize("name", SUBPACKAGES)
def test_importing_a_subpackage_loads_nothing_heavy(name):
    assert loaded_after(f"import skgenre.{name}") & HEAVY == set()


def test_using_a_feature_loads_no_torch_and_no_xgboost():
    assert (
        loaded_after("import skgenre.features; skgenre.features.MFCC") & {"torch", "xgboost"}
        == set()
    )


def test_a_mel_spectrogram_loads_no_librosa_and_no_scipy_signal():
    code = (
        "import sys, numpy as np\n"
        "from skgenre.features import MFCC, FramePooling, MelSpectrogram\n"
        "clip = np.ones((1, 22050), np.float32)\n"
        "MelSpectrogram().transform(clip)\n"
        "FramePooling().fit_transform(MFCC().transform(clip))\n"
        "print({'librosa', 'scipy.signal'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_version_is_that_of_the_installed_distribution():
    from importlib.metadata import version

    assert skgenre.__version__ == version("skgenre")


def test_show_versions_names_python_packages_and_devices(capsys):
    from importlib.metadata import version

    skgenre.show_versions()
    output = capsys.readouterr().out
    assert sys.version.split()[0] in output
    assert f"torch: {version('torch')}" in output
    assert "libsndfile:" in output


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_thing"):
        skgenre.no_such_thing  # noqa: B018


@pytest.mark.parametrize("name", SUBPACKAGES)
def test_every_public_name_resolves_and_has_a_docstring(name):
    module = importlib.import_module(f"skgenre.{name}")
    for public in getattr(module, "__all__", []):
        assert getattr(module, public).__doc__, f"skgenre.{name}.{public} has no docstring"


@pytest.mark.parametrize("name", sorted(set(SUBPACKAGES) - {"cli"}))
def test_every_public_name_is_in_the_api_reference(name):
    page = ROOT / "docs" / "api" / f"skgenre.{name}.md"
    listed = set(re.findall(r"^   (\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == set(importlib.import_module(f"skgenre.{name}").__all__)


@pytest.mark.parametrize("name", ["AudioDecodeError", "ModelFormatError", "ShapeMismatchError"])
def test_errors_can_be_caught_as_value_errors_and_pickled(name):
    error = getattr(exceptions, name)("what went wrong")
    assert isinstance(error, ValueError)
    assert isinstance(error, exceptions.SkgenreError)
    assert str(pickle.loads(pickle.dumps(error))) == "what went wrong"


def test_a_decode_error_keeps_its_path_through_a_pickle():
    error = exceptions.AudioDecodeError("song.wav is empty", path="song.wav")
    assert pickle.loads(pickle.dumps(error)).path == "song.wav"


def test_the_command_runs_as_a_module(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "skgenre", "--version"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"skgenre {skgenre.__version__}"


def test_importing_from_a_zip_says_why_it_can_not_be(tmp_path):
    package = tmp_path / "skgenre.zip"
    with zipfile.ZipFile(package, "w") as file:
        for path in (ROOT / "skgenre").rglob("*.py*"):
            if path.suffix != ".pyc":
                file.write(path, path.relative_to(ROOT))
    code = f"import sys; sys.path.insert(0, {str(package)!r}); import skgenre"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: skgenre can't be imported from")
    assert "Unpack it" in last
