"""Run the command ``skgenre`` as ``python -m skgenre``."""

from .cli import main

if __name__ == "__main__":
    main()
