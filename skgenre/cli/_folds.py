"""Options of ``skgenre compare`` for folds and scores, checked before any file is read."""

import difflib
from typing import Annotated

import typer

from ._music import HeldOut

N_FOLDS = 5
SCORES = "accuracy,f1_macro"
MULTILABEL_SCORES = "roc_auc,average_precision"
CV_NAMES = ("stratified", "group", "repeated")


def parse_cv(text: str | None) -> str | None:
    """Refuse what is neither a number of folds nor a name of folds."""
    if text is None or text in CV_NAMES:
        return text
    if text.isascii() and text.isdigit():
        if int(text) < 2:
            raise typer.BadParameter(
                f"at least 2 folds are needed, got {text}: each is tested by a model of the others."
            )
        return text
    nearest = difflib.get_close_matches(text, CV_NAMES, 1)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    raise typer.BadParameter(
        f"{text!r} is neither a number of folds nor stratified, group or repeated.{hint}"
    )


def parse_scores(text: str | None) -> str | None:
    """Refuse a score that doesn't exist, and name the nearest."""
    from ..metrics import get_genre_scorer, get_genre_scorer_names

    if text is None:
        return None

    names = [name.strip() for name in text.split(",")]
    for name in names:
        if not name:
            raise ValueError("--scoring: name scores with commas between them: accuracy,f1_macro.")
        if name in get_genre_scorer_names(multilabel=True):
            continue
        try:
            get_genre_scorer(name)
        except ValueError as error:
            raise ValueError(f"--scoring: {error}") from error
    return ",".join(dict.fromkeys(names))


CvOption = Annotated[
    str | None,
    typer.Option(
        metavar="N|NAME",
        callback=parse_cv,
        help="Number of folds, or stratified or group (5 folds of the one or the other), or "
        "repeated (5 folds drawn 5 times). Where there are groups, folds keep them together.",
        show_default=str(N_FOLDS),
    ),
]
Repeats = Annotated[
    int | None,
    typer.Option(
        min=1, help="How often the folds are drawn, each time with another seed.", show_default="1"
    ),
]
Scoring = Annotated[
    str | None,
    typer.Option(
        callback=parse_scores,
        help="Comma-separated scores, named as in scikit-learn or skgenre.metrics. Models are "
        "ranked by the first.",
        show_default=f"{SCORES}; of several genres per clip {MULTILABEL_SCORES}",
    ),
]


def choose_folds(
    cv: str | None, repeats: int | None, held_out: HeldOut, split_column: str | None
) -> tuple[int | str, int, str]:
    """Return the folds, how often they are drawn, and both in words.

    Options that have no effect on a given split are refused.
    """
    fixed = "--held-out" if held_out is not HeldOut.folds else "--split-column"
    given = {"--cv": cv, "--repeats": repeats}
    names = [name for name, value in given.items() if value is not None]
    has_column = split_column not in (None, "none")
    if held_out is not HeldOut.folds or has_column:
        if names:
            raise typer.BadParameter(f"{fixed} gives the split. Leave this out.", param_hint=names)
        words = "the split of the table"
        return N_FOLDS, 1, words if fixed == "--split-column" else f"scored on the {held_out} part"
    folds = N_FOLDS if cv is None else int(cv) if cv.isdigit() else cv
    n_folds = folds if isinstance(folds, int) else N_FOLDS
    n_repeats = 5 if folds == "repeated" and repeats is None else repeats or 1
    return folds, n_repeats, f"{n_folds} folds" + (f" x {n_repeats}" if n_repeats > 1 else "")
