"""Run the command ``skgenre`` as ``python -m skgenre``."""

import sys

if __name__ == "__main__":
    from pathlib import Path

    # Python looks in the working directory first, and a folder may hold a random.py of its own.
    # Where the package itself is in it, as in a clone, it has to stay.
    if sys.path[0] == str(Path.cwd()) != str(Path(__file__).parent.parent):
        del sys.path[0]

    from skgenre.cli import main

    main()
