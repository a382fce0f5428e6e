"""Check of a classifier's augmentation before training."""

import copy
import inspect
from typing import Any

import torch

from ..._dict_params import name_of
from ...nn import Augmentation


def prepare_augmentation(
    name: str, augmentation: Any, module: torch.nn.Module, shape: tuple[int, int]
) -> Any:
    """Return an augmentation for training; refuse one whose maps don't suit the network.

    Parameters
    ----------
    name : str
        Name of the estimator, for messages.
    augmentation : Augmentation, callable or None
        Its parameter. A module that is no Augmentation is copied to the network's device.
    module : Module
        The network; left in evaluation mode.
    shape : (int, int)
        Bands and frames of its maps.

    Raises
    ------
    TypeError
        If a callable doesn't take maps and a generator, or returns anything but a tensor.
    ValueError
        If a parameter is invalid, or its maps are of a shape that the network doesn't take.
    """
    if augmentation is None:
        return None
    n_bands, n_frames = shape
    device = next(module.parameters()).device
    if isinstance(augmentation, Augmentation):
        augmentation.check()
        changed = torch.zeros(2, n_bands, augmentation.n_cropped_frames(n_frames), device=device)
    else:
        _check_call(name, augmentation)
        if isinstance(augmentation, torch.nn.Module):
            augmentation = copy.deepcopy(augmentation).to(device)
        maps = torch.zeros(2, n_bands, n_frames, device=device)
        with torch.no_grad():
            changed = augmentation(maps, torch.Generator().manual_seed(0))
        wanted = f"a tensor of shape (n_clips, n_bands, n_frames), (2, {n_bands}, …) here"
        if not isinstance(changed, torch.Tensor):
            raise TypeError(
                f"The 'augmentation' of {name} must return {wanted}. Got a "
                f"{type(changed).__name__} instead."
            )
        if changed.ndim != 3 or changed.shape[:2] != maps.shape[:2]:
            raise ValueError(
                f"The 'augmentation' of {name} must return {wanted}. Got the shape "
                f"{tuple(changed.shape)} instead."
            )
    if changed.shape[2] == n_frames:
        return augmentation
    with torch.inference_mode():
        try:
            module.eval()(changed)
        except RuntimeError as error:
            raise ValueError(
                f"{name} can't be trained on crops of {changed.shape[2]} frames: its network takes "
                f"maps of {n_frames} frames alone. Use an augmentation that keeps all frames "
                f"(time_crop=None), or a network with another head, such as head='avg'."
            ) from error
    return augmentation


def _check_call(name: str, augmentation: Any) -> None:
    """Refuse a callable that doesn't take the two arguments that it will get."""
    is_module = isinstance(augmentation, torch.nn.Module)
    try:
        signature = inspect.signature(augmentation.forward if is_module else augmentation)
    except (TypeError, ValueError):  # as of some built-in functions
        return
    try:
        signature.bind(None, None)
    except TypeError as error:
        called = type(augmentation).__name__ if is_module else name_of(augmentation)
        raise TypeError(
            f"The 'augmentation' of {name} is called with (maps, generator), and "
            f"{called}{signature} can't be: {error}."
        ) from error
