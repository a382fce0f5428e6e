"""Paths that reach a classifier: the transformer was forgotten."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier, XGBGenreClassifier

PATHS = ["a.wav", "b.wav", "c.wav", "d.wav"]
GENRES = ["jazz", "rock", "jazz", "rock"]


@pytest.mark.parametrize(
    "X",
    [
        PATHS,
        [Path(path) for path in PATHS],
        [[path] for path in PATHS],
        np.array(PATHS),
        pd.Series(PATHS),
        pd.Series(PATHS, dtype="string"),
        pd.DataFrame({"path": PATHS}),
        pd.DataFrame({"path": PATHS, "year": [1958, 1959, 1971, 1972]}),
    ],
    ids=["list", "Path", "nested", "array", "Series", "strings", "DataFrame", "two columns"],
)
@pytest.mark.parametrize(
    ("classifier", "cure"),
    [
        (CNNClassifier(), "MelSpectrogram"),
        (SegmentVotingClassifier(CNNClassifier()), "Segmenter"),
        (XGBGenreClassifier(), "FramePooling"),
    ],
)
def test_the_message_names_what_is_missing(classifier, cure, X):
    with pytest.raises(TypeError, match=rf"takes features, got paths, the first 'a.wav'.*{cure}"):
        classifier.fit(X, GENRES)


def test_numbers_that_are_written_as_text_are_taken():
    table = np.array([["1"], ["2"], ["3"], ["4"]])
    model = XGBGenreClassifier(n_estimators=2).fit(table.astype(float), GENRES)
    assert (
        model.predict(table.astype(object)).tolist() == model.predict(table.astype(float)).tolist()
    )
