"""A Dask cluster: its connection, and what its workers see; needs the extra "cluster"."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._shown_text import show
from ._urls import is_url

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


@contextmanager
def joblib_on(scheduler: str | None) -> Iterator[None]:
    """Let joblib run on a Dask cluster within this block; None changes nothing."""
    if scheduler is None:
        yield
        return
    import joblib

    with connect(scheduler) as client, joblib.parallel_config(backend="dask", client=client):
        yield


def client_of_joblib() -> "Client | None":
    """Return the Dask client on which joblib runs now; None if it runs on this machine."""
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend()
    return backend.client if type(backend).__module__ == "joblib._dask" else None


def check_shared_folder(client: "Client", folder: str | os.PathLike, name: str) -> None:
    """Refuse a folder that a worker of the cluster doesn't see.

    Parameters
    ----------
    client : Client
        Client of the cluster.
    folder : str or PathLike
        A folder of this machine.
    name : str
        The function and parameter of the folder, for the message.

    Raises
    ------
    ValueError
        If a worker doesn't see it.
    """
    wait_for_worker(client)
    home = Path(folder).absolute()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=home, prefix=".seen-") as file:
        seen = client.run(os.path.exists, file.name)
    blind = [address for address, is_seen in seen.items() if not is_seen]
    if blind:
        raise ValueError(
            f"{name} must be a folder that all machines of the Dask cluster share: "
            f"{show(str(folder))} is not seen by {len(blind)} of {len(seen)} workers, such as "
            f"{blind[0]}."
        )


def name_absolutely(paths: Any) -> Any:
    """Return paths as workers in other folders find them; anything else as it is."""
    kinds = str | os.PathLike
    if not isinstance(paths, list | tuple | np.ndarray) or not all(
        isinstance(path, kinds) for path in paths
    ):
        return paths
    named = [path if is_url(path) else str(Path(path).absolute()) for path in paths]
    return np.array(named, dtype=object) if isinstance(paths, np.ndarray) else named


def wait_for_worker(client: "Client") -> None:
    """Wait for the first worker; a task lets a cluster that adapts start one."""
    if not client.nthreads():
        client.submit(int, pure=False).result()
