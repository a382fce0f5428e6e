"""The pages for users of other libraries: both listings of a page run and do the same."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skgenre.datasets import make_genre_music

DOCS = Path(__file__).parents[2] / "docs"
LISTINGS = DOCS / "listings" / "coming_from"
LIBRARIES = ["essentia", "keras", "librosa", "skorch", "torchaudio"]


@pytest.fixture
def tracks(tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    sr = getattr(request, "param", 22050)
    music = make_genre_music(
        24, genres=["classical", "metal"], duration=2.5, sr=sr, random_state=0, to="genres"
    )
    tracks = pd.DataFrame({"file": music.paths, "genre": music.target, "artist": music.groups})
    tracks.to_csv("tracks.csv", index=False)
    return tracks


def run(name):
    path = LISTINGS / f"{name}.py"
    variables = {"__name__": "listing"}
    exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), variables)
    return variables


def need(name):
    """Skip where a library is missing, or can't be loaded beside this PyTorch."""
    try:
        return pytest.importorskip(name, exc_type=ImportError)
    except OSError as error:
        pytest.skip(f"{name} can't be loaded: {error}")


def test_each_page_shows_both_listings():
    assert sorted(path.stem for path in LISTINGS.glob("*.py")) == sorted(
        f"{library}_{side}" for library in LIBRARIES for side in ("ours", "theirs")
    )
    for library in LIBRARIES:
        page = (DOCS / "coming_from" / f"{library}.md").read_text(encoding="utf-8")
        shown = re.findall(r"\{literalinclude\} \.\./listings/coming_from/(\w+)\.py", page)
        assert shown == [f"{library}_theirs", f"{library}_ours"]


def test_librosa_gives_the_same_table(tracks):
    theirs, ours = run("librosa_theirs"), run("librosa_ours")
    table = ours["model"][:-1].transform(tracks["file"])
    np.testing.assert_allclose(table, theirs["table"], rtol=1e-3, atol=1e-2)
    predicted = ours["model"].predict(tracks["file"])
    assert np.mean(predicted == theirs["model"].predict(theirs["table"])) > 0.95


def test_skorch_trains_the_same_network(tracks):
    theirs, ours = run("skorch_theirs"), run("skorch_ours")
    for result in (theirs, ours):
        assert len(result["losses"]) <= 30
        assert len(result["model"].predict(tracks["file"])) == len(tracks)
    networks = [theirs["net"].module_, _own_part(ours["net"].net_.module_)]
    shapes = [[tuple(weights.shape) for weights in part.parameters()] for part in networks]
    assert shapes[0] == shapes[1]
    assert set(ours["net"].classes_) == {"classical", "metal"}


def _own_part(module):
    """Return the user's module inside the standardization."""
    return next(part for part in module.modules() if type(part).__name__ == "Network")


def test_keras_trains_a_network_of_the_same_size(tracks, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    need("keras")
    theirs, ours = run("keras_theirs"), run("keras_ours")
    assert len(theirs["genres"]) == len(ours["genres"]) == len(tracks)
    assert len(theirs["history"].history["val_loss"]) <= 30
    own = sum(weights.numel() for weights in ours["network"].net_.module_.parameters())
    trained = sum(np.prod(weights.shape) for weights in theirs["network"].trainable_weights)
    assert own == pytest.approx(trained, abs=64)


@pytest.mark.parametrize("tracks", [16000], indirect=True)
def test_torchaudio_gives_the_same_maps(tracks):
    # Files at the rate of the maps: the two filters that resample differ.
    need("torchaudio")
    theirs, ours = run("torchaudio_theirs"), run("torchaudio_ours")
    np.testing.assert_allclose(ours["maps"], theirs["maps"].numpy(), atol=0.05)


def test_essentia_gives_a_table_of_the_same_shape(tracks):
    need("essentia")
    theirs, ours = run("essentia_theirs"), run("essentia_ours")
    assert theirs["table"].shape == ours["table"].shape
    assert np.isfinite(theirs["table"]).all()
