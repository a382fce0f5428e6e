"""Checks of transformers: independence of clips, and input forms."""

import tempfile
from pathlib import Path

import numpy as np
import soundfile
from sklearn.base import BaseEstimator, clone

from .._public import public
from ._samples import make_clips, make_rows, same, takes_audio


@public
def check_batch_independence(transformer: BaseEstimator) -> None:
    """Check that a clip's features do not depend on the other clips.

    Clips of decreasing level are transformed together and one by one.

    Parameters
    ----------
    transformer : estimator
        A transformer of clips or of feature maps.

    Raises
    ------
    AssertionError
        When ``transform(X)[i]`` differs from ``transform(X[i:i+1])[0]``.

    Examples
    --------
    >>> from skgenre.features import MelSpectrogram
    >>> from skgenre.testing import check_batch_independence
    >>> check_batch_independence(MelSpectrogram(n_mels=16, ref="max", top_db=80.0))
    """
    X = make_rows(transformer) * np.float32(1.0)
    fitted = clone(transformer).fit(X)
    together = fitted.transform(X)
    for row in range(len(X)):
        alone = fitted.transform(X[row : row + 1])
        assert same(np.asarray(together)[row], np.asarray(alone)[0]), (
            f"{type(transformer).__name__}: row {row} transformed on its own differs from the "
            f"same row transformed beside {len(X) - 1} others."
        )


@public
def check_input_forms_agree(transformer: BaseEstimator) -> None:
    """Check that files, an array and a list of waveforms give the same features.

    Parameters
    ----------
    transformer : estimator
        A transformer of clips. Files are written to a temporary folder at its rate.

    Raises
    ------
    AssertionError
        When two forms of the same clips give different features.

    Examples
    --------
    >>> from skgenre.features import MFCC
    >>> from skgenre.testing import check_input_forms_agree
    >>> check_input_forms_agree(MFCC(n_mfcc=5))
    """
    if not takes_audio(transformer):
        return
    X = make_clips(transformer)
    sr = transformer.get_params()["sr"]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.wav") for number in range(len(X))]
        for path, clip in zip(paths, X, strict=True):
            soundfile.write(path, clip, sr, subtype="FLOAT")
        forms = {
            "a list of paths": [str(path) for path in paths],
            "a list of waveforms": list(X),
            "a list of Path objects": paths,
        }
        reference = clone(transformer).fit_transform(X)
        for name, form in forms.items():
            result = clone(transformer).fit_transform(form)
            assert same(reference, result), (
                f"{type(transformer).__name__}: {name} and an array of the same clips give "
                f"different features."
            )
