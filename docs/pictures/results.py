"""Accuracy of systems that were trained to the end, naive beside honest, with intervals."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[1]))

from _results import DATA, System, read_systems

SHOWN = ("gtzan_logmel_dev", "gtzan_features_30_sec_dev")


def choose() -> list[System]:
    """Return the systems of GTZAN's maps and table that ran to the end, best last."""
    every = [system for system in read_systems() if system.data in SHOWN]
    done = [system for system in every if not system.honest.is_cut]
    return sorted(done, key=lambda system: system.honest.accuracy)


def draw() -> Figure:
    """Return the figure."""
    systems = choose()
    figure, ax = plt.subplots(figsize=(9, 0.27 * len(systems) + 1.3), layout="constrained")
    colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    for place, system in enumerate(systems):
        scores = [(system.honest, "o", colors[0])]
        if system.naive is not None and not system.naive.is_cut:
            scores.append((system.naive, "D", colors[1]))
            ends = [system.honest.accuracy, system.naive.accuracy]
            ax.plot(ends, [place, place], color="0.5", linewidth=0.8, linestyle=":", zorder=1)
        for score, marker, color in scores:
            ax.errorbar(
                score.accuracy, place, xerr=score.margin, fmt=marker, color=color, markersize=5,
                elinewidth=1.4, capsize=2,
            )  # fmt: skip
    ax.set_yticks(range(len(systems)), [system.label for system in systems])
    ax.set(
        xlabel="accuracy, with its 95 % interval", xlim=(0.2, 0.9), ylim=(-0.6, len(systems) - 0.4)
    )
    for label, marker, color in (
        ("honest: no artist in both train and test", "o", colors[0]),
        ("naive: the recipe as stated, clips split at random", "D", colors[1]),
    ):
        ax.plot([], [], marker, color=color, label=label, markersize=5)
    figure.legend(loc="outside upper left", ncols=2)
    ax.grid(True, axis="x", alpha=0.5)
    return figure


assert set(SHOWN) <= set(DATA)
