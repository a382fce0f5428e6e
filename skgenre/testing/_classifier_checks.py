"""Checks of classifiers: leaks between segments, labels, devices."""

import pickle

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import KFold, cross_val_score

from .._public import public
from ._samples import make_labels, make_rows


@public
def check_no_segment_leak(classifier: BaseEstimator) -> None:
    """Check that near-identical segments of one clip can't help to predict it.

    Clips get random labels, and all segments of a clip are nearly the same. A classifier can only
    memorize them, so across folds its accuracy must stay at chance. A classifier that refuses a
    segments axis passes: it can't see segments at all.

    Parameters
    ----------
    classifier : estimator
        A classifier.

    Raises
    ------
    AssertionError
        When cross-validated accuracy on random labels is far above chance.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.classifiers import SegmentVotingClassifier
    >>> from skgenre.testing import check_no_segment_leak
    >>> check_no_segment_leak(SegmentVotingClassifier(LogisticRegression()))
    """
    rng = np.random.default_rng(0)
    n_clips, n_segments = 60, 4
    clips = rng.standard_normal((n_clips, 1, 8, 1))
    noise = 0.01 * rng.standard_normal((n_clips, n_segments, 8, 1))
    X = (clips + noise).astype(np.float32)
    y = rng.permutation(np.arange(n_clips) % 4)
    refusal = _refusal(classifier, X, y)
    if refusal is not None:
        assert "dim" in refusal or "ax" in refusal, (
            f"{type(classifier).__name__} refuses segmented maps, but does not say that their "
            f"axes are the reason: {refusal}"
        )
        return
    splits = KFold(5, shuffle=True, random_state=0)
    accuracy = cross_val_score(clone(classifier), X, y, cv=splits, error_score="raise").mean()
    # Four standard errors above the chance of 1/4 with 60 clips.
    assert accuracy < 0.48, (
        f"{type(classifier).__name__} predicts random labels with an accuracy of {accuracy:.2f}, "
        f"chance is .25: segments of one clip are in both train and test."
    )


def _refusal(classifier: BaseEstimator, X: np.ndarray, y: np.ndarray) -> str | None:
    """Return the message with which a classifier refuses `X`, None if it accepts it."""
    try:
        clone(classifier).fit(X, y)
    except ValueError as error:
        return str(error)
    return None


@public
def check_labels_round_trip(classifier: BaseEstimator) -> None:
    """Check that string labels and integers with gaps are returned unchanged.

    Parameters
    ----------
    classifier : estimator
        A classifier.

    Raises
    ------
    AssertionError
        When predictions or ``classes_`` are not the given labels.

    Examples
    --------
    >>> from skgenre.classifiers import XGBGenreClassifier
    >>> from skgenre.testing import check_labels_round_trip
    >>> check_labels_round_trip(XGBGenreClassifier(n_estimators=2))
    """
    X = make_rows(classifier)
    strings = make_labels(len(X))
    gapped = np.array([3, 17, -4])[np.arange(len(X)) % 3]
    for labels in (strings, strings.astype(object), gapped):
        fitted = clone(classifier).fit(X, labels)
        assert list(fitted.classes_) == sorted(set(labels)), (
            f"{type(classifier).__name__}: classes_ is {fitted.classes_}, the labels were "
            f"{sorted(set(labels))}."
        )
        predicted = fitted.predict(X)
        assert set(predicted) <= set(labels), (
            f"{type(classifier).__name__} predicted {set(predicted) - set(labels)}, which are no "
            f"labels that it was given."
        )


@public
def check_device_round_trip(classifier: BaseEstimator) -> None:
    """Check that a classifier predicts the same on the CPU as on the device it was fitted on.

    It is fitted on every available device (``"cpu"``, and ``"cuda"`` if present), pickled, loaded,
    and set to ``device="cpu"``. Classifiers without a ``device`` pass.

    Parameters
    ----------
    classifier : estimator
        A classifier.

    Raises
    ------
    AssertionError
        When the probabilities differ by more than 1e-3.

    Examples
    --------
    >>> from skgenre.classifiers import LSTMClassifier
    >>> from skgenre.testing import check_device_round_trip
    >>> check_device_round_trip(LSTMClassifier(hidden_size=4, max_epochs=1))
    """
    names = [
        name
        for name, value in classifier.get_params().items()
        if name.split("__")[-1] == "device" and value is not None
    ]
    if not names:
        return
    import torch

    X = make_rows(classifier)
    y = make_labels(len(X))
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        fitted = clone(classifier).set_params(**dict.fromkeys(names, device)).fit(X, y)
        elsewhere = pickle.loads(pickle.dumps(fitted)).set_params(**dict.fromkeys(names, "cpu"))
        difference = np.abs(fitted.predict_proba(X) - elsewhere.predict_proba(X)).max()
        assert difference < 1e-3, (
            f"{type(classifier).__name__} fitted on {device} and loaded on the CPU gives "
            f"probabilities that differ by {difference:.1e}."
        )
