"""The models, made for the data at hand."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline, make_pipeline

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.features import FrameSegmenter
from skgenre.systems import list_systems, make_system

from .data import Collection
from .recipes import NEED_FRAME_RATE, RECIPES, make_recipe

_SR = 22050


@cache
def cards() -> pd.DataFrame:
    """Return what is known of the reference systems, by name."""
    return list_systems().set_index("name")


def find_systems(collection: Collection) -> dict[str, str]:
    """Return all models, each with the reason why it can't be run on a collection, or ""."""
    obstacles = {name: _obstacle(name, collection.kind) for name in cards().index}
    if collection.kind == "mel":
        for name in RECIPES:
            is_blind = collection.frame_rate is None and name in NEED_FRAME_RATE
            obstacles[name] = "needs the frame rate of the maps" if is_blind else ""
    return obstacles


def make_model(
    collection: Collection, system: str, *, honest: bool, device: str
) -> tuple[Pipeline, str]:
    """Return a pipeline that takes the collection's clips, and what was changed for that.

    Parameters
    ----------
    collection : Collection
        The clips.
    system : str
        A reference system, or one of `RECIPES`.
    honest : bool
        Whether the faults of its recipe are mended.
    device : str
        Where networks are trained.
    """
    if system in RECIPES:
        pipeline = make_recipe(system, collection.frame_rate)
    elif collection.kind == "mel":
        pipeline = make_system(system, input_kind="mel", as_published=not honest)
    else:
        pipeline = make_system(system, as_published=not honest)
        if collection.kind == "table":
            # The first step's columns are there already.
            pipeline = make_pipeline(*[step for _, step in pipeline.steps[1:]])
    changes = []
    if system == "bahuleyan2018-vgg16":
        changes += _train_from_scratch(pipeline, device)
    if collection.kind == "mel":
        n_frames = collection.X.shape[2]
        if system == "kumar2021-cnn" and n_frames < 256:
            set_parameters(pipeline, {"image_size": (128, 128)})
            changes.append("image 128 x 128: the maps have no more")
        if isinstance(pipeline[-1], SegmentVotingClassifier):
            changes.append(_fit_windows(pipeline, n_frames))
    if collection.kind == "audio" and isinstance(collection.X, np.ndarray):
        changes += _unpad(pipeline, collection.X.shape[1] / _SR)
    return pipeline, "; ".join(changes)


def set_parameters(model: Pipeline, values: dict[str, Any]) -> None:
    """Set parameters of the networks in a model, wherever they are; of others `random_state`."""
    names = list(model.get_params())
    networks = {name.removesuffix("max_epochs") for name in names if is_named(name, "max_epochs")}
    for parameter, value in values.items():
        for name in names:
            is_network = name.removesuffix(parameter) in networks
            if is_named(name, parameter) and (is_network or parameter == "random_state"):
                model.set_params(**{name: value})


def is_named(name: str, parameter: str) -> bool:
    """Return whether a nested name is of a parameter."""
    return name == parameter or name.endswith(f"__{parameter}")


def _obstacle(system: str, kind: str) -> str:
    card = cards().loc[system]
    if system == "bahuleyan2018-vgg16-finetuned":
        # There is no download: both train all of a network that has learnt nothing yet.
        return "is bahuleyan2018-vgg16 where there are no ImageNet weights"
    if kind == "mel":
        try:
            make_system(system, input_kind="mel")
        except ValueError:
            return f"needs audio: {card['input']}"
    if kind == "table" and (not pd.isna(card["parameters"]) or system == "bahuleyan2018-ensemble"):
        return f"needs audio or maps: {card['input']}"
    return ""


def _train_from_scratch(pipeline: Pipeline, device: str) -> list[str]:
    values = {"weights": None, "trainable_blocks": 5, "lr_decay": 1.0}
    note = "no ImageNet weights: from scratch, all blocks, at one rate"
    if device == "cpu":
        # An epoch of the stated 216 x 216 takes ten minutes on a core.
        values["image_size"] = (48, 48)
        note += "; image 48 x 48"
    set_parameters(pipeline, values)
    return [note]


def _fit_windows(pipeline: Pipeline, n_frames: int) -> str:
    """Halve windows that are as long as the maps; return how long they are."""
    [segmenter] = [step for _, step in pipeline.steps if isinstance(step, FrameSegmenter)]
    while segmenter.n_frames >= n_frames:
        n_window = segmenter.n_frames // 2
        segmenter.set_params(n_frames=n_window, hop_frames=(n_window + 1) // 2)
    return f"windows of {segmenter.n_frames} of {n_frames} frames"


def _unpad(pipeline: Pipeline, duration: float) -> list[str]:
    """Let clips be as long as they are, where they are shorter than the source's."""
    padded = {
        name: None
        for name, value in pipeline.get_params().items()
        if is_named(name, "duration") and value is not None and value > duration
    }
    pipeline.set_params(**padded)
    return ["clips not padded to 30 s"] if padded else []
