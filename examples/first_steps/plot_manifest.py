"""
A table of tracks
=================

Most collections come as a table: a row per track, with its file, genre and artist.
:func:`~skgenre.datasets.load_manifest` reads it, and :func:`~skgenre.model_selection.compare` keeps
the artists apart and leaves out what can't be read.
"""

# %%
# The table
# ---------
# Forty synthetic clips by twenty artists, and a table as a catalogue exports it: separated by
# semicolons, with paths that start from the folder of the table. Two files are damaged, as after
# interrupted downloads.
import tempfile
from pathlib import Path

import pandas as pd

from skgenre.datasets import load_manifest, make_genre_music

folder = tempfile.TemporaryDirectory()
genres = ["classical", "disco", "jazz", "metal"]
music = make_genre_music(40, genres=genres, duration=6.0, random_state=0, to=folder.name)
table = pd.DataFrame(
    {
        "File name": [Path(path).relative_to(folder.name).as_posix() for path in music.paths],
        "Top genre": music.target,
        "Artist": [f"artist {number}" for number in music.groups],
    }
)
table.to_csv(Path(folder.name, "tracks.csv"), sep=";", index=False)
for path in map(Path, music.paths[3:5]):
    path.write_bytes(path.read_bytes()[:20_000])
table.head()

# %%
# The columns are found by their usual names. ``notes`` says which were taken; the damaged files are
# left out and listed. Their lengths differ from those that their headers declare, so nothing has to
# be decoded to find them.
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that two files can't be read
    tracks = load_manifest(Path(folder.name, "tracks.csv"))
tracks.notes

# %%
pd.DataFrame(
    [(Path(path).name, reason) for path, reason in tracks.unreadable], columns=["file", "reason"]
)

# %%
# Whatever is wrong with a table is in one error.
faulty = table.assign(**{"Top genre": [None, *table["Top genre"][1:]]})
faulty.loc[39, "File name"] = "gone.flac"
try:
    load_manifest(faulty, root=folder.name)
except ValueError as error:
    print(error)

# %%
# Files that go bad later
# -----------------------
# ``compare`` looks at all files again before the first fold. With ``on_bad_files="drop"`` it leaves
# out bad ones with their genres and groups, and says so in the protocol.
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.features import MFCC, FramePooling
from skgenre.model_selection import compare

Path(tracks.paths[0]).unlink()
svm = make_pipeline(MFCC(), FramePooling(), StandardScaler(), SVC())
result = compare(
    {"svm": svm},
    tracks.paths,
    tracks.target,
    groups=tracks.groups,
    cv=4,
    random_state=0,
    on_bad_files="drop",
)
{Path(file).name: reason for file, reason in result.protocol["left_out"].items()}

# %%
result.summary[["accuracy", "accuracy_low", "accuracy_high"]]

# %%
folder.cleanup()
