"""Loader for the feature tables that come with the common copy of GTZAN."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._public import public
from ..features import GTZANFeatures
from ._bunch import Bunch
from ._gtzan import check_split, describe, select_clips
from ._gtzan_clips import CLIP_NAME, group_of
from ._left_out import name_first, warn_of_single_clips

if TYPE_CHECKING:
    import pandas as pd

_OTHER_COLUMNS = ("filename", "length", "label")
_ROW_NAME = re.compile(rf"({CLIP_NAME.pattern})(\.\d+)?\.\w+")
_DESCR = """\
Feature table of the GTZAN genre collection, from {path}
{underline}

{n_clips} rows of 57 features, means and variances of chroma, level, spectrum and MFCC, and tempo:
{counts}.
Split: {split}.

Source: published with the common copy of the collection, computed with librosa; as in
skgenre.features.GTZANFeatures. The collection: G. Tzanetakis, P. Cook, "Musical genre
classification of audio signals", IEEE Transactions on Speech and Audio Processing 10(5), 2002.

Licence: none is known, for the table and for the collection.

In features_3_sec.csv ten rows come from one clip. `groups` keeps them together, and those of
identical clips: with rows of a clip in both train and test, scores are inflated.
"""


@public
def load_features_csv(
    path: str | os.PathLike, *, split: str | None = None, return_X_y_groups: bool = False
) -> Any:
    """Read one of the feature tables that come with the common copy of GTZAN.

    Either ``features_30_sec.csv`` with one row per clip, or ``features_3_sec.csv`` with one row per
    tenth of a clip. The rows of a clip share a group.

    Parameters
    ----------
    path : str or PathLike
        The file.
    split : {"fault-filtered", "train", "valid", "test"}, default=None
        As in :func:`load_gtzan`.
    return_X_y_groups : bool, default=False
        Return ``(data, target, groups)`` instead of a Bunch.

    Returns
    -------
    Bunch
        With the attributes

        data : DataFrame of shape (n_rows, 57)
            The features, with the names and order of :class:`~skgenre.features.GTZANFeatures`.
        target : ndarray of shape (n_rows,)
            The genres.
        target_names : ndarray of shape (n_genres,)
            The genres, sorted.
        feature_names : list of str
            The columns of `data`.
        paths : list of str
            Names of the files that the rows were computed from, as in the table.
        clips : ndarray of shape (n_rows,)
            The clip of each row, such as "blues.00000".
        groups : ndarray of shape (n_rows,)
            The clip, or the first of identical clips.
        split : ndarray of shape (n_rows,) or None
            "train", "valid" or "test", unless the parameter `split` is None.
        DESCR : str
            Source and licence.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is not a table, has other columns, no rows, invalid clip names, non-numeric
        values, or labels that contradict the names, or when `split` is unknown.

    Warns
    -----
    SkgenreWarning
        When a genre has a single clip.

    See Also
    --------
    load_gtzan : Reads the clips.

    Examples
    --------
    A table in the published format, of noise:

    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skgenre.datasets import load_features_csv
    >>> from skgenre.features import GTZANFeatures
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (3, 22050))
    >>> table = GTZANFeatures().set_output(transform="pandas").fit_transform(clips)
    >>> table.insert(0, "filename", ["pop.00000.0.wav", "pop.00000.1.wav", "pop.00002.0.wav"])
    >>> table.insert(1, "length", 22050)
    >>> table["label"] = "pop"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table.to_csv(Path(folder, "features_3_sec.csv"), index=False)
    ...     X, y, groups = load_features_csv(
    ...         Path(folder, "features_3_sec.csv"), return_X_y_groups=True
    ...     )
    >>> X.shape, y.tolist(), groups.tolist()
    ((3, 57), ['pop', 'pop', 'pop'], ['pop.00000', 'pop.00000', 'pop.00002'])
    """
    check_split(split, "load_features_csv")
    file = Path(path)
    table = _read(file)
    clips = _clips_of(file, table)
    names = GTZANFeatures().get_feature_names_out().tolist()
    _check_values(file, table, names)
    chosen, parts = select_clips(clips, split)
    if split is not None:
        table = table[np.isin(clips, chosen)].reset_index(drop=True)
    data = table[names].astype(float)
    target = table["label"].to_numpy(dtype=str)
    warn_of_single_clips(np.array([clip.partition(".")[0] for clip in sorted(set(chosen))]))
    groups = np.array([group_of(clip) for clip in chosen])
    if return_X_y_groups:
        return data, target, groups
    return Bunch(
        data=data,
        target=target,
        target_names=np.unique(target),
        feature_names=names,
        paths=table["filename"].tolist(),
        clips=np.array(chosen),
        groups=groups,
        split=parts,
        DESCR=describe(_DESCR, file, target, split),
    )


def _read(file: Path) -> "pd.DataFrame":
    import pandas as pd

    if not file.is_file():
        raise FileNotFoundError(
            f"{file}: there is no such file (the current folder is {Path.cwd()})."
        )
    try:
        table = pd.read_csv(file)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: this is no CSV table ({error}).") from error
    expected = [*_OTHER_COLUMNS[:2], *GTZANFeatures().get_feature_names_out(), _OTHER_COLUMNS[2]]
    missing = [name for name in expected if name not in table.columns]
    strange = [name for name in table.columns if name not in expected]
    if missing or strange:
        lacks = f" It lacks {name_first(missing)}." if missing else ""
        has = f" It has {name_first(strange)}." if strange else ""
        raise ValueError(
            f"{file}: the columns are not those of GTZAN's published feature tables: filename, "
            f"length, 57 features, label.{lacks}{has} Read other tables with pandas.read_csv."
        )
    if not len(table):
        raise ValueError(f"{file}: the table has no rows.")
    return table


def _clips_of(file: Path, table: "pd.DataFrame") -> list[str]:
    """Return the clip of each row, with its name checked against its label."""
    found = [_ROW_NAME.fullmatch(str(name)) for name in table["filename"]]
    strange = [name for name, match in zip(table["filename"], found, strict=True) if not match]
    if strange:
        raise ValueError(
            f"{file}: {len(strange)} file names are not those of GTZAN clips, as in "
            f"blues.00000.wav or blues.00000.0.wav: {name_first(strange)}. Which rows belong to "
            f"one clip can't be told: restore the names, or read the table with pandas.read_csv."
        )
    repeated = table["filename"][table["filename"].duplicated()].unique().tolist()
    if repeated:
        raise ValueError(f"{file}: there is more than one row of {name_first(repeated)}.")
    matches = [match for match in found if match]
    wrong = [
        f"{match[0]} ({label})"
        for match, label in zip(matches, table["label"], strict=True)
        if match[2] != label
    ]
    if wrong:
        raise ValueError(
            f"{file}: the labels of {len(wrong)} rows are not the genre in their file name: "
            f"{name_first(wrong)}. Restore the one or the other."
        )
    return [match[1] for match in matches]


def _check_values(file: Path, table: "pd.DataFrame", names: list[str]) -> None:
    text = [name for name in names if table[name].dtype.kind not in "iuf"]
    if text:
        raise ValueError(f"{file}: these columns are not numeric: {name_first(text)}.")
    finite = np.isfinite(table[names].to_numpy(dtype=float)).all(axis=1)
    if not finite.all():
        rows = table["filename"][~finite].tolist()
        raise ValueError(
            f"{file}: {len(rows)} rows have missing or infinite values: {name_first(rows)}. Take "
            f"them out, or compute them again with skgenre.features.GTZANFeatures."
        )
