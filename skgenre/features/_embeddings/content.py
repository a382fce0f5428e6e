"""Hash of a module, for the keys of a cache."""

import hashlib
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._published_weights.digest import digest_of_arrays
from .._engine.cache_key import describe_value

if TYPE_CHECKING:
    from torch import nn


def digest_of_module(module: "nn.Module") -> str:
    """Return a hash of a module: its weights, its layers, and the code of classes of your own.

    Its plain attributes count, such as a hop length, and arrays and functions among them; other
    objects don't.
    """
    import torch

    tensors = dict(module.named_parameters()) | dict(module.named_buffers())
    # As bytes: NumPy has no bfloat16.
    arrays = {
        f"{name}|{tensor.dtype}|{tuple(tensor.shape)}": _as_bytes(torch, tensor)
        for name, tensor in tensors.items()
    }
    parts = [digest_of_arrays(arrays)]
    for name, layer in module.named_modules():
        plain = {
            key: _as_text(torch, value)
            for key, value in vars(layer).items()
            if _is_plain(torch, key, value)
        }
        parts.append(f"{name}|{describe_value(type(layer))}|{describe_value(plain)}")
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()


def _as_bytes(torch: Any, tensor: Any) -> np.ndarray:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy()


def _as_text(torch: Any, value: Any) -> Any:
    """Return a value with the bytes of tensors in it, which a module did not register."""
    if isinstance(value, dict):
        return {key: _as_text(torch, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(torch, item) for item in value]
    if isinstance(value, torch.Tensor):
        return [str(value.dtype), list(value.shape), _as_bytes(torch, value)]
    return value


def _is_plain(torch: Any, name: str, value: Any) -> bool:
    if name.startswith("_") or name == "training":
        return False
    if isinstance(value, dict):
        return all(isinstance(k, str | int) and _is_plain(torch, "", v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain(torch, "", item) for item in value)
    kinds = bool | int | float | str | types.FunctionType | np.ndarray | torch.Tensor
    return value is None or isinstance(value, kinds)
