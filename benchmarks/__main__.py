"""Run a benchmark by its name."""

import argparse
import os
from pathlib import Path

from . import agreement, cost, features, memory, training

BENCHMARKS = {
    "agreement": agreement.run,
    "cost": cost.run,
    "features": features.run,
    "memory": memory.run,
    "training": training.run,
}
WITHOUT_DATA = {"cost", "features", "memory", "training"}


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
    parser.add_argument("--files", type=int, default=15, help="files of each format (15)")
    arguments = parser.parse_args()
    if arguments.name in WITHOUT_DATA:
        BENCHMARKS[arguments.name]()
        return
    if arguments.data is None:
        parser.error("name a folder of music with --data, or set SKGENRE_DATA")
    BENCHMARKS[arguments.name](Path(arguments.data), arguments.files)


if __name__ == "__main__":
    main()
