"""Weights of clips and of genres, in classifiers with and without a network."""

import numpy as np
import pytest

from skgenre.classifiers import CNNClassifier, XGBGenreClassifier


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 5))
    return X, np.where(X[:, 2] > 0, "metal", "blues")


def cnn(**parameters):
    settings = {"channels": (4,), "max_epochs": 5, "lr": 1e-2, "random_state": 0, "device": "cpu"}
    return CNNClassifier(**settings, **parameters)


def xgb(**parameters):
    return XGBGenreClassifier(n_estimators=20, random_state=0, **parameters)


@pytest.mark.parametrize("make", [cnn, xgb])
def test_class_weight_multiplies_sample_weight(make, table):
    X, y = table
    clips = np.random.default_rng(1).uniform(0.1, 3.0, len(y))
    genres = {"blues": 4.0, "metal": 0.25}
    both = make(class_weight=genres).fit(X, y, sample_weight=clips).predict_proba(X)
    products = clips * np.where(y == "blues", 4.0, 0.25)
    np.testing.assert_allclose(both, make().fit(X, y, products).predict_proba(X), atol=1e-6)
    for other in (make(class_weight=genres).fit(X, y), make().fit(X, y, sample_weight=clips)):
        assert np.abs(both - other.predict_proba(X)).max() > 1e-3
