"""Classifiers with labels of any kind, clips in any order, and maps of any size."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.persistence import load_model, save_model

ONE_EPOCH = {"max_epochs": 1, "batch_size": 8, "random_state": 0, "device": "cpu"}
MLP = MLPGenreClassifier(dense=(4,), **ONE_EPOCH)
CNN = CNNClassifier(channels=(2,), **ONE_EPOCH)
CLASSIFIERS = {
    "cnn": CNN,
    "cnn-1d": CNNClassifier(dims=1, channels=(2, 2), norm="layer", **ONE_EPOCH),
    "lstm": LSTMClassifier(hidden_size=3, **ONE_EPOCH),
    "crnn": CRNNClassifier(channels=(2,), hidden_size=3, **ONE_EPOCH),
    "parallel": ParallelCRNNClassifier(channels=(2,), hidden_size=3, dense=(4,), **ONE_EPOCH),
    "mlp": MLP,
}
RNG = np.random.default_rng(0)

# NumPy's strings end before trailing NULs, so that "a" and "a\0" are one label.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=8)
LABELS = st.one_of(
    st.lists(TEXTS, min_size=2, max_size=6, unique=True),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=6, unique=True),
    st.permutations([True, False]),
)


def as_objects(y):
    return np.array(y, dtype=object)


SAVED = {
    "mlp": MLP,
    "voting": SegmentVotingClassifier(LogisticRegression()),
    "xgb": XGBGenreClassifier(n_estimators=1, max_depth=1, n_jobs=1),
}


@pytest.mark.parametrize("name", SAVED)
@settings(max_examples=10)
@given(labels=LABELS, kind=st.sampled_from([list, np.array, as_objects]))
@example(labels=["10", "9", "1"], kind=list)
@example(labels=["É", "é", "e\u0301", "Z", "a", ""], kind=list)
@example(labels=["drum & bass", "R'n'B", "a/b", "<b>"], kind=list)
def test_labels_come_back_from_a_saved_model(tmp_path, name, labels, kind):
    rows = RNG.standard_normal((3 * len(labels), 4)).astype(np.float32)
    y = labels * 3
    if kind is as_objects and not isinstance(y[0], str):
        with pytest.raises(ValueError, match=r"dtype object .*y\.astype\((int|bool)\), or strings"):
            SAVED[name].fit(rows, kind(y))
        return
    model = SAVED[name].fit(rows, kind(y))
    assert model.classes_.tolist() == sorted(labels)
    assert set(model.predict(rows).tolist()) <= set(labels)
    assert model.score(rows, kind(y)) == np.mean(model.predict(rows) == np.array(y))
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert loaded.classes_.dtype == model.classes_.dtype
    assert loaded.classes_.tolist() == sorted(labels)
    np.testing.assert_array_equal(loaded.predict(rows), model.predict(rows))
    np.testing.assert_array_equal(loaded.predict_proba(rows), model.predict_proba(rows))


MAPS = RNG.standard_normal((12, 4, 9)).astype(np.float32)
RAGGED = np.empty(6, dtype=object)
RAGGED[:] = [RNG.standard_normal((1 + n % 4, 4, 9)).astype(np.float32) for n in range(6)]
FITTED = {name: (one, MAPS) for name, one in CLASSIFIERS.items()} | {
    "voting": (SegmentVotingClassifier(CNN), RAGGED),
    "hard-voting": (SegmentVotingClassifier(CNN, voting="hard"), RAGGED),
    "xgb": (XGBGenreClassifier(n_estimators=2, n_jobs=1), MAPS[:, :, 0]),
}


@pytest.fixture(scope="module", params=FITTED)
def fitted(request):
    classifier, X = FITTED[request.param]
    return classifier.fit(X, np.resize(["rock", "blues", "jazz"], len(X))), X


@settings(max_examples=10)
@given(order=st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_probabilities_of_clips_do_not_depend_on_their_order(fitted, order):
    model, X = fitted
    probabilities = model.predict_proba(X[order])
    np.testing.assert_allclose(probabilities, model.predict_proba(X)[order], atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", CLASSIFIERS)
@settings(max_examples=8)
@given(n_bands=st.integers(1, 20), n_frames=st.integers(1, 20), n_clips=st.integers(2, 9))
@example(n_bands=1, n_frames=1, n_clips=2)
def test_networks_take_maps_of_any_size(name, n_bands, n_frames, n_clips):
    maps = RNG.standard_normal((n_clips, n_bands, n_frames)).astype(np.float32)
    y = np.resize([0, 1], n_clips)
    probabilities = CLASSIFIERS[name].fit(maps, y).predict_proba(maps[:1])
    assert probabilities.shape == (1, 2)
    assert np.isfinite(probabilities).all()
