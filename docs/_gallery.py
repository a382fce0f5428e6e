"""The look of the gallery's pictures, in every process that runs examples."""

from pathlib import Path
from typing import Any


def reset_style(gallery_conf: dict[str, Any], example: str | Path) -> None:
    """Set matplotlib to the colours and frames of the package's displays, on a white page.

    sphinx-gallery calls it before each example, after its own reset of matplotlib.
    """
    import matplotlib as mpl
    from cycler import cycler

    from skgenre._plot_style import LIGHT

    mpl.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=LIGHT.palette),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "figure.dpi": 110,
        }
    )
