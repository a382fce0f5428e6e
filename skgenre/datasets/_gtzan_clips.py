"""Known facts about GTZAN's clips: names, repetitions and unreadable files."""

import re

GENRES = (
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
)
N_CLIPS = 1000
CLIP_NAME = re.compile(rf"({'|'.join(GENRES)})\.(\d{{5}})")

# Unreadable in the common copy of the collection.
CORRUPT_CLIP = "jazz.00054"

# Clips with identical samples.
_DUPLICATES = (
    ("disco.00098", "disco.00099"),
    ("hiphop.00039", "hiphop.00045"),
    ("hiphop.00076", "hiphop.00078"),
    ("metal.00034", "metal.00094"),
    ("metal.00040", "metal.00061"),
    ("metal.00041", "metal.00062"),
    ("metal.00042", "metal.00063"),
    ("metal.00043", "metal.00064"),
    ("metal.00044", "metal.00065"),
    ("metal.00045", "metal.00066"),
    ("metal.00058", "rock.00016"),
    ("pop.00054", "pop.00060"),
    ("pop.00067", "pop.00071"),
    ("reggae.00081", "reggae.00082"),
)
_FIRST_COPY = {second: first for first, second in _DUPLICATES}


def group_of(clip: str) -> str:
    """Return the name of the first clip among a clip and its duplicates."""
    return _FIRST_COPY.get(clip, clip)
