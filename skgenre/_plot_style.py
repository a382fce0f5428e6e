"""The look of all plots and pages: one colour per genre, one colour map per quantity.

Displays set colours, lines and legends by argument and leave matplotlib's rcParams alone. They take
the light or the dark theme by the background that they draw on.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

# M. A. Petroff's ten colours, distinguishable with colour-vision deficiencies too.
PALETTE = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
# The same hues on a dark page: all have a contrast of 3 or more, and no pair is closer than above.
DARK_PALETTE = (
    "#2c69dd",
    "#ffa90e",
    "#b74116",
    "#94a4a2",
    "#bd75c6",
    "#8d593b",
    "#e98237",
    "#b9ac70",
    "#726862",
    "#92dadd",
)
MARKERS = ("o", "^", "s", "D", "v")
_MAX_LISTED = 20  # entries of a legend
LINESTYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))

# Colour maps of levels and energies, of shares and probabilities, and of signed values.
LEVELS, SHARES, SIGNED = "magma", "Blues", "RdBu_r"

# The genres of GTZAN, then those that FMA adds. Places ten apart have the same colour, so genres of
# one set differ in colour as far as ten colours go.
_PLACES = {
    "blues": 0,
    "classical": 1,
    "country": 2,
    "disco": 3,
    "hiphop": 4,
    "jazz": 5,
    "metal": 6,
    "pop": 7,
    "reggae": 8,
    "rock": 9,
    "electronic": 10,
    "experimental": 11,
    "folk": 12,
    "instrumental": 13,
    "soulrnb": 14,
    "international": 15,
    "easylistening": 16,
    "spoken": 17,
    "oldtimehistoric": 18,
}


class Theme(NamedTuple):
    """Colours of a light or a dark page.

    Attributes
    ----------
    name : str
        ``"light"`` or ``"dark"``.
    palette : tuple of str
        Ten colours, of genres and of anything else that is told apart.
    page : str
        Background, and edges between bars.
    text : str
        Text and lines that stand out.
    muted : str
        What stands behind: folds, chance, the diagonal.
    line : str
        Grid.
    """

    name: str
    palette: tuple[str, ...]
    page: str
    text: str
    muted: str
    line: str

    @property
    def mark(self) -> str:
        """Colour of a single series."""
        return self.palette[0]


LIGHT = Theme("light", PALETTE, "#ffffff", "#1b1f24", "#6e7781", "#d8dee4")
DARK = Theme("dark", DARK_PALETTE, "#14171b", "#e4e8ec", "#9aa5b1", "#343b43")
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


class GenreStyle(NamedTuple):
    """Drawing style of a genre.

    Attributes
    ----------
    color : str
        Colour in a theme.
    marker : str
        Marker of points.
    linestyle : str or tuple
        Style of lines.
    place : int
        Place of the colour in the palettes, from 0 to 9: ``--genre-0`` to ``--genre-9`` of the
        style sheet.
    """

    color: str
    marker: str
    linestyle: Any
    place: int


def genre_styles(genres: Iterable[Any], theme: Theme = LIGHT) -> dict[Any, GenreStyle]:
    """Return the style of each genre; after ten, colours repeat with other lines and markers."""
    genres = list(dict.fromkeys(genres))
    known = {genre: _PLACES.get(_plain(genre)) for genre in genres}
    taken = {place for place in known.values() if place is not None}
    free = (place for place in range(len(taken) + len(genres)) if place not in taken)
    styles = {}
    for genre in sorted(genres, key=str):
        place = known[genre]
        if place is None:
            place = next(free)
        again, color = divmod(place, len(PALETTE))
        styles[genre] = GenreStyle(
            theme.palette[color],
            # Neighbours, and genres of one colour, have different markers too.
            MARKERS[(place + again) % len(MARKERS)],
            LINESTYLES[again % len(LINESTYLES)],
            color,
        )
    return {genre: styles[genre] for genre in genres}


def theme_of(ax: Any) -> Theme:
    """Return the theme that suits the background of axes.

    Without a background, as in a figure for a web page, the colour of the ticks' labels decides.

    Parameters
    ----------
    ax : matplotlib Axes
        The axes, of any style.
    """
    from matplotlib.colors import to_rgba

    for color in (ax.get_facecolor(), ax.figure.get_facecolor()):
        if to_rgba(color)[3] > 0.5:
            return DARK if _luminance(color) < 0.18 else LIGHT
    return DARK if _luminance(ax.xaxis.label.get_color()) > 0.18 else LIGHT


def style_axes(ax: Any, *, grid: str | None = None) -> Theme:
    """Take the frame of a plot away, at the top and at the right, and draw its grid.

    Parameters
    ----------
    ax : matplotlib Axes
        The axes. Their ticks, fonts and background stay.
    grid : {"x", "y", "both"}, default=None
        Direction of the grid. None draws none.

    Returns
    -------
    Theme
        The theme to draw in.
    """
    theme = theme_of(ax)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if grid is not None:
        ax.grid(axis=grid, color=theme.line, linewidth=0.8)
        ax.set_axisbelow(True)
    return theme


def outside_legend(
    ax: Any,
    handles: Sequence[Any] | None = None,
    labels: Sequence[str] | None = None,
    **kwargs: Any,
) -> Any:
    """Draw the legend to the right of the axes, where it covers no data.

    A legend higher than the figure would leave no room for the axes: of more than 20 entries, it
    lists the first 18 and the last, and counts the others.

    Parameters
    ----------
    ax : matplotlib Axes
        The axes.
    handles, labels : sequence, default=None
        What is drawn, and its names. None takes all that is labelled on the axes.
    **kwargs : object
        Passed to ``ax.legend``.

    Returns
    -------
    matplotlib Legend
        The legend.
    """
    from matplotlib.lines import Line2D

    if handles is None or labels is None:
        handles, labels = ax.get_legend_handles_labels()
    if len(labels) > _MAX_LISTED:
        n_first = _MAX_LISTED - 2
        nothing, text = Line2D([], [], linestyle="none"), f"… {len(labels) - n_first - 1} more"
        handles = [*handles[:n_first], nothing, handles[-1]]
        labels = [*labels[:n_first], text, labels[-1]]
    place = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "borderaxespad": 0.4}
    look = {"frameon": False, "fontsize": "small"}
    return ax.legend(handles, labels, **{**place, **look, **kwargs})


def _luminance(color: Any) -> float:
    """Return the relative luminance of a colour, from 0 to 1."""
    from matplotlib.colors import to_rgb

    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def _plain(genre: Any) -> str:
    return re.sub(r"[\W_]", "", str(genre)).casefold()
