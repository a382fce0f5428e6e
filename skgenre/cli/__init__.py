"""The command ``skgenre``."""

from ._app import main

__all__ = ["main"]
