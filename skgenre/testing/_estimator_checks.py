"""Checks of every estimator: rows, side effects, pickles."""

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, clone

from .._public import public
from ._samples import make_labels, make_rows, outputs, same

# The program of an application that does not import skgenre.
_OTHER_APPLICATION = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    model, X, method = pickle.load(file)
with open(sys.argv[2], "wb") as file:
    pickle.dump(getattr(model, method)(X), file)
"""


@public
def check_rows_are_clips(estimator: BaseEstimator) -> None:
    """Check that an estimator returns one row per clip, whatever it cuts them into.

    Parameters
    ----------
    estimator : estimator
        A transformer or a classifier.

    Raises
    ------
    AssertionError
        When the number of rows changes.

    Examples
    --------
    >>> from skgenre.features import MFCC, Segmenter
    >>> from skgenre.testing import check_rows_are_clips
    >>> check_rows_are_clips(Segmenter(MFCC(n_mfcc=5), segment_duration=0.25))
    """
    X = make_rows(estimator)
    result = outputs(clone(estimator).fit(X, make_labels(len(X))), X)
    assert len(result) == len(X), (
        f"{type(estimator).__name__} made {len(result)} rows of {len(X)} clips: a row is "
        f"always a clip, so segments belong on an axis of their own."
    )


@public
def check_no_side_effects(estimator: BaseEstimator) -> None:
    """Check that fit changes no global random state, no input and no working directory.

    Parameters
    ----------
    estimator : estimator
        A transformer or a classifier.

    Raises
    ------
    AssertionError
        When something outside the estimator changed.

    Examples
    --------
    >>> from skgenre.classifiers import CNNClassifier
    >>> from skgenre.testing import check_no_side_effects
    >>> check_no_side_effects(CNNClassifier(channels=(2,), max_epochs=1))
    """
    import torch

    name = type(estimator).__name__
    X = make_rows(estimator)
    before = X.copy()
    numpy_state = pickle.dumps(np.random.get_state())  # noqa: NPY002
    torch_state = torch.get_rng_state()
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            outputs(clone(estimator).fit(X, make_labels(len(X))), X)
            written = sorted(path.name for path in Path(folder).iterdir())
        finally:
            os.chdir(home)
    assert not written, f"{name} wrote {written} to the working directory."
    assert np.array_equal(X, before), f"{name} changed its input."
    assert pickle.dumps(np.random.get_state()) == numpy_state, (  # noqa: NPY002
        f"{name} moved NumPy's global random state."
    )
    assert torch.equal(torch.get_rng_state(), torch_state), (
        f"{name} moved torch's global random state."
    )


@public
def check_pickle_round_trip(estimator: BaseEstimator) -> None:
    """Check that a pickle gives the same results, bit for bit, in a process without our imports.

    Parameters
    ----------
    estimator : estimator
        A transformer or a classifier.

    Raises
    ------
    AssertionError
        When the other process fails or returns another result.

    Examples
    --------
    >>> from skgenre.features import MelSpectrogram
    >>> from skgenre.testing import check_pickle_round_trip
    >>> check_pickle_round_trip(MelSpectrogram(n_mels=8))
    """
    X = make_rows(estimator)
    fitted = clone(estimator).fit(X, make_labels(len(X)))
    method = next(
        method for method in ("predict_proba", "predict", "transform") if hasattr(fitted, method)
    )
    expected = outputs(fitted, X)
    with tempfile.TemporaryDirectory() as folder:
        model, result = Path(folder, "model.pkl"), Path(folder, "result.pkl")
        model.write_bytes(pickle.dumps((fitted, X, method)))
        run = subprocess.run(
            [sys.executable, "-c", _OTHER_APPLICATION, model, result],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"{type(estimator).__name__} in a new process:\n{run.stderr}"
        loaded = pickle.loads(result.read_bytes())
    assert same(expected, loaded), (
        f"{type(estimator).__name__} gives other results after pickling to a new process."
    )
