"""``skgenre weights``, run as a user runs it."""

import pytest

from ..other_processes import run_command as run


def test_a_missing_checkpoint_is_said_in_one_line(tmp_path):
    result = run("weights", "musicnn", "--weights", tmp_path / "none")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: The 'weights' parameter of skgenre weights musicnn")
    assert result.stderr.count("\n") == 1


def test_published_weights_are_converted(tmp_path):
    metadata = pytest.importorskip("importlib.metadata")
    safetensors = pytest.importorskip("safetensors.numpy")
    try:
        metadata.distribution("musicnn")
    except metadata.PackageNotFoundError:
        pytest.skip("musicnn's weights are missing: pip install --no-deps musicnn")
    path = tmp_path / "mtt.safetensors"
    result = run("weights", "musicnn", "--weights", "mtt", "--output", path)
    assert result.returncode == 0, result.stderr
    assert "792,079" in result.stdout
    arrays = safetensors.load_file(path)
    assert sum(array.size for array in arrays.values()) == 792_079
    assert arrays["output.weight"].shape == (50, 200)
