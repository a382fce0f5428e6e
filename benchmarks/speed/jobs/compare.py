"""First and second comparison of three models on MP3 files, beside a script by hand."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .._row import Row
from ._comparison import N_JOBS
from ._mp3_music import make_mp3s

_N_CLIPS = 1000
_MODELS = ("svm", "xgb")


def measure(is_quick: bool) -> list[Row]:
    """Return the rows of extraction, fits, the whole, and the second run.

    `_compare_by_hand` and `_compare_ours` run in new processes, with two processes of their own.
    The same comparison with all features cached tells the time of the fits; the rest of the first
    one is extraction.
    """
    return _measure(40 if is_quick else _N_CLIPS)


def _measure(n_clips: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder, "music.json")
        music.write_text(json.dumps(make_mp3s(n_clips).__dict__))
        hand = _run("_compare_by_hand", music, Path(folder, "by-hand"))
        first = _run("_compare_ours", music, Path(folder, "ours"))
        again = _run("_compare_ours", music, Path(folder, "ours"), "fit")
        second = _run("_compare_ours", music, Path(folder, "ours"))
    job = f"first comparison of {n_clips:,} MP3 files"
    difference = max(abs(hand["accuracies"][name] - first["accuracies"][name]) for name in _MODELS)
    extraction = first["comparison"] - again["comparison"]
    surplus = second["comparison"]
    return [
        _ratio(job + ": extraction", extraction, hand["extraction"], 2.5, 4.0, 1.8),
        _ratio(job + ": fits", again["comparison"], hand["fits"], 0.95, 1.0, 1.1),
        _ratio(job + ": all", first["all"], hand["all"], None, 2.0, 1.1, difference),
        Row(
            job=f"second comparison of {n_clips:,} MP3 files",
            measure="seconds without imports",
            ratio=surplus,
            floor=2.0,
            is_at_most=True,
            ours=surplus,
            peer=second["imports"],
            unit="CPU s",
        ),
    ]


def _run(module: str, music: Path, folder: Path, *arguments: str) -> dict[str, Any]:
    """Run a script in a new process, and return the CPU seconds of its parts."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", f"{__package__}.{module}", str(music), str(folder)]
    ended = subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    report = json.loads(ended.stdout.splitlines()[-1])
    print(f"{' '.join([module, *arguments])}: {report['parts']}, {report['accuracies']}")
    seconds = {name: part["cpu"] for name, part in report["parts"].items()}
    return {**seconds, "all": sum(seconds.values()), "accuracies": report["accuracies"]}


def _ratio(
    job: str,
    ours: float,
    by_hand: float,
    floor: float | None,
    aim: float,
    before: float,
    difference: float | None = None,
) -> Row:
    return Row(
        job=job,
        measure="by hand / ours",
        ratio=by_hand / ours,
        floor=floor,
        aim=aim,
        ours=ours,
        peer=by_hand,
        unit=f"CPU s, {N_JOBS} processes",
        before=before,
        difference=difference,
    )
