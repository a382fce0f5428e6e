"""Download published archives."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from .._files import replacing
from .._public import public

_FMA_URL = "https://os.unil.cloud.switch.ch/fma/fma_metadata.zip"
# As published by its authors, for the release of 2017.
_FMA_HASH = "sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733"
_FMA_FOLDER = "fma_metadata"
_FMA_TABLES = ("tracks.csv", "genres.csv")


def find_data_home(data_home: str | os.PathLike | None) -> Path:
    """Return the folder of downloads: the argument, SKGENRE_DATA_HOME, or ~/skgenre_data."""
    if data_home is None:
        data_home = os.environ.get("SKGENRE_DATA_HOME") or Path("~", "skgenre_data")
    return Path(data_home).expanduser()


@public
def fetch_fma_metadata(
    *,
    data_home: str | os.PathLike | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    url: str = _FMA_URL,
    known_hash: str = _FMA_HASH,
) -> Path:
    """Download the tables of the Free Music Archive data set, unless they exist already.

    The archive of 342 MiB is verified against the checksum published by its authors; its tables of
    tracks and genres, 260 MB, are kept, and the rest is removed. The sound files, from 7 GiB up,
    must be downloaded manually.

    Parameters
    ----------
    data_home : str or PathLike, default=None
        Folder for downloads. None means the environment variable SKGENRE_DATA_HOME, or else
        ``~/skgenre_data``.
    download_if_missing : bool, default=True
        Whether to download missing tables. If False, they are an error.
    n_retries : int, default=3
        Number of retries after a failure, some seconds apart.
    url : str, default="https://os.unil.cloud.switch.ch/fma/fma_metadata.zip"
        URL of the archive.
    known_hash : str, default="sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733"
        Checksum of the archive, in pooch's format.

    Returns
    -------
    Path
        The folder with ``tracks.csv`` and ``genres.csv``: the `metadata` of :func:`load_fma`.

    Raises
    ------
    OSError
        When the tables are missing and must not be downloaded, or can't be: the network or the host
        is unavailable, the archive is not the published one, or the folder is not writable.
    ValueError
        When `n_retries` is negative.

    See Also
    --------
    load_fma : Reads the tables and the sound files.

    References
    ----------
    .. [1] M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson, "FMA: A Dataset for Music
       Analysis", ISMIR 2017. The tables are under the licence CC BY 4.0.

    Examples
    --------
    >>> from skgenre.datasets import fetch_fma_metadata, load_fma
    >>> metadata = fetch_fma_metadata()  # doctest: +SKIP
    >>> fma = load_fma("fma_small/", metadata=metadata)  # doctest: +SKIP
    """
    if n_retries < 0:
        raise ValueError(f"fetch_fma_metadata needs n_retries to be 0 or more, got {n_retries}.")
    home = find_data_home(data_home)
    folder = home / _FMA_FOLDER
    if all((folder / name).is_file() for name in _FMA_TABLES):
        return folder
    if not download_if_missing:
        raise FileNotFoundError(
            f"{folder}: {' and '.join(_FMA_TABLES)} are not there, and download_if_missing=False. "
            f"Call fetch_fma_metadata with download_if_missing=True, or name another data_home."
        )
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=home) as scratch:
        archive = _download(url, known_hash, n_retries, Path(scratch), folder)
        _extract(archive, folder)
    return folder


def _download(url: str, known_hash: str, n_retries: int, scratch: Path, folder: Path) -> Path:
    import pooch
    import requests

    name = "archive.zip"
    downloads = pooch.create(
        path=scratch,
        base_url="",
        registry={name: known_hash},
        urls={name: url},
        retry_if_failed=n_retries,
    )
    by_hand = (
        f"If its host is gone, get fma_metadata.zip elsewhere and put its {_FMA_TABLES[0]} and "
        f"{_FMA_TABLES[1]} into {folder}."
    )
    try:
        return Path(downloads.fetch(name))
    except requests.exceptions.HTTPError as error:
        raise OSError(f"{url}: the host answers with an error ({error}). {by_hand}") from error
    except requests.exceptions.RequestException as error:
        raise OSError(
            f"{url}: the host can't be reached, in {n_retries + 1} attempts "
            f"({type(error).__name__}). Is there a network? {by_hand}"
        ) from error
    except ValueError as error:
        raise OSError(
            f"{url}: what was downloaded has another checksum than {known_hash}: it is damaged or "
            f"another release. Try again. {by_hand}"
        ) from error


def _extract(archive: Path, folder: Path) -> None:
    """Extract the tables into their folder atomically, one by one."""
    folder.mkdir(exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as files:
            for name in _FMA_TABLES:
                with (
                    files.open(f"{_FMA_FOLDER}/{name}") as source,
                    replacing(folder / name) as target,
                ):
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, KeyError) as error:
        raise OSError(
            f"The archive of FMA's tables can't be read ({error}): it is not as its authors "
            f"published it."
        ) from error
