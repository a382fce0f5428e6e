"""Check of a classifier's augmentation before training."""

from typing import Any

import torch

from ..nn import Augmentation


def check_augmentation(
    name: str, augmentation: Any, module: torch.nn.Module, shape: tuple[int, int]
) -> None:
    """Refuse anything but an Augmentation, and crops too short for the network.

    Parameters
    ----------
    name : str
        Name of the estimator, for messages.
    augmentation : object
        Its parameter.
    module : Module
        The network; left in evaluation mode.
    shape : (int, int)
        Bands and frames of its maps.

    Raises
    ------
    TypeError
        If `augmentation` is anything else.
    ValueError
        If one of its parameters is invalid, or its crops are too short for the network.
    """
    if not isinstance(augmentation, Augmentation):
        raise TypeError(
            f"The 'augmentation' parameter of {name} must be a skgenre.nn.Augmentation or None. "
            f"Got {augmentation!r} instead."
        )
    augmentation.check()
    if augmentation.time_crop is None:
        return
    n_bands, n_frames = shape
    n_cropped = augmentation.n_cropped_frames(n_frames)
    device = next(module.parameters()).device
    with torch.inference_mode():
        try:
            module.eval()(torch.zeros(2, n_bands, n_cropped, device=device))
        except RuntimeError as error:
            raise ValueError(
                f"{name} can't be trained on crops of {n_cropped} frames: its network takes maps "
                f"of {n_frames} frames alone. Use time_crop=None in the augmentation, or a network "
                f"with another head, such as head='avg'."
            ) from error
