"""One colour per genre, the same in every display."""

from collections.abc import Iterable
from typing import Any

from .._plot_style import THEMES, genre_styles
from .._public import public


@public
def genre_colors(genres: Iterable[Any], *, theme: str = "light") -> dict[Any, str]:
    """Return the colour of each genre in the displays.

    The genres of GTZAN and FMA have fixed colours, so a genre looks the same in every plot,
    whatever the other genres. Other genres get the remaining colours, in alphabetical order. There
    are ten colours; after that they repeat, and the displays distinguish genres by markers and
    lines. The colours differ for people with colour-vision deficiencies too.

    Parameters
    ----------
    genres : iterable of str
        Names of genres. Case, spaces and punctuation are ignored: "Hip-Hop" is "hiphop".
    theme : {"light", "dark"}, default="light"
        Background of the plot. Displays find it out themselves: on a dark background they use the
        colours of "dark", which are of the same hues.

    Returns
    -------
    dict of str
        A hexadecimal colour for each genre.

    Raises
    ------
    ValueError
        If `theme` is not an allowed value.

    References
    ----------
    .. [1] M. A. Petroff, "Accessible Color Sequences for Data Visualization", arXiv:2107.02270,
       2021.

    Examples
    --------
    >>> from skgenre.inspection import genre_colors
    >>> genre_colors(["Rock", "polka"])
    {'Rock': '#92dadd', 'polka': '#3f90da'}
    >>> genre_colors(["Rock", "polka"], theme="dark")
    {'Rock': '#92dadd', 'polka': '#2c69dd'}
    """
    if not isinstance(theme, str) or theme not in THEMES:
        raise ValueError(
            f"The 'theme' parameter of genre_colors must be 'light' or 'dark'. Got {theme!r} "
            f"instead."
        )
    return {genre: style.color for genre, style in genre_styles(genres, THEMES[theme]).items()}
