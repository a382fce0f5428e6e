"""Axes that displays draw on."""

from typing import Any

from .._shown_text import show


def check_plot_support(display: Any) -> None:
    """Raise ImportError if matplotlib is missing, before anything is computed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        name = display.__name__ if isinstance(display, type) else type(display).__name__
        raise ImportError(
            f"{name} draws with matplotlib, which is not installed: pip install 'skgenre[plot]'."
        ) from error


def label_of(genre: Any) -> str:
    """Return a genre as a matplotlib label: in one line, with dollar signs escaped."""
    return show(genre).replace("$", r"\$")


def make_axes(display: Any, ax: Any, figsize: tuple[float, float]) -> Any:
    """Return the given axes, else those of a new figure.

    Parameters
    ----------
    display : object
        The caller, for error messages.
    ax : matplotlib Axes or None
        The user's axes.
    figsize : tuple of float
        Width and height of a new figure, in inches.
    """
    check_plot_support(display)
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=figsize, layout="constrained")[1]
