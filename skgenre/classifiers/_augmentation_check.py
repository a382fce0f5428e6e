"""What a classifier asks of its augmentation before it trains."""

from typing import Any

import torch

from ..nn import Augmentation


def check_augmentation(
    name: str, augmentation: Any, module: torch.nn.Module, shape: tuple[int, int]
) -> None:
    """Refuse what is no Augmentation, and crops that the network can't take.

    Parameters
    ----------
    name : str
        The estimator's, for messages.
    augmentation : object
        Its parameter.
    module : Module
        The network, which is left in evaluation mode.
    shape : (int, int)
        Bands and frames of its maps.

    Raises
    ------
    TypeError
        When `augmentation` is something else.
    ValueError
        When one of its parameters can't be, or the network takes no maps as short as its crops.
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
