"""Connection to a Dask cluster; needs the extra "cluster"."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ._shown_text import show

if TYPE_CHECKING:
    from distributed import Client

_WAIT = 30  # seconds until a scheduler must have answered


@contextmanager
def connect(scheduler: str) -> Iterator["Client"]:
    """Connect to the scheduler of a Dask cluster.

    Parameters
    ----------
    scheduler : str
        Its address, as in "tcp://10.0.0.5:8786".

    Raises
    ------
    ImportError
        If Dask is not installed.
    ConnectionError
        If there is no scheduler at the address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError("A Dask cluster needs Dask: pip install 'skgenre[cluster]'.") from error
    try:
        client = Client(scheduler, timeout=_WAIT)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"No Dask scheduler answers at {show(scheduler)}. Start one with "
            f"'dask scheduler', or check the address."
        ) from error
    with client:
        yield client
