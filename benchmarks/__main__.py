"""Run benchmarks by their names."""

import argparse
import importlib
import os
from pathlib import Path
from typing import Any

import torch

# Modules by name, imported when they are run: each needs other packages.
BENCHMARKS = {
    "agreement": "speed.agreement",
    "choose": "study.choose",
    "cost": "speed.cost",
    "embeddings": "speed.embeddings",
    "features": "speed.features",
    "fft": "speed.fft",
    "gtzan": "speed.published",
    "jobs": "speed.jobs",
    "matrix-log": "speed.matrix_log",
    "memory": "speed.memory",
    "one-hot": "study.one_hot",
    "persistence": "speed.persistence",
    "precision": "speed.precision",
    "scale": "speed.scale",
    "serving": "speed.serving",
    "significance": "study.significance",
    "study": "study.systems",
    "training": "speed.training",
    "web": "speed.web",
}
JAMENDO = "mtg-jamendo"
NEEDS_DATA = {"agreement", "gtzan"}
ON_DEVICES = {"embeddings", "features", "matrix-log"}


class _OneData(argparse.Action):
    """Take one path, or the name of a data set with its folder, as (name, path)."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        """Set the option."""
        del option
        if len(values) == 1:
            namespace.data = Path(values[0])
        elif len(values) == 2 and values[0] == JAMENDO:
            namespace.data = (JAMENDO, Path(values[1]))
        else:
            parser.error(f"--data takes one path, or {JAMENDO} and its folder")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="+",
        choices=BENCHMARKS,
        metavar="name",
        help=f"what to measure: {', '.join(BENCHMARKS)}",
    )
    parser.add_argument("--device", default=None, help="where networks train (default: cpu)")
    parser.add_argument(
        "--data",
        nargs="+",
        action=_OneData,
        metavar="PATH",
        default=os.environ.get("SKGENRE_DATA"),
        help="folder of sound files, searched with its subfolders (default: $SKGENRE_DATA); for "
        "choose and one-hot a log-mel file (.npz); for study one, or a table of features (.csv), a "
        "folder with a subfolder for each genre, the word embedded, or the word mtg-jamendo and "
        "its folder",
    )
    parser.add_argument(
        "--jobs", metavar="NAMES", help="jobs to measure, with commas (default: all)"
    )
    _add_study_options(parser)
    _add_choice_options(parser)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="run small cases of significance, jobs and scale, unsaved",
    )
    arguments = parser.parse_args()
    _check_device(parser, arguments)
    for name in arguments.names:
        module = _import(name)
        if isinstance(arguments.data, tuple):
            if name != "study":
                parser.error(f"--data {JAMENDO} is for study alone")
            _run_tags(parser, arguments)
        elif name == "one-hot":
            _run_one_hot(module, parser, arguments)
        elif name == "study":
            _run_study(module, parser, arguments)
        elif name == "choose":
            _run_choices(module, parser, arguments)
        elif name == "significance":
            module.run(quick=arguments.quick)
        elif name in ("jobs", "scale"):
            module.run(arguments.quick, _chosen_jobs(parser, arguments.jobs, module.JOBS))
        elif name in ON_DEVICES:
            module.run(device=arguments.device or "cpu")
        elif name not in NEEDS_DATA:
            module.run()
        elif arguments.data is None:
            parser.error("name a folder of music with --data, or set SKGENRE_DATA")
        else:
            module.run(Path(arguments.data))


def _import(name: str) -> Any:
    return importlib.import_module(f".{BENCHMARKS[name]}", __package__)


def _chosen_jobs(
    parser: argparse.ArgumentParser, names: str | None, jobs: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the jobs that are named, with commas; all if none are."""
    if names is None:
        return jobs
    chosen = tuple(names.split(","))
    if unknown := [name for name in chosen if name not in jobs]:
        parser.error(f"--jobs: no job {', '.join(map(repr, unknown))}; there are {', '.join(jobs)}")
    return chosen


def _check_device(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    device = arguments.device
    if device is None:
        return
    if device != "cpu" and not torch.cuda.is_available():
        parser.error(f"--device {device}: PyTorch finds no GPU here")
    if "training" in arguments.names and device != (found := _import("training").DEVICE):
        parser.error(
            f"--device {device}: training measures {found} here, as PyTorch finds a GPU; hide it "
            f"with CUDA_VISIBLE_DEVICES="
        )
    others = sorted(set(arguments.names) - {"study", "choose", "one-hot", "training", *ON_DEVICES})
    if device != "cpu" and others:
        parser.error(f"--device {device}: {', '.join(others)} run on the CPU alone")


def _add_study_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("study", "options of the study of the reference systems")
    group.add_argument(
        "--epochs", type=int, metavar="N", help="the most to run (default: as many as stated)"
    )
    group.add_argument("--seeds", type=int, metavar="N", help="how many (default: 1, of one-hot 3)")
    group.add_argument(
        "--budget",
        type=float,
        metavar="MINUTES",
        help="CPU time of all fits together: in study each gets the same share, in choose none is "
        "begun after it",
    )
    group.add_argument("--systems", metavar="IDS", help="names, with commas (default: all)")
    group.add_argument("--clips", type=int, metavar="N", help="about how many (default: all)")
    group.add_argument(
        "--protocols",
        default="naive,honest",
        metavar="NAMES",
        help="of naive, recipe, honest and choice, with commas (default: naive,honest)",
    )


def _add_choice_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("choose", "options of the choice of defaults")
    group.add_argument(
        "--questions", metavar="NAMES", help="with commas (default: those of cheap models)"
    )
    group.add_argument("--models", metavar="NAMES", help="configurations, with semicolons")
    group.add_argument(
        "--frame-rate",
        type=float,
        metavar="HZ",
        help="frames of a map per second, if the file does not say it",
    )
    group.add_argument(
        "--repeats", type=int, default=3, metavar="N", help="of five folds each (default: 3)"
    )


def _run_choices(
    choices: Any, parser: argparse.ArgumentParser, arguments: argparse.Namespace
) -> None:
    if arguments.data is None:
        parser.error("name a log-mel file with --data, or set SKGENRE_DATA")
    try:
        choices.run(
            arguments.data,
            questions=arguments.questions.split(",") if arguments.questions else None,
            models=arguments.models.split(";") if arguments.models else None,
            n_repeats=arguments.repeats,
            budget=arguments.budget,
            device=arguments.device or "cpu",
            frame_rate=arguments.frame_rate,
        )
    except ValueError as error:
        parser.error(str(error))


def _run_tags(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    from .study import tags

    try:
        tags.run(
            arguments.data[1],
            device=arguments.device or "cpu",
            epochs=arguments.epochs,
            n_seeds=arguments.seeds or 1,
            systems=arguments.systems.split(",") if arguments.systems else None,
            n_clips=arguments.clips,
        )
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))


def _run_one_hot(
    module: Any, parser: argparse.ArgumentParser, arguments: argparse.Namespace
) -> None:
    if arguments.data is None:
        parser.error("name a log-mel file with --data, or set SKGENRE_DATA")
    try:
        module.run(
            arguments.data,
            device=arguments.device or "cpu",
            epochs=arguments.epochs,
            n_seeds=arguments.seeds or 3,
            n_clips=arguments.clips,
        )
    except ValueError as error:
        parser.error(str(error))


def _run_study(study: Any, parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.data is None:
        parser.error("name a file or folder with --data, or set SKGENRE_DATA")
    try:
        study.run(
            arguments.data,
            device=arguments.device or "cpu",
            epochs=arguments.epochs,
            n_seeds=arguments.seeds or 1,
            budget=arguments.budget,
            systems=arguments.systems.split(",") if arguments.systems else None,
            n_clips=arguments.clips,
            protocols=arguments.protocols.split(","),
        )
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
