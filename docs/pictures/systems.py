"""Accuracy of published systems by their size, under one leak-free split."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from skgenre._plot_style import MARKERS, style_axes
from skgenre.systems import list_systems

AUTHORS = {
    "yaacob2020": "Yaacob and Goldrich (2020)",
    "genrewiz": "Li, Ng and Ng",
    "bhandari": "Bhandari et al.",
    "kumar2021": "Kumar (2021)",
    "bahuleyan2018": "Bahuleyan (2018)",
}
NAMED = {
    "yaacob2020-cnn2d-deep": (7, 3, "left"),
    "yaacob2020-cnn1d-shallow": (-7, 3, "right"),
    "yaacob2020-cnn2d-shallow": (7, -8, "left"),
    "genrewiz-pcrnn": (-7, 3, "right"),
    "kumar2021-cnn": (-7, 6, "right"),
    "bahuleyan2018-vgg16": (-7, 6, "right"),
    "bhandari-crnn": (7, 6, "left"),
}


def draw() -> Figure:
    """Return the figure."""
    systems = list_systems().dropna(subset=["accuracy", "parameters"])
    figure, ax = plt.subplots(figsize=(9, 3.9), layout="constrained")
    theme = style_axes(ax, grid="y")
    for number, (start, author) in enumerate(AUTHORS.items()):
        rows = systems[systems["name"].str.startswith(start)]
        ax.errorbar(
            rows["parameters"].astype(float),
            rows["accuracy"].astype(float),
            rows["margin"].astype(float),
            fmt=MARKERS[number],
            color=theme.palette[number],
            elinewidth=1,
            label=author,
        )
    for row in systems.itertuples():
        if row.name in NAMED:
            x, y, align = NAMED[row.name]
            place = (float(row.parameters), float(row.accuracy))
            short = row.name.partition("-")[2]
            ax.annotate(short, place, (x, y), textcoords="offset points", ha=align, fontsize=9)
    ax.axhline(0.1, color=theme.muted, linestyle=":")
    ax.annotate("chance", (4e3, 0.11), color=theme.text, fontsize=9)
    ax.set_xscale("log")
    ax.set(
        xlabel="parameters",
        ylabel="accuracy",
        title="GTZAN, artists kept apart, about two minutes of CPU time per fit",
        xlim=(3e3, 3e7),
        ylim=(0, 0.65),
    )
    figure.legend(loc="outside right center")
    return figure
