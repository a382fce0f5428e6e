"""Ready-made pipelines of the command, by name."""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

SEGMENT_DURATION = 3.0  # seconds, as most of the literature cuts GTZAN
MODELS_HELP = (
    "cnn (convolutions over the frames of mel spectrograms), lstm (recurrent), crnn (convolutions, "
    "then recurrent), xgb (boosted trees on MFCC and chroma statistics). Each votes over 3-s "
    "segments"
)


def _vote_over_mel_segments(classifier: Any, memory: Path | None, verbose: int) -> "Pipeline":
    from sklearn.pipeline import make_pipeline

    from ..classifiers import SegmentVotingClassifier
    from ..features import MelSpectrogram, Segmenter

    segmenter = Segmenter(
        MelSpectrogram(n_mels=64, hop_length=1024),
        segment_duration=SEGMENT_DURATION,
        memory=memory,
        verbose=verbose,
    )
    return make_pipeline(segmenter, SegmentVotingClassifier(classifier))


def _training(epochs: int | None, random_state: int, verbose: int) -> dict[str, Any]:
    """Return the parameters of a network's training: its own defaults, and what was asked for."""
    chosen = {} if epochs is None else {"max_epochs": epochs}
    return {**chosen, "random_state": random_state, "verbose": verbose}


def _cnn(epochs: int | None, random_state: int, memory: Path | None, verbose: int) -> "Pipeline":
    from ..classifiers import CNNClassifier

    network = CNNClassifier(**_training(epochs, random_state, verbose))
    return _vote_over_mel_segments(network, memory, verbose)


def _lstm(epochs: int | None, random_state: int, memory: Path | None, verbose: int) -> "Pipeline":
    from ..classifiers import LSTMClassifier

    network = LSTMClassifier(**_training(epochs, random_state, verbose))
    return _vote_over_mel_segments(network, memory, verbose)


def _crnn(epochs: int | None, random_state: int, memory: Path | None, verbose: int) -> "Pipeline":
    from ..classifiers import CRNNClassifier

    network = CRNNClassifier(**_training(epochs, random_state, verbose))
    return _vote_over_mel_segments(network, memory, verbose)


def _xgb(epochs: int | None, random_state: int, memory: Path | None, verbose: int) -> "Pipeline":
    from sklearn.pipeline import make_pipeline

    from ..classifiers import SegmentVotingClassifier, XGBGenreClassifier
    from ..features import MFCC, ChromaFeatures, FeatureStack, FramePooling, Segmenter

    segmenter = Segmenter(
        FeatureStack([MFCC(n_mfcc=20), ChromaFeatures()]),
        segment_duration=SEGMENT_DURATION,
        memory=memory,
        verbose=verbose,
    )
    trees = XGBGenreClassifier(random_state=random_state)
    return make_pipeline(
        segmenter, FramePooling(statistics=("mean", "std")), SegmentVotingClassifier(trees)
    )


MODELS: dict[str, Callable[..., "Pipeline"]] = {
    "cnn": _cnn,
    "lstm": _lstm,
    "crnn": _crnn,
    "xgb": _xgb,
}


def make_model(
    name: str,
    *,
    epochs: int | None,
    random_state: int,
    memory: Path | None = None,
    verbose: int = 0,
) -> "Pipeline":
    """Return an unfitted pipeline by name; `epochs` applies only to networks."""
    return MODELS[name](epochs, random_state, memory, verbose)


def forget_run_settings(model: "Pipeline") -> "Pipeline":
    """Reset the run-specific settings of a fitted model: cache folder and verbosity."""
    names = model.get_params(deep=True)
    settings = {name: None for name in names if name == "segmenter__memory"}
    settings |= {name: 0 for name in names if name.endswith("__verbose")}
    return model.set_params(**settings)


def parse_models(names: str) -> list[str]:
    """Split a comma-separated list of models; an unknown one is a usage error."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise typer.BadParameter(f"name at least one of {', '.join(MODELS)}.")
    for name in wanted:
        if name not in MODELS:
            close = difflib.get_close_matches(name, MODELS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise typer.BadParameter(
                f"there is no model '{name}'; the models are {', '.join(MODELS)}.{hint}"
            )
    return list(dict.fromkeys(wanted))


def parse_model(name: str) -> str:
    """Check the name of one model."""
    names = parse_models(name)
    if len(names) > 1:
        raise typer.BadParameter("name one model; 'skgenre compare' takes several.")
    return names[0]
