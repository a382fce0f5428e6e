"""Facts about sound files that predict the genre without anyone listening."""

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..._shown_text import name_first, to_unicode
from ..._threads import run_in_threads
from ...audio._facts import measure_samples, read_samples
from ...audio._header import read_header
from ...audio._open_file import OpenFile, is_file_object
from ...audio._pairs import downmix_pair, is_pair
from ...exceptions import AudioDecodeError
from .._compare.folds import Fold
from .one_fact import FactScorer

# Levels of corrected p-values at which a container fact is named and a musical one is listed.
NAMED, LISTED = 0.01, 0.05
CONFOUND = "confound"
MAY_BE_MUSIC = "differs between genres, may be music"
COLUMNS = (
    "fact", "finding", "accuracy", "chance", "p", "p_adjusted", "n_clips", "by_genre", "cure",
)  # fmt: skip
NOT_FOR_SEVERAL = (
    "Not measured: confounds, such as a sampling rate that predicts the genre; clips have several "
    "genres."
)
_SHOWN = 3


class _Fact(NamedTuple):
    """A fact: its name in words, its unit, whether music may differ in it, and the cure."""

    name: str
    show: Callable[[Any], str]
    is_music: bool
    cure: str


FACTS = {
    "sampling_rate": _Fact(
        "sampling rate", lambda value: f"{value:.0f} Hz", False, "Resample all files to one rate."
    ),
    "channels": _Fact("channels", lambda value: f"{value:.0f}", False, "Mix all files to mono."),
    "format": _Fact("format", str, False, "Transcode all files to one format."),
    "codec": _Fact(
        "codec",
        str,
        False,
        "Transcode all files with one codec; if one of them is lossy, with that one.",
    ),
    "bit_rate": _Fact(
        "bit rate",
        lambda value: f"{value:.0f} kbit/s",
        False,
        "Transcode all files at one bit rate.",
    ),
    "duration": _Fact(
        "length",
        lambda value: f"{value:.3f} s",
        False,
        "Pass duration= to the features, at most the shortest length.",
    ),
    "leading_silence": _Fact(
        "leading silence",
        lambda value: f"{value:.3f} s",
        False,
        "Trim the zeros at the beginning of all files.",
    ),
    "cut_off": _Fact(
        "cut-off frequency",
        lambda value: f"{value:.0f} Hz" if np.isfinite(value) else "none",
        False,
        "Transcode all files with one codec, or pass fmax= below the lowest cut-off.",
    ),
    "level": _Fact(
        "level", lambda value: f"{value:.1f} dB", True, "Normalize all clips to one level."
    ),
    "dc_offset": _Fact(
        "DC offset", lambda value: f"{value:.4f}", True, "Subtract the mean of each clip."
    ),
    "bandwidth": _Fact(
        "bandwidth",
        lambda value: f"{value:.0f} Hz",
        True,
        "If it comes from processing, pass fmax= to the features, or drop the clips.",
    ),
}


def read_facts(items: Sequence[Any], n_jobs: int | None, *, decode: bool) -> pd.DataFrame | None:
    """Read the facts of sound files, or of (samples, sr) pairs.

    Parameters
    ----------
    items : sequence of n_clips clips
        The clips.
    n_jobs : int or None
        Number of threads over files, as in joblib.
    decode : bool
        Whether to decode the files, up to two minutes of each, and measure their samples.

    Returns
    -------
    DataFrame or None
        One row per clip, one column per fact; None where nothing was read. The facts of a file that
        can't be read are missing.
    """
    if not len(items) or not all(map(_is_sound, items)):
        return None
    rows = list(run_in_threads(lambda item: _read(item, decode), items, n_jobs))
    return pd.DataFrame(rows) if any(rows) else None


def _is_sound(item: Any) -> bool:
    return isinstance(item, str | os.PathLike) or is_file_object(item) or is_pair(item)


def _read(item: Any, decode: bool) -> dict[str, Any]:
    try:
        if is_pair(item):
            return _measure_pair(*item) if decode else {}
        file = OpenFile(item, "").copy() if is_file_object(item) else item
        # Decoding comes first: it refuses headers that would keep a reader busy.
        samples = read_samples(file)._asdict() if decode else {}
        return {**read_header(file)._asdict(), **samples}
    except (AudioDecodeError, ValueError):
        return {}


def _measure_pair(samples: Any, sr: float) -> dict[str, Any]:
    samples = np.asarray(samples, dtype=np.float32)
    y = downmix_pair(samples, 0, "leakage_report")
    facts = {"sampling_rate": float(sr), "channels": samples.size / len(y)}
    return {**facts, "duration": len(y) / sr, **measure_samples(y, sr)._asdict()}


def find_confounds(
    facts: pd.DataFrame,
    genres: np.ndarray,
    groups: np.ndarray | None,
    folds: list[Fold],
    seed: int,
) -> pd.DataFrame:
    """Score each fact as the only predictor of the genre, in the same folds.

    p-values are corrected after Bonferroni for the number of `FACTS`: those of the file, and those
    that may be music, apart. Facts that were not read, or do not vary, count as well, so that
    headers alone and decoded files give the same p-value for the same fact.

    Returns
    -------
    DataFrame
        One row per fact that is not constant, best predictors first, with the columns of
        `LeakageReport.confounds`.
    """
    score = FactScorer(genres, groups, folds, seed)
    rows = []
    for column, fact in FACTS.items():
        if column not in facts:
            continue
        codes, known = _to_numbers(facts[column])
        found = score(codes)
        if found is not None:
            values = facts[column].to_numpy()[known]
            rows.append(
                {
                    "fact": fact.name,
                    "accuracy": found.accuracy,
                    "chance": found.chance,
                    "p": found.p,
                    "n_clips": int(known.sum()),
                    "by_genre": _describe_genres(values, genres[known], fact),
                    "cure": fact.cure,
                    "is_music": fact.is_music,
                }
            )
    table = pd.DataFrame(rows, columns=[*COLUMNS, "is_music"])
    is_music = table.pop("is_music").to_numpy(bool)
    n_music = sum(fact.is_music for fact in FACTS.values())
    n_alike = np.where(is_music, n_music, len(FACTS) - n_music)
    p = np.minimum(1.0, table["p"].to_numpy(float) * n_alike)
    differs = p < np.where(is_music, LISTED, NAMED)
    table["p_adjusted"] = p
    table["finding"] = np.where(differs, np.where(is_music, MAY_BE_MUSIC, CONFOUND), "")
    order = np.lexsort((-table["accuracy"].to_numpy(float), is_music, ~differs))
    return table.iloc[order].reset_index(drop=True)


def _to_numbers(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return a fact as numbers, NaN where it is not known, and where it is known."""
    known = column.notna().to_numpy()
    if column.dtype.kind in "fiu":
        return column.to_numpy(float), known
    return np.where(known, pd.factorize(column)[0], np.nan), known


def _describe_genres(values: np.ndarray, genres: np.ndarray, fact: _Fact) -> str:
    """Return the typical value of each genre, or of the most different ones."""
    table = pd.DataFrame({"value": values, "genre": [to_unicode(genre) for genre in genres]})
    by_genre = table.groupby("genre")["value"]
    if values.dtype.kind in "fiu":
        # One of the values: a mean of two rates is none.
        typical = by_genre.quantile(0.5, interpolation="lower").sort_values(kind="stable")
    else:
        typical = by_genre.agg(lambda words: words.mode().iloc[0])
    shown: dict[str, list[str]] = {}
    for genre, value in typical.items():
        shown.setdefault(fact.show(value), []).append(str(genre))
    parts = [f"{value} ({name_first(names)})" for value, names in shown.items()]
    if len(parts) <= _SHOWN:
        return ", ".join(parts)
    if values.dtype.kind in "fiu":
        return f"from {parts[0]} to {parts[-1]}"
    return f"{', '.join(parts[:_SHOWN])} and {len(parts) - _SHOWN} more"


def describe_confounds(table: pd.DataFrame, *, music: bool = True) -> list[str]:
    """Return a sentence for each finding: named confounds first, then what may be music.

    Parameters
    ----------
    table : DataFrame
        Table of :func:`find_confounds`.
    music : bool, default=True
        Whether to list what may be music.
    """
    sentences = []
    for row in table.itertuples():
        scored = f"predicts the genre with an accuracy of {row.accuracy:.2f}"
        by_chance = f"{row.chance:.2f} with shuffled genres, p = {row.p_adjusted:.4f}"
        if row.finding == CONFOUND:
            sentences.append(
                f"Confound: the {row.fact} alone {scored} ({by_chance}): {row.by_genre}. {row.cure}"
            )
        elif row.finding == MAY_BE_MUSIC and music:
            sentences.append(
                f"Differs between genres, may be music: the {row.fact} alone {scored} "
                f"({by_chance}): "
                f"{row.by_genre}. {row.cure}"
            )
    return sentences


def header_confounds(
    X: Any, y: np.ndarray, groups: np.ndarray | None, folds: list[Fold]
) -> list[str]:
    """Return a sentence for each confound that files' headers show; nothing is decoded."""
    try:
        paths = list(X)
    except TypeError:
        return []
    if not paths or not all(isinstance(path, str | os.PathLike) for path in paths):
        return []
    if y.ndim == 2:
        return [NOT_FOR_SEVERAL]
    facts = read_facts(paths, None, decode=False)
    return [] if facts is None else describe_confounds(find_confounds(facts, y, groups, folds, 0))
