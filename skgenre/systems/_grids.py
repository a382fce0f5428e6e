"""Hyper-parameters that a document tried, as grids."""

from typing import Any

from .._public import public
from ._make import find_card

_SEGMENT = "segmentvotingclassifier__estimator__"
# Columns of document 003's tables, and their rows. Rows that differ only in their result are listed
# once. The output layer, as wide as there are genres, is left out.
_FC = (
    ("batch_size", "lr", "dense", "max_epochs"),
    (
        (25, 0.01, (30,), 1),
        (25, 0.01, (150,), 1),
        (25, 0.01, (300,), 1),
        (25, 0.01, (300, 150), 1),
        (100, 0.01, (150, 64), 10),
        (100, 0.01, (300, 150), 10),
    ),
)
_CNN = (
    ("batch_size", "lr", "channels", "conv_dropout", "dense", "max_epochs"),
    (
        (25, 0.01, (64, 64, 64), (0.0, 0.0, 0.35), (150,), 1),
        (25, 0.01, (64, 64, 128), (0.0, 0.0, 0.5), (150, 64), 1),
        (100, 0.01, (64, 128, 128), (0.0, 0.0, 0.5), (150, 64), 10),
        (200, 0.01, (64, 128, 128), (0.0, 0.0, 0.5), (150, 64), 100),
    ),
)
_RNN = (
    (
        "batch_size",
        "lr",
        "channels",
        "conv_dropout",
        "hidden_size",
        "recurrent_dropout",
        "max_epochs",
    ),
    (
        (25, 0.01, (), 0.0, (64, 10), 0.35, 1),
        (25, 0.01, (), 0.0, (64, 10), 0.5, 1),
        (100, 0.01, (), 0.0, (64, 16), 0.5, 10),
        (100, 0.01, (256,), 0.2, (96, 32), 0.5, 100),
        (128, 0.01, (256,), 0.2, (128, 32), 0.5, 100),
    ),
)
_GRIDS = {
    "003-fc": (_SEGMENT, *_FC),
    "003-cnn": (_SEGMENT, *_CNN),
    "003-rnn": ("crnnclassifier__", *_RNN),
}


@public
def parameter_grid(id: str) -> list[dict[str, list[Any]]]:  # noqa: A002
    """Return the hyper-parameters that a document tried, for a grid search of its system.

    Parameters
    ----------
    id : {"003-fc", "003-cnn", "003-rnn"}
        The system, with ``honest=True``.

    Returns
    -------
    list of dict
        One grid for each row of the document's table, with one value per parameter, so a search
        tries the table's rows and nothing else. The parameters are named as in the pipeline of
        :func:`make_system`.

    Raises
    ------
    ValueError
        If the system has no table.

    Notes
    -----
    003's table of its recurrent network has two columns of dropout. The first is taken as the rate
    after the dense layer, the second as the rate inside the cells.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skgenre.systems import make_system, parameter_grid
    >>> grid = parameter_grid("003-fc")
    >>> len(grid), grid[-1]["segmentvotingclassifier__estimator__dense"]
    (6, [(300, 150)])
    >>> search = GridSearchCV(make_system("003-fc"), grid, cv=3)
    """
    find_card(id)
    if id not in _GRIDS:
        raise ValueError(
            f"The document of the system {id!r} has no table of hyper-parameters. There is one "
            f"for {', '.join(_GRIDS)}."
        )
    prefix, names, rows = _GRIDS[id]
    return [
        {f"{prefix}{name}": [value] for name, value in zip(names, row, strict=True)} for row in rows
    ]
