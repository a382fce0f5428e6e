"""Measure how much splits that leak inflate a model's score."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import check_scoring
from sklearn.model_selection import (
    KFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
)
from sklearn.utils import _safe_indexing, check_random_state, get_tags
from sklearn.utils.validation import has_fit_parameter

from ..._cluster import client_of_joblib
from ..._cluster_calls import run_calls
from ..._name_columns import name_index
from ..._pipelines import members_of, steps_of
from ..._public import public
from ..._seeds import draw_seed
from ...classifiers import SegmentVotingClassifier
from ...metrics import check_genre_scoring
from .._clip_labels import Target, check_groups, check_target
from .._compare.folds import Fold, make_folds
from .._compare.genre_folds import warn_of_missing_genres
from .._compare.preparation import fill_random_states
from .._compare.scoring import DEFAULT, MULTILABEL_DEFAULT
from .gap_result import LeakageGap


@public
def leakage_gap(
    pipeline: BaseEstimator,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = 5,
    n_repeats: int = 1,
    scoring: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> LeakageGap:
    """Score one model on folds that leak and on folds that do not.

    The same model is cross-validated by three protocols:

    - ``segment-random``: segments are rows, drawn at random, so that segments of one clip appear in
      both train and test. Most published figures on GTZAN were measured this way.
    - ``clip-random``: clips are drawn at random. An artist's clips appear in both train and test.
    - ``group-disjoint``: no group appears in both.

    All three are scored per segment, so that only the split differs; where clips stay whole, the
    vote of their segments is scored as well. This is the only place in skgenre where segments
    become rows. It demonstrates a mistake; do not use it to select a model.

    Parameters
    ----------
    pipeline : Pipeline or SegmentVotingClassifier
        A pipeline that ends in :class:`~skgenre.classifiers.SegmentVotingClassifier`, whose inner
        estimator learns from the segments. It is cloned, and not modified.
    X : sequence of n_clips paths or 1-D waveforms, or array of shape (n_clips, ...)
        The clips, as the pipeline takes them.
    y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets of names
        Their genres. Where clips may have several, the steps of the pipeline get a matrix.
    groups : array-like of shape (n_clips,), default=None
        Group labels: artists, albums or duplicates. None leaves ``group-disjoint`` out; with a
        splitter as `cv`, its folds are then called ``given-split``.
    cv : int, splitter or iterable of (train, test), default=5
        Number of folds. A splitter gives the folds of the strictest protocol, and the others draw
        as many folds, of the same sizes, from the same clips.
    n_repeats : int, default=1
        Number of times to draw the folds. More than one requires a number as `cv`.
    scoring : str, callable, list, tuple or dict, default=None
        One or more scores, as in scikit-learn; where clips may have several genres, as in
        :func:`skgenre.metrics.get_genre_scorer`. :attr:`LeakageGap.gap` uses the first one. None
        means "accuracy", or "roc_auc" and "average_precision".
    n_jobs : int, default=None
        Number of processes over folds, as in joblib. Within
        ``joblib.parallel_config(backend="dask")`` the folds run on all workers of a Dask cluster.
    random_state : int, RandomState instance or None, default=None
        Seeds the folds, and fills every nested ``random_state`` that is None, alike in all folds.

    Returns
    -------
    LeakageGap
        Scores of every fold, their means, and the gaps between the protocols with intervals.

    Raises
    ------
    TypeError
        When the pipeline does not end in SegmentVotingClassifier.
    ValueError
        When each clip has a single segment, or a protocol can't make its folds.

    See Also
    --------
    leakage_report : Lists the clips that are in both train and test.
    compare : Compares several pipelines under one protocol.

    Notes
    -----
    The inner estimator's early stopping follows the protocol: it sets aside random segments, random
    clips, or whole groups. Steps before it that learn from data are fitted in each fold; for
    ``segment-random``, on the clips with a segment in the training part: nearly all of them.

    References
    ----------
    .. [1] B. L. Sturm, "The State of the Art Ten Years After a State of the Art: Future Research
       in Music Information Retrieval", Journal of New Music Research 43, 2014.
    .. [2] A. Flexer, D. Schnitzer, "Effects of Album and Artist Filters in Audio Similarity
       Computed for Very Large Music Databases", Computer Music Journal 34, 2010.

    Examples
    --------
    Random labels can't be learned, yet segments as rows seem to learn them:

    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skgenre.classifiers import SegmentVotingClassifier
    >>> from skgenre.model_selection import leakage_gap
    >>> rng = np.random.default_rng(0)
    >>> clips = rng.normal(size=(80, 1, 6, 1))
    >>> segments = clips + 0.01 * rng.normal(size=(80, 5, 6, 1))
    >>> y = rng.permutation(np.repeat(["blues", "disco", "jazz", "metal"], 20))
    >>> model = SegmentVotingClassifier(KNeighborsClassifier(1))
    >>> result = leakage_gap(model, segments, y, random_state=0)
    >>> result.summary["accuracy"].round(2).to_dict()[("segment-random", "segment")]
    1.0
    >>> result.gap > 0.6
    True
    """
    if not isinstance(steps_of(pipeline)[-1], SegmentVotingClassifier):
        raise _no_vote(pipeline)
    target = check_target("leakage_gap", X, y)
    y = target.y
    if scoring is None:
        scoring = MULTILABEL_DEFAULT if target.is_multilabel else DEFAULT
    if target.is_multilabel:
        check_genre_scoring(None, scoring, multilabel=True)
    if groups is not None:
        groups = check_groups("leakage_gap", X, groups)
    _check_repeats(n_repeats, cv)
    rng = check_random_state(random_state)
    seeds = [draw_seed(rng) for _ in range(int(n_repeats))]
    model = clone(pipeline)
    fill_random_states(model, draw_seed(rng))
    *features, voting = steps_of(model)

    fixed, learnt = _split_features(features)
    clips = X  # a splitter may read names from it
    _, X = _fit_transform(fixed, X, y)
    counts = _count_segments(voting, _fit_transform(learnt, X, y)[1], y)
    runs = [
        run
        for repeat, seed in enumerate(seeds)
        for run in _list_runs(repeat, cv, clips, target, groups, counts, int(seed))
    ]
    measure = _Measure(scoring, target.genres)
    rows = _score_runs(runs, (learnt, voting, X, y, groups, counts, measure), n_jobs)
    return LeakageGap(
        pd.DataFrame([row for part in rows for row in part]),
        protocol={
            "clips": len(y),
            "segments": int(counts.sum()),
            "genres": len(target.genres),
            **({"genres_per_clip": float(y.sum(axis=1).mean())} if target.is_multilabel else {}),
            "groups": None if groups is None else len(np.unique(groups)),
            "cv": " ".join(repr(cv).split())
            if isinstance(cv, int) or hasattr(cv, "split")
            else "given splits",
            "repeats": int(n_repeats),
            "random_state": random_state if isinstance(random_state, int) else None,
        },
    )


@dataclass(frozen=True)
class _Run:
    """A fold of a protocol: indices of clips, or of segments for segment-random."""

    protocol: str
    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class _Measure:
    """Scores a model: as scikit-learn does, or where clips may have several genres by ours."""

    scoring: Any
    genres: np.ndarray

    def __call__(self, model: BaseEstimator, X: Any, y: np.ndarray) -> dict[str, float]:
        if y.ndim == 2:
            named = pd.DataFrame(y, columns=name_index(self.genres.tolist()))
            return check_genre_scoring(model, self.scoring, multilabel=True)(model, X, named)
        if callable(self.scoring):
            return {"score": self.scoring(model, X, y)}
        names = [self.scoring] if isinstance(self.scoring, str) else self.scoring
        return check_scoring(model, scoring=names)(model, X, y)


def _no_vote(pipeline: Any) -> TypeError:
    last = steps_of(pipeline)[-1]
    described = f"This {'is a' if last is pipeline else 'one ends in'} {type(last).__name__}"
    if isinstance(pipeline, type):
        described = f"This is the class {pipeline.__name__}, not a pipeline"
    return TypeError(
        f"leakage_gap needs a pipeline that ends in SegmentVotingClassifier, whose segments it can "
        f"take apart. {described}: its rows are clips, and no split can tear them. Put a Segmenter "
        f"(of audio) or a FrameSegmenter (of feature maps) into the pipeline and wrap the "
        f"classifier, SegmentVotingClassifier(classifier); or see leakage_report for what a split "
        f"of clips leaks."
    )


def _check_repeats(n_repeats: Any, cv: Any) -> None:
    if not isinstance(n_repeats, int | np.integer) or isinstance(n_repeats, bool) or n_repeats < 1:
        raise ValueError(
            f"The 'n_repeats' parameter of leakage_gap must be an int of at least 1. Got "
            f"{n_repeats!r} instead."
        )
    if n_repeats > 1 and not _is_number(cv):
        raise ValueError(
            f"leakage_gap with n_repeats={n_repeats} needs a number of folds as cv, to draw new "
            f"ones. Got {cv!r} instead: repeat the folds in the splitter."
        )


def _is_number(cv: Any) -> bool:
    return isinstance(cv, int | np.integer) and not isinstance(cv, bool)


def _split_features(features: list) -> tuple[list, list]:
    """Return the leading steps that learn nothing, to run once, and the other steps."""
    learning = (place for place, step in enumerate(features) if get_tags(step).requires_fit)
    first = next(learning, len(features))
    return features[:first], features[first:]


def _fit_transform(steps: list, X: Any, y: np.ndarray) -> tuple[list, Any]:
    fitted = [clone(step) for step in steps]
    for step in fitted:
        is_whole = hasattr(step, "fit_transform")  # a FrozenEstimator has none
        X = step.fit_transform(X, y) if is_whole else step.fit(X, y).transform(X)
    return fitted, X


def _transform(fitted: list, X: Any) -> Any:
    for step in fitted:
        X = step.transform(X)
    return X


def _count_segments(voting: SegmentVotingClassifier, X: Any, y: np.ndarray) -> np.ndarray:
    _, counts = clone(voting)._check_segments(X, reset=True)
    if len(counts) != len(y):
        raise ValueError(
            f"leakage_gap got {len(y)} clips, and the pipeline made {len(counts)} rows of them: a "
            f"row must stay a clip."
        )
    if counts.max() == 1:
        raise ValueError(
            "leakage_gap: each clip is a single segment, so no split can divide it. Put a "
            "Segmenter (of audio) or a FrameSegmenter (of feature maps) into the pipeline, or cut "
            "shorter segments."
        )
    return counts


def _list_runs(
    repeat: int,
    cv: Any,
    clips: Any,
    target: Target,
    groups: np.ndarray | None,
    counts: np.ndarray,
    seed: int,
) -> Iterator[_Run]:
    strict, _ = make_folds(cv, clips, target.y, groups, seed, name="leakage_gap")
    if repeat == 0:
        warn_of_missing_genres("leakage_gap", target, strict)
    y = target.y
    clip_of_segment = np.repeat(np.arange(len(y)), counts)
    pool = np.unique(np.concatenate([part for fold in strict for part in fold]))
    protocols = {
        "segment-random": _draw_folds(
            np.flatnonzero(np.isin(clip_of_segment, pool)),
            y[clip_of_segment],
            [(int(counts[train].sum()), int(counts[test].sum())) for train, test in strict],
            cv,
            seed,
        )
    }
    if groups is None and _is_number(cv):
        protocols["clip-random"] = strict
    else:
        sizes = [(len(train), len(test)) for train, test in strict]
        protocols["clip-random"] = _draw_folds(pool, y, sizes, cv, seed)
        protocols["given-split" if groups is None else "group-disjoint"] = strict
    for protocol, folds in protocols.items():
        for number, (train, test) in enumerate(folds):
            yield _Run(protocol, repeat, number, train, test)


def _draw_folds(
    pool: np.ndarray, y: np.ndarray, sizes: list[tuple[int, int]], cv: Any, seed: int
) -> list[Fold]:
    """Draw random folds of clips or segments, in the number and sizes of the strict ones."""
    splitter: Any
    one_genre = y.ndim == 1
    if _is_number(cv):
        kind: Any = StratifiedKFold if one_genre else KFold
        splitter = kind(int(cv), shuffle=True, random_state=seed)
    else:
        n_train, n_test = np.mean(sizes, axis=0).astype(int).tolist()
        kind = StratifiedShuffleSplit if one_genre else ShuffleSplit
        splitter = kind(len(sizes), train_size=n_train, test_size=n_test, random_state=seed)
    return [(pool[train], pool[test]) for train, test in splitter.split(pool, y[pool])]


def _score_runs(runs: list[_Run], shared: tuple, n_jobs: int | None) -> list[list[dict]]:
    """Score folds in processes, or on a cluster if joblib runs on one."""
    client = client_of_joblib()
    if client is None:
        return Parallel(n_jobs=n_jobs)(delayed(_score_run)(run, *shared) for run in runs)
    scored = dict(run_calls(client, _score_numbered_run, (runs, shared), len(runs)))
    return [scored[number] for number in range(len(runs))]


def _score_numbered_run(shared: tuple, number: int) -> list[dict]:
    runs, others = shared
    return _score_run(runs[number], *others)


def _score_run(
    run: _Run,
    learnt: list,
    voting: SegmentVotingClassifier,
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    counts: np.ndarray,
    scoring: "_Measure",
) -> list[dict]:
    # A worker process starts with scikit-learn's default configuration.
    with config_context(enable_metadata_routing=True):
        if run.protocol == "segment-random":
            scores = {"segment": _score_segments(run, learnt, voting, X, y, counts, scoring)}
        else:
            inner_groups = groups if run.protocol == "group-disjoint" else None
            scores = _score_clips(run, learnt, voting, X, y, inner_groups, scoring)
    n_train, n_test = len(run.train), len(run.test)
    if run.protocol != "segment-random":
        n_train, n_test = int(counts[run.train].sum()), int(counts[run.test].sum())
    return [
        {
            "protocol": run.protocol,
            "unit": unit,
            "repeat": run.repeat,
            "fold": run.fold,
            "n_train": n_train if unit == "segment" else len(run.train),
            "n_test": n_test if unit == "segment" else len(run.test),
            **{f"test_{name}": value for name, value in values.items()},
        }
        for unit, values in scores.items()
    ]


def _score_segments(
    run: _Run,
    learnt: list,
    voting: SegmentVotingClassifier,
    X: Any,
    y: np.ndarray,
    counts: np.ndarray,
    scoring: "_Measure",
) -> dict[str, float]:
    clips = np.repeat(np.arange(len(y)), counts)
    if learnt:
        seen = np.unique(clips[run.train])
        fitted, _ = _fit_transform(learnt, _safe_indexing(X, seen), y[seen])
        X = _transform(fitted, X)
    rows, _ = clone(voting)._check_segments(X, reset=True)
    model = clone(members_of(voting)[0])
    params = {}
    if counts.min() < counts.max() and has_fit_parameter(model, "sample_weight"):
        params["sample_weight"] = (counts.mean() / counts)[clips[run.train]]
    model.fit(rows[run.train], y[clips[run.train]], **params)
    return scoring(model, rows[run.test], y[clips[run.test]])


def _score_clips(
    run: _Run,
    learnt: list,
    voting: SegmentVotingClassifier,
    X: Any,
    y: np.ndarray,
    groups: np.ndarray | None,
    scoring: "_Measure",
) -> dict[str, dict[str, float]]:
    fitted, X_train = _fit_transform(learnt, _safe_indexing(X, run.train), y[run.train])
    X_test = _transform(fitted, _safe_indexing(X, run.test))
    model = clone(voting).fit(
        X_train, y[run.train], groups=None if groups is None else groups[run.train]
    )
    rows, counts = model._check_segments(X_test, reset=False)
    return {
        "segment": scoring(members_of(model)[0], rows, np.repeat(y[run.test], counts, axis=0)),
        "clip": scoring(model, X_test, y[run.test]),
    }
