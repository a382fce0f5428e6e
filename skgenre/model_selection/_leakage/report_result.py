"""Leaks of a split, as tables and text."""

from typing import Any

import pandas as pd

from ..._public import public
from ..._shown_text import name_first
from ..._templates import render
from .confounds import COLUMNS as CONFOUND_COLUMNS
from .confounds import describe_confounds

COLUMNS = ("split", "kind", "name", "train", "test", "genres")
_KINDS = ("clip", "duplicate", "near-duplicate", "group")
_PLURALS = {
    "clip": "clips",
    "duplicate": "duplicates",
    "near-duplicate": "near-duplicates",
    "group": "groups",
}
_SHOWN = 10


@public
class LeakageReport:
    """Clips and groups that are in both train and test of a cross-validation.

    Returned by :func:`leakage_report`.

    Parameters
    ----------
    frame : DataFrame
        One row per finding.
    sizes : list of (n_train, n_test)
        Numbers of training and test clips of each split.
    protocol : dict
        What was checked.
    confounds : DataFrame or None, default=None
        Facts about the files, where they were measured.

    Attributes
    ----------
    frame : DataFrame
        One row per finding and split, with the columns ``split``, ``kind`` ("clip", "duplicate",
        "near-duplicate" or "group"), ``name`` (the group, or the first clip), ``train`` and
        ``test`` (the clips in each part), and ``genres`` (labels of the clips: a duplicate with
        more than one is mislabelled).
    protocol : dict
        Numbers of clips and groups, the split, and whether near-duplicates were searched for.
    confounds : DataFrame
        One row per fact about the files that is not constant, with the columns ``fact``,
        ``finding`` ("confound"; "differs between genres, may be music"; or empty), ``accuracy``
        (cross-validated, of the fact alone), ``chance`` (mean over permutations of the genres),
        ``p``, ``p_adjusted`` (for the number of facts), ``n_clips`` (those whose value is known),
        ``by_genre`` (typical values) and ``cure``. Empty where nothing was measured.

    See Also
    --------
    leakage_report : Finds them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import StratifiedGroupKFold
    >>> from skgenre.model_selection import leakage_report
    >>> X, y = np.eye(8), np.repeat(["blues", "jazz"], 4)
    >>> report = leakage_report(X, y, groups=np.arange(8) // 2, cv=StratifiedGroupKFold(2))
    >>> report.is_clean
    True
    >>> report
    Nothing is in both train and test.
    Looked for clips, duplicates and groups; not for near-duplicates.
    8 clips; 4 groups; StratifiedGroupKFold(n_splits=2, ...).
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        sizes: list[tuple[int, int]],
        protocol: dict[str, Any],
        confounds: pd.DataFrame | None = None,
    ) -> None:
        self.frame = frame
        self.sizes = sizes
        self.protocol = protocol
        self._has_facts = confounds is not None
        self.confounds = (
            pd.DataFrame(columns=list(CONFOUND_COLUMNS)) if confounds is None else confounds
        )

    @property
    def is_clean(self) -> bool:
        """Whether no split has anything in both train and test."""
        return self.frame.empty

    @property
    def summary(self) -> pd.DataFrame:
        """Sizes and leaks, one row per split.

        ``n_train`` and ``n_test`` are numbers of clips; for each kind that was searched for, the
        number of findings; ``leaked`` is the share of test clips with a finding of any kind.
        """
        rows = []
        for split, (n_train, n_test) in enumerate(self.sizes):
            found = self.frame[self.frame["split"] == split]
            leaked = {name for names in found["test"] for name in names}
            kinds = {
                _PLURALS[kind]: int((found["kind"] == kind).sum()) for kind in self._looked_for()
            }
            rows.append(
                {"n_train": n_train, "n_test": n_test, **kinds, "leaked": len(leaked) / n_test}
            )
        return pd.DataFrame(rows).rename_axis("split")

    def _looked_for(self) -> list[str]:
        skipped = set()
        if not self.protocol["near_duplicates"]:
            skipped.add("near-duplicate")
        if self.protocol["groups"] is None:
            skipped.add("group")
        return [kind for kind in _KINDS if kind not in skipped]

    def _caption(self) -> str:
        looked_for = self._looked_for()
        skipped = [_PLURALS[kind] for kind in _KINDS if kind not in looked_for]
        said = f"Looked for {_enumerate([_PLURALS[kind] for kind in looked_for])}"
        said += f"; not for {_enumerate(skipped)}." if skipped else "."
        facts = [f"{self.protocol['clips']} clips"]
        if self.protocol["groups"] is not None:
            facts.append(f"{self.protocol['groups']} groups")
        return f"{said}\n{'; '.join([*facts, str(self.protocol['split'])])}."

    def _headline(self) -> str:
        if self.is_clean:
            return "Nothing is in both train and test."
        n_leaking = self.frame["split"].nunique()
        worst = self.summary["leaked"].max()
        return (
            f"{n_leaking} of {len(self.sizes)} splits {'leaks' if n_leaking == 1 else 'leak'}: up "
            f"to {worst:.0%} of the test clips have a counterpart in training."
        )

    def _findings(self) -> list[str]:
        lines = []
        for finding in self.frame.head(_SHOWN).to_dict("records"):
            train, test = name_first(finding["train"]), name_first(finding["test"])
            where = f"{train} in training, {test} in test"
            if finding["kind"] == "clip":
                where = f"{train} itself is in training and in test"
            elif finding["kind"] == "group":
                where = f"{finding['name']}: {where}"
            if "duplicate" in finding["kind"] and len(finding["genres"]) > 1:
                where += f", labelled {_enumerate([str(genre) for genre in finding['genres']])}"
            lines.append(f"split {finding['split']}, {finding['kind']}: {where}")
        if len(self.frame) > _SHOWN:
            lines.append(f"and {len(self.frame) - _SHOWN} more, see frame")
        return lines

    def _repr_html_(self) -> str:
        return render(
            "parts.html",
            "notebook",
            lead=self._headline(),
            tables=[self._table()],
            notes=[*self._findings(), *self._confounds()],
            caption=self._caption(),
        )

    def _table(self) -> pd.DataFrame:
        table = self.summary.reset_index()
        table["leaked"] = [f"{share:.0%}" for share in table["leaked"]]
        return table.astype(str)

    def _confounds(self) -> list[str]:
        if "not_measured" in self.protocol:
            return [self.protocol["not_measured"]]
        if not self._has_facts:
            return []
        found = describe_confounds(self.confounds)
        n_facts = len(self.confounds)
        vary = (
            "fact about the files that varies"
            if n_facts == 1
            else "facts about the files that vary"
        )
        return found or [f"No confound among {n_facts} {vary}."]

    def __repr__(self) -> str:
        found = [] if self.is_clean else [self.summary.to_string(), *self._findings()]
        return "\n".join([self._headline(), *found, *self._confounds(), self._caption()])


def _enumerate(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
