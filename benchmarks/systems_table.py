"""The tables of the systems, made of the records."""
from pathlib import Path


def write_tables(records, results: Path) -> None:
    pass
