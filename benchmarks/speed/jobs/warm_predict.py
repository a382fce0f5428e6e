"""A 30-s WAV file to probabilities, with a model in memory."""

import tempfile
from pathlib import Path

import torch

from skgenre.persistence import load_model

from .._row import Row
from ..features import compare
from ..serving import BY_HAND, N_RUNS, warm_ways, write_model_and_song

FLOOR, AIM = 3.0, 4.0

# Measured before files were decoded, downmixed and resampled block by block.
BEFORE = {"predict_proba": 2.23, "predict_song": 1.86}


def measure(is_quick: bool) -> list[Row]:
    """Compare `predict_proba` and `predict_song` with librosa and torch by hand, one thread."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        model, song = Path(folder) / "model.skops", Path(folder) / "song.wav"
        write_model_and_song(model, song)
        ways = warm_ways(load_model(model, device="cpu"), song)
        # Differences are from this one's result.
        ways["librosa"] = ways.pop(BY_HAND)
        timed = {name: lambda _, way=way: way() for name, way in ways.items()}
        measured = {
            row["implementation"]: row
            for row in compare("warm", timed, None, 3 if is_quick else N_RUNS)
        }
    by_hand = measured["librosa"]["cpu_ms"]
    return [
        Row(
            job=f"warm {name}, 30-s WAV, one thread",
            measure="librosa + torch by hand / ours",
            ratio=by_hand / measured[name]["cpu_ms"],
            floor=FLOOR,
            aim=AIM,
            ours=measured[name]["cpu_ms"],
            peer=by_hand,
            unit="CPU ms",
            before=BEFORE[name],
            difference=measured[name]["largest_difference"],
        )
        for name in BEFORE
    ]
