"""Run the README's example in the working directory, with the skgenre that is installed.

``try_readme.py README.md SOURCE``: SOURCE is the package in the checkout. Each of its files must
be in the installed one, which must not be the checkout itself.
"""

import ast
import re
import sys
from pathlib import Path

import pandas as pd

import skgenre
from skgenre.datasets import make_genre_music

readme, source = map(Path, sys.argv[1:])


def files_of(package: Path) -> set[str]:
    """List a package's files, without what Python and numba compiled."""
    return {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


if __name__ == "__main__":
    installed = Path(skgenre.__file__).parent
    if not installed.is_relative_to(sys.prefix):
        sys.exit(f"skgenre was imported from {installed}, not from this environment.")
    missing = files_of(source) - files_of(installed)
    if missing:
        sys.exit(f"The wheel lacks {sorted(missing)}.")
    genres = ["classical", "metal"]
    music = make_genre_music(20, genres=genres, duration=3.0, random_state=0, to="genres")
    tracks = {"file": music.paths, "genre": music.target, "artist": music.groups}
    pd.DataFrame(tracks).to_csv("tracks.csv", index=False)
    snippet = re.search(
        r"^```python\n(.*?)^```", readme.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    print(f"{len(files_of(installed))} files, version {skgenre.__version__}. The README's example:")
    # "single" prints the value of each expression, as an interpreter does.
    for statement in ast.parse(snippet[1]).body:
        exec(compile(ast.Interactive([statement]), "README.md", "single"))
