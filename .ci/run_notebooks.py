"""Run the gallery's notebooks as a reader gets them: ``run_notebooks.py [FOLDER] [--count N]``.

Each notebook that ``make docs`` wrote runs in a kernel of its own, in an empty folder, without
anything else of this repository. With ``--count`` a few are run, taken in turn from the groups of
the gallery. The command fails if a cell of any of them does.
"""

import argparse
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

GALLERY = Path(__file__).resolve().parents[1] / "docs" / "gallery"
LIMIT_S = 600


def choose_notebooks(folder: Path, count: int | None = None) -> list[Path]:
    """Return the notebooks of the gallery, the first of each group first.

    Parameters
    ----------
    folder : Path
        The gallery, with a folder for each group.
    count : int, default=None
        Number of notebooks to return; None returns all.

    Raises
    ------
    FileNotFoundError
        When there are none.
    """
    groups: dict[Path, list[Path]] = {}
    for path in sorted(folder.glob("*/plot_*.ipynb")):
        groups.setdefault(path.parent, []).append(path)
    if not groups:
        raise FileNotFoundError(f"No notebooks in {folder}: run 'make docs' first.")
    rounds = itertools.zip_longest(*groups.values())
    notebooks = [path for paths in rounds for path in paths if path is not None]
    return notebooks[:count]


def run_notebook(path: Path) -> str | None:
    """Run a notebook in an empty folder and return what went wrong, or None.

    Parameters
    ----------
    path : Path
        The notebook. The file is not changed.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=LIMIT_S,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute()
        except (CellExecutionError, DeadKernelError, TimeoutError) as error:
            return str(error)
    return None


def main() -> None:
    """Run notebooks one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=GALLERY)
    parser.add_argument("--count", type=int, default=None, help="run so many (default: all)")
    options = parser.parse_args()
    # The notebooks choose their own backend, as in Jupyter.
    os.environ.pop("MPLBACKEND", None)
    failed = []
    for path in choose_notebooks(options.folder, options.count):
        start = time.perf_counter()
        problem = run_notebook(path)
        name = path.relative_to(options.folder)
        print(
            f"{name}: {'failed' if problem else 'ran'}, {time.perf_counter() - start:.0f} s",
            flush=True,
        )
        if problem:
            failed.append(name)
            print(problem, file=sys.stderr)
    if failed:
        sys.exit(f"{len(failed)} notebooks failed: {', '.join(map(str, failed))}")


if __name__ == "__main__":
    main()
