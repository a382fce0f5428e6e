"""Tests of all pairs of pipelines: on these clips, and for new training sets."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from .clip_scores import ClipScores
from .genre_bootstrap import BOOTSTRAP, GROUP_BOOTSTRAP, compare_draws
from .sign_flips import GROUP_SIGN_FLIP, SIGN_FLIP, Intervals, flip_signs
from .significance import CORRECTED_T, FEWEST_FOLDS, corrected_t_test

THESE_CLIPS = "these clips"
NEW_TRAINING_SETS = "new training sets"
NEEDS_FOLDS = f"needs {FEWEST_FOLDS} folds or `repeats=`"
FEWEST_GROUPS = 20
NEEDS_GROUPS = f"repeats need {FEWEST_GROUPS} groups"
NO_FUNCTION = "this score is not a function of the predictions"
NO_SCORER = "this result doesn't contain the function of this score"

COLUMNS = [
    "pipeline",
    "other",
    "question",
    "difference",
    "low",
    "high",
    "p",
    "adjusted_low",
    "adjusted_high",
    "p_adjusted",
    "differs",
    "p_better",
    "p_equivalent",
    "p_worse",
    "smallest_detectable",
    "test",
    "note",
]
_POWER = 0.8


@dataclass(frozen=True)
class Questions:
    """Settings of the tests of a score.

    Parameters
    ----------
    score : str
        The score.
    alpha : float
        Level of the tests and of their intervals.
    rope : float
        The largest difference that makes no practical difference.
    bounds : (float, float)
        The smallest and the largest value of the score.
    obstacle : str, default=NO_FUNCTION
        Why the question of these clips can't be answered, if it can't.
    """

    score: str
    alpha: float
    rope: float
    bounds: tuple[float, float]
    obstacle: str = NO_FUNCTION

    @property
    def bound(self) -> float:
        """The largest difference between two values of the score."""
        return float(self.bounds[1] - self.bounds[0])


def compare_pairs(
    frame: pd.DataFrame, clips: ClipScores | None, names: list[str], settings: Questions
) -> pd.DataFrame:
    """Test the differences between all pairs of pipelines in one score.

    Parameters
    ----------
    frame : DataFrame
        That of a :class:`Comparison`.
    clips : ClipScores or None
        The parts of the clips in the score, columns in the order of `names`; None if the score is
        not a function of the predictions.
    names : list of str
        The pipelines to test, best first.
    settings : Questions
        The score, level, equivalence and bounds.

    Returns
    -------
    DataFrame
        Two rows per pair, see ``Comparison.pairwise``.
    """
    pairs = list(combinations(range(len(names)), 2))
    if not pairs:
        return pd.DataFrame(columns=COLUMNS)
    scores = _pivot(frame, names, settings.score)
    differences = [scores[:, first] - scores[:, second] for first, second in pairs]
    on_clips = _ask_clips(clips, pairs, differences, settings)
    n_groups = np.inf if clips is None else clips.n_groups
    on_folds = _ask_folds(frame, names, differences, settings, n_groups)
    rows: list[dict[str, Any]] = []
    for (first, second), *answers in zip(pairs, on_clips, on_folds, strict=True):
        rows += [{"pipeline": names[first], "other": names[second], **answer} for answer in answers]
    return pd.DataFrame(rows, columns=COLUMNS)


def decide(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the row of each pair that decides: these clips, or if not tested, the other one."""
    first, second = pairs.iloc[::2], pairs.iloc[1::2]
    is_other = first["p"].isna().to_numpy() & second["p"].notna().to_numpy()
    return pd.concat([first[~is_other], second[is_other]]).sort_index().reset_index(drop=True)


def name_tests(n_folds: int, *, has_groups: bool, is_drawn: bool = False) -> str:
    """Describe the tests of a comparison in words; `is_drawn` is the first score by a bootstrap."""
    names = (BOOTSTRAP, GROUP_BOOTSTRAP) if is_drawn else (SIGN_FLIP, GROUP_SIGN_FLIP)
    test = f"{THESE_CLIPS}: {names[has_groups]}"
    second = CORRECTED_T if n_folds >= FEWEST_FOLDS else NEEDS_FOLDS
    return f"{test}; {NEW_TRAINING_SETS}: {second}"


def _pivot(frame: pd.DataFrame, names: list[str], score: str) -> np.ndarray:
    column = f"test_{score}"
    return np.stack(
        [
            frame[frame["pipeline"] == name].sort_values("fold")[column].to_numpy(dtype=float)
            for name in names
        ],
        axis=1,
    )


def _ask_clips(
    clips: ClipScores | None,
    pairs: list[tuple[int, int]],
    differences: list[np.ndarray],
    settings: Questions,
) -> list[dict[str, Any]]:
    if clips is None:
        return [
            _unanswered(THESE_CLIPS, float(values.mean()), settings.obstacle)
            for values in differences
        ]
    firsts, seconds = np.array(pairs).T
    bound = settings.bound
    if clips.draws is not None:
        means = clips.sums.sum(axis=0)
        found = compare_draws(
            means[firsts] - means[seconds],
            clips.draws[:, firsts] - clips.draws[:, seconds],
            alpha=settings.alpha,
            bound=bound,
        )
        test = GROUP_BOOTSTRAP if clips.is_grouped else BOOTSTRAP
        return [
            _describe_flips(found, column, clips.n_groups, test, settings)
            for column in range(len(pairs))
        ]
    step = min(bound, float(clips.changes.max())) or (bound if np.isfinite(bound) else 0.0)
    found = flip_signs(
        clips.sums[:, firsts] - clips.sums[:, seconds],
        clips.weights,
        clip_weight=step / clips.n_clips,
        alpha=settings.alpha,
        bound=bound,
    )
    test = GROUP_SIGN_FLIP if clips.is_grouped else SIGN_FLIP
    return [
        _describe_flips(found, column, clips.n_groups, test, settings)
        for column in range(len(pairs))
    ]


def _describe_flips(
    found: Intervals, column: int, n_groups: int, test: str, settings: Questions
) -> dict[str, Any]:
    p_adjusted = float(found.p_adjusted[column])
    return {
        "question": THESE_CLIPS,
        "difference": round(float(found.difference[column]), 12) + 0.0,
        "low": float(found.low[column]),
        "high": float(found.high[column]),
        "p": float(found.p[column]),
        "adjusted_low": float(found.adjusted_low[column]),
        "adjusted_high": float(found.adjusted_high[column]),
        "p_adjusted": p_adjusted,
        "differs": p_adjusted < settings.alpha,
        "p_better": np.nan,
        "p_equivalent": np.nan,
        "p_worse": np.nan,
        "smallest_detectable": _detectable(
            float(found.error[column]), n_groups - 1, found.level, settings.bound
        ),
        "test": test,
        "note": "",
    }


def _ask_folds(
    frame: pd.DataFrame,
    names: list[str],
    differences: list[np.ndarray],
    settings: Questions,
    n_groups: float,
) -> list[dict[str, Any]]:
    n_folds, m = len(differences[0]), len(differences)
    # Repeats of the same few groups look like more evidence than they are: in the study of the
    # tests, equal pipelines differed up to 19 % of the time.
    is_repeated = "repeat" in frame.columns and frame["repeat"].nunique() > 1
    few_groups = is_repeated and n_groups < FEWEST_GROUPS
    if n_folds < FEWEST_FOLDS or few_groups:
        note = NEEDS_FOLDS if n_folds < FEWEST_FOLDS else NEEDS_GROUPS
        return [
            _unanswered(NEW_TRAINING_SETS, float(values.mean()), note) for values in differences
        ]
    folds = frame[frame["pipeline"] == names[0]]
    n_train, n_test = folds["n_train"].mean(), folds["n_test"].mean()
    rows = []
    for values in differences:
        found = corrected_t_test(values, n_train, n_test)
        level = settings.alpha / m
        low, high = np.clip(found.interval(settings.alpha), -settings.bound, settings.bound)
        adjusted = np.clip(found.interval(level), -settings.bound, settings.bound)
        better, equivalent, worse = found.probabilities(settings.rope)
        rows.append(
            {
                "question": NEW_TRAINING_SETS,
                "difference": found.mean,
                "low": float(low),
                "high": float(high),
                "p": found.p,
                "adjusted_low": float(adjusted[0]),
                "adjusted_high": float(adjusted[1]),
                "p_adjusted": min(1.0, m * found.p),
                "differs": m * found.p < settings.alpha,
                "p_better": better,
                "p_equivalent": equivalent,
                "p_worse": worse,
                "smallest_detectable": _detectable(found.error, n_folds - 1, level, settings.bound),
                "test": CORRECTED_T,
                "note": "",
            }
        )
    return rows


def _unanswered(question: str, difference: float, note: str) -> dict[str, Any]:
    """Return the row of a question that can't be answered."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS[2:], np.nan)
    return row | {
        "question": question,
        "difference": difference,
        "differs": False,
        "test": "",
        "note": note,
    }


def _detectable(error: float, freedom: int, level: float, bound: float) -> float:
    """Return the true difference that a test finds in four of five comparisons."""
    if freedom < 1:
        return bound
    quantiles = stats.t.isf(level / 2, freedom) + stats.t.ppf(_POWER, freedom)
    return float(min(bound, quantiles * error))
