"""Run the command ``skgenre`` as ``python -m skgenre``."""

import sys

if __name__ == "__main__":
    from pathlib import Path

    # Python searches the working directory first, and a folder may contain its own random.py. If
    # the package itself is in it, as in a clone, it must stay on the path.
    if sys.path[0] == str(Path.cwd()) != str(Path(__file__).parent.parent):
        del sys.path[0]

    from skgenre.cli import main

    main()
