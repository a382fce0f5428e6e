"""Names as columns and indexes of DataFrames, including those that are not UTF-8."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def name_index(values: "Sequence[Any] | np.ndarray", name: str | None = None) -> "pd.Index":
    """Return an index of names.

    If pyarrow is installed, pandas' string type is UTF-8 and refuses a name with invalid bytes.
    With such a name, the index has the dtype object.
    """
    import pandas as pd

    try:
        return pd.Index(values, name=name)
    except UnicodeEncodeError:
        return pd.Index(values, name=name, dtype=object)


def name_column(values: "Sequence[Any] | np.ndarray") -> "pd.Series":
    """Return a column of names, see :func:`name_index`."""
    import pandas as pd

    try:
        return pd.Series(values)
    except UnicodeEncodeError:
        return pd.Series(values, dtype=object)
