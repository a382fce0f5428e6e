"""Small model for users without one."""

from pathlib import Path
from typing import Any

N_CLIPS = 100
_DURATION = 5.0  # seconds


def fit_embedded_model(random_state: int = 0) -> Any:
    """Fit a pipeline on synthetic music."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from ..datasets import make_genre_music
    from ..features import MFCC, FramePooling

    music = make_genre_music(N_CLIPS, duration=_DURATION, random_state=random_state)
    model = make_pipeline(
        MFCC(n_mfcc=20, duration=_DURATION),
        FramePooling(statistics=("mean", "std")),
        StandardScaler(),
        LogisticRegression(C=0.1, max_iter=1000),
    )
    return model.fit(music.data, music.target)


def write_examples(folder: Path) -> dict[str, Path]:
    """Compose three clips to try the page with; return them by name."""
    from ..datasets import make_genre_music

    # A different seed from the model's, so that these clips are new to it.
    music = make_genre_music(
        3, genres=["classical", "disco", "metal"], duration=15.0, random_state=2026, to=folder
    )
    return dict(zip(music.target.tolist(), map(Path, music.paths), strict=True))
