"""One colour per genre, the same in every display."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from .._public import public

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
MARKERS = ("o", "^", "s", "D", "v")
LINESTYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))

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


class GenreStyle(NamedTuple):
    """Drawing style of a genre."""

    color: str
    marker: str
    linestyle: Any


def genre_styles(genres: Iterable[Any]) -> dict[Any, GenreStyle]:
    """Return the style of each genre; after ten, colours repeat with other lines and markers."""
    genres = list(genres)
    known = {genre: _PLACES.get(_plain(genre)) for genre in genres}
    taken = {place for place in known.values() if place is not None}
    free = (place for place in range(len(taken) + len(genres)) if place not in taken)
    styles = {}
    for genre in sorted(genres, key=str):
        place = known[genre]
        if place is None:
            place = next(free)
        again = place // len(PALETTE)
        styles[genre] = GenreStyle(
            PALETTE[place % len(PALETTE)],
            # Neighbours, and genres of one colour, have different markers too.
            MARKERS[(place + again) % len(MARKERS)],
            LINESTYLES[again % len(LINESTYLES)],
        )
    return {genre: styles[genre] for genre in genres}


@public
def genre_colors(genres: Iterable[Any]) -> dict[Any, str]:
    """Return the colour of each genre in the displays.

    The genres of GTZAN and FMA have fixed colours, so a genre looks the same in every plot,
    whatever the other genres. Other genres get the remaining colours, in alphabetical order. There
    are ten colours; after that they repeat, and the displays distinguish genres by markers and
    lines.

    Parameters
    ----------
    genres : iterable of str
        Names of genres. Case, spaces and punctuation are ignored: "Hip-Hop" is "hiphop".

    Returns
    -------
    dict of str
        A hexadecimal colour for each genre.

    References
    ----------
    .. [1] M. A. Petroff, "Accessible Color Sequences for Data Visualization", arXiv:2107.02270,
       2021.

    Examples
    --------
    >>> from skgenre.inspection import genre_colors
    >>> genre_colors(["Rock", "polka"])
    {'Rock': '#92dadd', 'polka': '#3f90da'}
    """
    return {genre: style.color for genre, style in genre_styles(genres).items()}


def _plain(genre: Any) -> str:
    return re.sub(r"[\W_]", "", str(genre)).casefold()
