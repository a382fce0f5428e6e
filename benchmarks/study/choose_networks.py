"""Configurations of networks: defaults, and augmentation."""

from functools import partial
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skgenre.classifiers import (
    CNNClassifier,
    CovarianceNetClassifier,
    CRNNClassifier,
    LSTMClassifier,
)
from skgenre.nn import Augmentation

from .choose_configurations import Configurations
from .recipes import subtract_means

_AUGMENTATIONS: dict[str, dict[str, Any]] = {
    "mixup=0.2": {"mixup": 0.2},
    "two time masks of 10 %": {"time_masks": 2, "time_mask_width": 0.1},
    "two frequency masks of 10 %": {"freq_masks": 2, "freq_mask_width": 0.1},
    "freq_shift=4": {"freq_shift": 4},
    "time_stretch=0.1": {"time_stretch": 0.1},
    "gain=6": {"gain": 6.0},
    "noise=2": {"noise": 2.0},
    "time_crop=0.5": {"time_crop": 0.5},
}
# Masks are filled with each band's mean over the batch: of maps centred before, that is 0.
_CENTRED_BEFORE = ("mixup=0.2", "two time masks of 10 %", "two frequency masks of 10 %")
# What was worth a longer training.
_LONG: dict[str, dict[str, Any]] = {
    "mixup=0.2": {"mixup": 0.2},
    "mixup and all masks": {"mixup": 0.2, "time_masks": 2, "freq_masks": 2},
}


def defaults() -> Configurations:
    """Return each family with its defaults."""
    return {
        "CNNClassifier()": lambda _: CNNClassifier(),
        "CRNNClassifier()": lambda _: CRNNClassifier(),
        "LSTMClassifier()": lambda _: LSTMClassifier(),
    }


def augmentation() -> Configurations:
    """Return a small one-dimensional CNN without augmentation, and with each option."""
    variants = {"none": None, **_AUGMENTATIONS}
    found: Configurations = {name: partial(_cnn, options) for name, options in variants.items()}
    for name in ("none", *_CENTRED_BEFORE):
        found[f"centred before: {name}"] = partial(_centred_cnn, variants[name])
    return found


def augmentation_long() -> Configurations:
    """Return the same CNN, trained for longer."""
    variants = {"none": None, **_LONG}
    return {name: partial(_cnn, options, max_epochs=40) for name, options in variants.items()}


def augmentation_of_covariances() -> Configurations:
    """Return the covariance network without augmentation, and with each option."""
    variants = {"default": None, **_AUGMENTATIONS}
    return {name: partial(_covariance_net, options) for name, options in variants.items()}


def _cnn(options: dict[str, Any] | None, frame_rate: float, *, max_epochs: int = 20) -> Pipeline:
    network = CNNClassifier(
        dims=1,
        center="clip",
        channels=(64, 64, 64),
        kernel_size=3,
        pool_size=4,
        schedule="one_cycle",
        lr=3e-3,
        max_epochs=max_epochs,
        augmentation=None if options is None else Augmentation(**options),
    )
    return make_pipeline(network)


def _centred_cnn(options: dict[str, Any] | None, frame_rate: float) -> Pipeline:
    [(_, network)] = _cnn(options, frame_rate).steps
    return make_pipeline(FunctionTransformer(subtract_means), network.set_params(center=None))


def _covariance_net(options: dict[str, Any] | None, frame_rate: float) -> BaseEstimator:
    return CovarianceNetClassifier(
        augmentation=None if options is None else Augmentation(**options)
    )
