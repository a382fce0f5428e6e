"""Run a benchmark by its name."""

import argparse
import os
from pathlib import Path

from . import (
    agreement,
    cost,
    features,
    fft,
    memory,
    persistence,
    published,
    serving,
    significance,
    training,
)

BENCHMARKS = {
    "agreement": agreement.run,
    "cost": cost.run,
    "features": features.run,
    "fft": fft.run,
    "gtzan": published.run,
    "memory": memory.run,
    "persistence": persistence.run,
    "serving": serving.run,
    "significance": significance.run,
    "training": training.run,
}
NEEDS_DATA = {"agreement", "gtzan"}


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=BENCHMARKS, help="what to measure")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("SKGENRE_DATA"),
        help="folder of sound files, searched with its subfolders (default: $SKGENRE_DATA)",
    )
    arguments = parser.parse_args()
    if arguments.name not in NEEDS_DATA:
        BENCHMARKS[arguments.name]()
        return
    if arguments.data is None:
        parser.error("name a folder of music with --data, or set SKGENRE_DATA")
    BENCHMARKS[arguments.name](Path(arguments.data))


if __name__ == "__main__":
    main()
