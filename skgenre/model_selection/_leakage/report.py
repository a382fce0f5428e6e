"""Find what appears in both train and test of a split."""

import hashlib
import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import _num_samples

from ..._public import public
from ..._secrets import hide_secrets
from ..._seeds import draw_seed
from ..._shown_text import to_unicode
from ...audio._clip_items import is_dataframe, list_items
from ...audio._open_file import OpenFile, is_file_object
from ...audio._pairs import is_pair
from ...audio._source import open_source
from ...datasets import check_files
from .._clip_labels import Target, check_groups, check_target
from .._compare.folds import Fold, make_folds
from .confounds import NOT_FOR_SEVERAL, find_confounds, read_facts
from .report_result import COLUMNS, LeakageReport


@public
def leakage_report(
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = 5,
    near_duplicates: Any = False,
    confounds: bool = True,
    names: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> LeakageReport:
    """List clips, duplicates, artists and near-duplicates that are in both train and test.

    For sound files it also measures how well each fact that has nothing to do with listening, such
    as the sampling rate or the length, predicts the genre alone: a model may learn it instead of
    the music.

    No model is fitted. To measure how much a leak inflates the score, see :func:`leakage_gap`.

    Parameters
    ----------
    X : sequence of n_clips paths or 1-D waveforms, or array of shape (n_clips, ...)
        The clips. Duplicates are rows with the same numbers, or files with the same bytes.
    y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets of names
        Their genres, for splitters that stratify and for duplicates with different genres.
    groups : array-like of shape (n_clips,), default=None
        Group labels, such as artists or albums, which a split must not divide.
    cv : int, splitter or iterable of (train, test), default=5
        The split to check. A number means ``StratifiedKFold``, or ``StratifiedGroupKFold`` when
        there are groups, shuffled; where clips may have several genres,
        :class:`MultilabelStratifiedGroupKFold`.
    near_duplicates : bool or array-like of shape (n_clips,), default=False
        True searches the audio for copies in another encoding, level or excerpt with
        :func:`~skgenre.datasets.check_files`; X must then be paths. An array gives numbers that
        near-duplicates share, like the column ``group`` of `check_files`.
    confounds : bool, default=True
        Whether to measure ``LeakageReport.confounds``, which decodes up to two minutes of each
        file. Only for files and ``(samples, sr)`` pairs, and one genre per clip.
    names : sequence of n_clips str, default=None
        Names of the clips. None takes the paths, or row numbers.
    n_jobs : int, default=None
        Number of threads over files, as in joblib, for near-duplicates and confounds.
    random_state : int, RandomState instance or None, default=None
        Seeds the folds when `cv` is a number, and the permutations of the confounds.

    Returns
    -------
    LeakageReport
        The findings of each split.

    Raises
    ------
    ValueError
        When there is not one genre, group or name per clip, or the splitter can't split.

    Notes
    -----
    A fact's classifier is a tree with one leaf for each value, or up to 16 leaves at the quantiles
    of many values, scored in the folds of `cv` (the first repeat, if there are several). Its
    p-value is the share of 1,999 permutations of the genres, of whole groups if there are any, with
    at least its accuracy, corrected after Bonferroni for the number of facts: eight of the file,
    and three that may be music. Facts of the file are named as confounds at p < .01. Level, DC
    offset and bandwidth differ between genres of music, too: they are listed at p < .05.

    References
    ----------
    .. [1] B. L. Sturm, "The State of the Art Ten Years After a State of the Art: Future Research
       in Music Information Retrieval", Journal of New Music Research 43, 2014: the repetitions in
       GTZAN.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import KFold
    >>> from skgenre.model_selection import leakage_report
    >>> X = np.arange(12.0).reshape(6, 2)
    >>> X[5] = X[0]
    >>> y = ["blues", "blues", "blues", "jazz", "jazz", "jazz"]
    >>> artists = ["Ma", "Ma", "Bo", "Bo", "Ella", "Ella"]
    >>> report = leakage_report(X, y, groups=artists, cv=KFold(2))
    >>> report.frame[["split", "kind", "name", "train", "test"]]
       split       kind name train test
    0      0  duplicate    0   [5]  [0]
    1      0      group   Bo   [3]  [2]
    2      1  duplicate    0   [0]  [5]
    3      1      group   Bo   [2]  [3]
    """
    target = check_target("leakage_report", X, y)
    y = target.y
    if groups is not None:
        groups = check_groups("leakage_report", X, groups)
    items = _list_clips(X)
    paths = _list_paths(items)
    called = _call_clips(X, paths, names)
    near = _find_near_duplicates(X, paths, near_duplicates, n_jobs)
    seed = draw_seed(random_state)
    with warnings.catch_warnings():
        # The report is made for splitters that ignore groups.
        warnings.filterwarnings("ignore", "The groups parameter is ignored")
        folds, split = make_folds(cv, X, y, groups, seed, name="leakage_report", check=False)
    digests = np.array([_digest(item) for item in items])
    rows = []
    for number, fold in enumerate(folds):
        found = list(_find_in_fold(fold, digests, near, groups))
        rows += [
            {
                "split": number,
                "kind": kind,
                "name": to_unicode(called[min(*train, *test)] if name is None else name),
                "train": [called[clip] for clip in train],
                "test": [called[clip] for clip in test],
                "genres": _name_genres(target, [*train, *test]),
            }
            for kind, name, train, test in found
        ]
    are_measured = confounds and not target.is_multilabel
    facts = read_facts(items, n_jobs, decode=True) if are_measured else None
    return LeakageReport(
        pd.DataFrame(rows, columns=list(COLUMNS)),
        sizes=[(len(train), len(test)) for train, test in folds],
        protocol={
            "clips": len(y),
            "groups": None if groups is None else len(np.unique(groups)),
            "split": split,
            "near_duplicates": near is not None,
            **({"not_measured": NOT_FOR_SEVERAL} if confounds and target.is_multilabel else {}),
        },
        confounds=None if facts is None else find_confounds(facts, y, groups, folds, seed),
    )


def _name_genres(target: Target, rows: list[int]) -> list[Any]:
    """Return the different genres of clips; several of a clip as one text, such as "jazz, soul"."""
    if not target.is_multilabel:
        return np.unique(target.y[rows]).tolist()
    sets = {tuple(row) for row in target.y[rows].tolist()}
    names = [target.genres[np.array(row, dtype=bool)].tolist() for row in sets]
    return sorted(", ".join(map(str, genres)) or "no genre" for genres in names)


def _list_clips(X: Any) -> list[Any]:
    """Return a list of the clips: rows of a table, or the items of its only column."""
    items = list_items(X, "leakage_report")
    if items is None:
        items = X.to_numpy() if is_dataframe(X) else X
    return list(items)


def _list_paths(items: list[Any]) -> list[str] | None:
    are_paths = [isinstance(item, str | os.PathLike) for item in items]
    return [os.fspath(item) for item in items] if all(are_paths) else None


def _call_clips(X: Any, paths: list[str] | None, names: Any) -> list:
    if names is None:
        return list(range(_num_samples(X))) if paths is None else list(map(hide_secrets, paths))
    if len(names) != _num_samples(X):
        raise ValueError(
            f"leakage_report got {_num_samples(X)} clips and {len(names)} names: give one name for "
            f"each clip, in the order of X."
        )
    return [str(name) for name in names]


def _find_near_duplicates(
    X: Any, paths: list[str] | None, near_duplicates: Any, n_jobs: int | None
) -> np.ndarray | None:
    if isinstance(near_duplicates, bool | np.bool_) or near_duplicates is None:
        if not near_duplicates:
            return None
        if paths is None:
            raise ValueError(
                "leakage_report with near_duplicates=True needs files, but X has no paths: pass "
                "paths, or numbers that near-duplicates share."
            )
        return check_files(paths, n_jobs=n_jobs)["group"].to_numpy()
    column = np.asarray(near_duplicates)
    if column.shape != (_num_samples(X),):
        raise ValueError(
            f"leakage_report got {_num_samples(X)} clips and 'near_duplicates' of shape "
            f"{column.shape}: give one number for each clip, in the order of X."
        )
    return column


def _digest(item: Any) -> str:
    """Return a digest that is equal for clips with the same bytes."""
    if isinstance(item, str | os.PathLike):
        with open_source(item) as source:
            stream: Any = source.stream
            return hashlib.file_digest(stream, "sha256").hexdigest()
    if is_file_object(item):
        return hashlib.sha256(OpenFile(item, "").content()).hexdigest()
    if is_pair(item):
        samples, sr = item
        return _digest(np.append(np.ravel(samples), sr))
    array = np.ascontiguousarray(item)
    return hashlib.sha256(f"{array.dtype}{array.shape}".encode() + array.tobytes()).hexdigest()


def _find_in_fold(
    fold: Fold, digests: np.ndarray, near: np.ndarray | None, groups: np.ndarray | None
) -> Iterator[tuple[str, Any, list[int], list[int]]]:
    """Yield kind, name (None for that of the first clip), and clips in train and in test."""
    train, test = fold
    both = np.intersect1d(train, test)
    for clip in both.tolist():
        yield "clip", None, [clip], [clip]
    # A clip in both train and test is reported once.
    train, test = np.setdiff1d(train, both), np.setdiff1d(test, both)
    said = set()
    for kind, labels in (("duplicate", digests), ("near-duplicate", near), ("group", groups)):
        if labels is None:
            continue
        for label, sides in _shared(labels, train, test):
            if kind == "near-duplicate" and str(sides) in said:
                continue
            said.add(str(sides))
            yield kind, label if kind == "group" else None, *sides


def _shared(
    labels: np.ndarray, train: np.ndarray, test: np.ndarray
) -> Iterator[tuple[Any, tuple[list[int], list[int]]]]:
    """Yield each label in both train and test with its clips, by position of the first clip."""
    of_train, of_test = _clips_of(labels, train), _clips_of(labels, test)
    found = [(label, (of_train[label], of_test[label])) for label in of_train if label in of_test]
    # Not by label: digests of the same clips differ with the last bits of their floats.
    yield from sorted(found, key=lambda item: min(item[1][0][0], item[1][1][0]))


def _clips_of(labels: np.ndarray, rows: np.ndarray) -> dict[Any, list[int]]:
    """Return the rows of each label; pandas would refuse names with bytes that are not UTF-8."""
    clips: dict[Any, list[int]] = {}
    for label, row in zip(labels[rows].tolist(), rows.tolist(), strict=True):
        clips.setdefault(label, []).append(row)
    return clips
