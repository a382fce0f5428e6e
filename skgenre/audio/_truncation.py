"""Find sound files that were cut off, as far as their format can tell."""

from pathlib import Path

import soundfile


def check_complete(file: Path) -> None:
    """Refuse a file that has fewer bytes than its header says."""


def check_decoded(file: Path, sound: soundfile.SoundFile, n_decoded: int) -> None:
    """Refuse a file of which fewer samples could be decoded than its header says."""
