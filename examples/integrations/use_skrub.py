"""Combine paths with other columns of a DataFrame, with skrub.

A column of paths becomes audio features; skrub's TableVectorizer encodes the other columns.
"""

import tempfile
from pathlib import Path

import pandas as pd
import skrub
import soundfile
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling

music = make_genre_music(24, genres=["classical", "metal"], duration=2.0, random_state=0)
with tempfile.TemporaryDirectory() as folder:
    paths = []
    for number, clip in enumerate(music.data):
        paths.append(str(Path(folder) / f"{number}.wav"))
        soundfile.write(paths[-1], clip, 22050)
    songs = pd.DataFrame(
        {
            "path": paths,
            "year": range(1990, 2014),
            "label": ["Blue", "Red", "Green"] * 8,
        }
    )
    sound = make_pipeline(MFCC(), FramePooling())
    columns = make_column_transformer(
        (sound, ["path"]), (skrub.TableVectorizer(), ["year", "label"])
    )
    pipeline = make_pipeline(columns, StandardScaler(), LogisticRegression())
    pipeline.fit(songs[:16], music.target[:16])
    accuracy = pipeline.score(songs[16:], music.target[16:])

names = columns.transformers_[1][1].get_feature_names_out()
assert len(names) >= 4, names
assert accuracy > 0.6, accuracy
print(
    f"skrub {skrub.__version__}, pandas {pd.__version__}: accuracy {accuracy:.2f} with "
    f"MFCCs of the files beside {len(names)} columns of the table"
)
