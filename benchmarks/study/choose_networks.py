"""Configurations of networks: defaults, and augmentation."""

from functools import partial
from typing import Any

import torch
from sklearn.pipeline import Pipeline, make_pipeline

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    ParallelCRNNClassifier,
)
from skgenre.nn import Augmentation
from skgenre.systems import make_system

from .choose_configurations import Configurations

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
_ALL_MASKS: dict[str, Any] = {"mixup": 0.2, "time_masks": 2, "freq_masks": 2}
# For 'cnn', in its full training.
_LONG: dict[str, dict[str, Any]] = {**_AUGMENTATIONS, "mixup and all masks": _ALL_MASKS}
# Changes that the covariance network makes by default, each alone switched off.
_SWITCHED_OFF: dict[str, dict[str, Any]] = {
    "no crops": {"min_crop": 1.0},
    "no gain": {"gain": 0.0},
    "no label smoothing": {"label_smoothing": 0.0},
}
# It crops at random itself, and its covariances do not see the level.
_NOT_FOR_COVARIANCES = ("gain=6", "time_crop=0.5")


def defaults() -> Configurations:
    """Return each family with its defaults."""
    return {
        "CNNClassifier()": lambda _: CNNClassifier(),
        "CRNNClassifier()": lambda _: CRNNClassifier(),
        "LSTMClassifier()": lambda _: LSTMClassifier(),
        "ParallelCRNNClassifier()": lambda _: ParallelCRNNClassifier(),
    }


def augmentation() -> Configurations:
    """Return a small one-dimensional CNN without augmentation, and with each option."""
    variants = {"none": None, **_AUGMENTATIONS}
    return {name: partial(_cnn, options) for name, options in variants.items()}


def augmentation_long() -> Configurations:
    """Return 'cnn' as it is shipped, and with each option."""
    variants = {"default": None, **_LONG}
    return {
        name: partial(_named, "cnn", augmentation=_augment(options))
        for name, options in variants.items()
    }


def augmentation_of_covariances() -> Configurations:
    """Return 'covnet', without each of its own changes, and with each option."""
    options = {
        "default": {},
        **_SWITCHED_OFF,
        **{
            name: {"augmentation": _augment(options)}
            for name, options in _AUGMENTATIONS.items()
            if name not in _NOT_FOR_COVARIANCES
        },
        "background of another clip": {"augmentation": add_background},
    }
    return {name: partial(_named, "covnet", **one) for name, one in options.items()}


def longer() -> Configurations:
    """Return 'cnn' as it is shipped, and trained for longer, without and with augmentation."""
    options: dict[str, dict[str, Any]] = {
        "default": {},
        "80 epochs": {"max_epochs": 80},
        "160 epochs": {"max_epochs": 160},
        "80 epochs, mixup and all masks": {
            "max_epochs": 80,
            "augmentation": _augment(_ALL_MASKS),
        },
        "160 epochs, mixup and all masks": {
            "max_epochs": 160,
            "augmentation": _augment(_ALL_MASKS),
        },
    }
    return {name: partial(_named, "cnn", **one) for name, one in options.items()}


def covariance_net() -> Configurations:
    """Return 'covnet' as it is shipped, trained for longer, and with more filters or lags."""
    options: dict[str, dict[str, Any]] = {
        "default": {},
        "40 epochs": {"max_epochs": 40},
        "80 epochs": {"max_epochs": 80},
        "64 filters": {"n_filters": 64},
        "four lags": {"lags": (0, 1, 2, 4)},
        "32 channels of a convolution": {"channels": (32,)},
        "40 epochs, 64 filters, four lags": {
            "max_epochs": 40,
            "n_filters": 64,
            "lags": (0, 1, 2, 4),
        },
    }
    return {name: partial(_named, "covnet", **one) for name, one in options.items()}


def add_background(maps: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Add another clip of the batch to each, 10 to 20 dB below its own level.

    Parameters
    ----------
    maps : Tensor of shape (n_clips, n_bands, n_frames)
        Maps in dB.
    generator : Generator
        Random generator.
    """
    others = maps[torch.randperm(len(maps), generator=generator)]
    attenuation = 10 + 10 * torch.rand(len(maps), 1, 1, generator=generator)
    powers = (10 ** (maps / 10), 10 ** ((others - attenuation) / 10))
    return 10 * torch.log10(powers[0] + powers[1])


def _cnn(options: dict[str, Any] | None, frame_rate: float) -> Pipeline:
    network = CNNClassifier(
        dims=1,
        center="clip",
        channels=(64, 64, 64),
        kernel_size=3,
        pool_size=4,
        schedule="one_cycle",
        lr=3e-3,
        max_epochs=20,
        augmentation=_augment(options),
    )
    return make_pipeline(network)


def _augment(options: dict[str, Any] | None) -> Augmentation | None:
    return None if options is None else Augmentation(**options)


def _named(name: str, frame_rate: float, **options: Any) -> Pipeline:
    """Return a network by name, with other options."""
    model = make_system(name, input_kind="mel", frame_rate=frame_rate)
    model[-1].estimator.set_params(**options)
    return model
