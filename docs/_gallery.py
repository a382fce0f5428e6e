"""The order of the gallery's examples, and the look of their pictures."""

from pathlib import Path
from typing import Any

# From what a reader needs first to what few need.
ORDER = {
    "first_steps": ["getting_started", "manifest", "check_files", "genre_music"],
    "features": [
        "features",
        "feature_table",
        "own_feature",
        "augmentation",
        "band_covariance",
        "musicnn_tags",
    ],
    "models": [
        "own_network",
        "nested_search",
        "class_imbalance",
        "reproducibility",
        "block_kernels",
        "paper_grid",
    ],
    "evaluation": [
        "compare_classifiers",
        "comparison_results",
        "leakage",
        "confounds",
        "learning_curve",
        "resume",
        "inspection",
        "several_genres",
        "band_importance",
    ],
    "applications": ["whole_song", "segment_votes", "model_file", "onnx"],
}


class Order:
    """Sort the examples of a group by ``ORDER``.

    Parameters
    ----------
    src_dir : str
        The group's folder.
    """

    def __init__(self, src_dir: str) -> None:
        self.names = ORDER.get(Path(src_dir).name, [])  # "" when it is only looked at

    def __call__(self, filename: str) -> int:
        """Return the place of an example."""
        return self.names.index(Path(filename).stem.removeprefix("plot_"))


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
