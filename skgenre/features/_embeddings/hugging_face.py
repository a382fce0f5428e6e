"""Load audio models of Hugging Face transformers: weights in safetensors, no code of others."""

import hashlib
import json
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .content import digest_of_module

if TYPE_CHECKING:
    import torch
    from torch import nn

# Models in memory: those of two pipelines that are compared.
_MOST_KEPT = 2
_WITHOUT_CODE = {"trust_remote_code": False}


class LoadedModel(NamedTuple):
    """A model, ready for use.

    Parameters
    ----------
    network : torch.nn.Module
        The model, or its encoder, or its part for audio.
    extractor : object
        Its feature extractor.
    digest : str
        Hash of the weights and of all settings.
    """

    network: "nn.Module"
    extractor: Any
    digest: str

    @property
    def sr(self) -> int:
        return int(self.extractor.sampling_rate)

    @property
    def window_duration(self) -> float | None:
        """Seconds that the model takes at most; None if any."""
        extractor, sr = self.extractor, self.sr
        kind = type(extractor).__name__
        if kind == "ASTFeatureExtractor":  # frames, 10 ms apart
            return extractor.max_length / 100
        for name in ("chunk_length", "max_length_s"):
            seconds = getattr(extractor, name, None)
            if seconds:
                return float(seconds)
        n_samples = getattr(extractor, "nb_max_samples", None)
        return n_samples / sr if n_samples else None


_loaded: "OrderedDict[tuple, LoadedModel]" = OrderedDict()
_lock = threading.Lock()


def load_model_of(estimator: Any) -> LoadedModel:
    """Return the model that an estimator names; one that did not change is loaded once."""
    key = (os.fspath(estimator.model), estimator.revision, _state_of(estimator.model))
    with _lock:
        if key not in _loaded:
            _loaded[key] = _load(estimator, type(estimator).__name__)
            while len(_loaded) > _MOST_KEPT:
                _loaded.popitem(last=False)
        _loaded.move_to_end(key)
        return _loaded[key]


def _state_of(model: str | os.PathLike) -> tuple:
    """Return names, sizes and times of the files of a folder; of a name on the Hub, nothing."""
    folder = Path(model)
    if not folder.is_dir():
        return ()
    states = ((path.name, path.stat()) for path in sorted(folder.iterdir()) if path.is_file())
    return tuple((name, state.st_size, state.st_mtime_ns) for name, state in states)


def _load(estimator: Any, name: str) -> LoadedModel:
    try:
        import transformers
    except ImportError as error:
        raise ImportError(
            f"{name} needs transformers: pip install 'skgenre[pretrained]'."
        ) from error
    model, settings = os.fspath(estimator.model), {**_WITHOUT_CODE, "revision": estimator.revision}
    try:
        config = transformers.AutoConfig.from_pretrained(model, **settings)
    except OSError as error:
        raise OSError(
            f"{name} finds no model {model!r}: it must be a folder with the files of "
            f"save_pretrained, or a name on the Hugging Face Hub, 'owner/name', which can be "
            f"reached or was downloaded before ({_first_line(error)})"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"{name} can't load {model!r}: it is a kind of model that transformers "
            f"{transformers.__version__} doesn't know. If it comes with Python code of its own, "
            f"that is not run here; load it yourself, when you trust it, and give it to "
            f"ModuleEmbedding. ({_first_line(error)})"
        ) from error
    try:
        extractor = transformers.AutoFeatureExtractor.from_pretrained(model, **settings)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{name} can't use {model!r}: it has no feature extractor, which says the "
            f"sampling rate ({_first_line(error)})."
        ) from error
    if not hasattr(extractor, "sampling_rate"):
        raise ValueError(f"{name} needs a model of audio, and {model!r} is one of other data.")
    try:
        network = transformers.AutoModel.from_pretrained(
            model, config=config, use_safetensors=True, **settings
        )
    except OSError as error:
        raise ValueError(
            f"{name} can't load the weights of {model!r}: only the format safetensors is read, "
            f"because a pickle runs code. In Python, if you trust it: "
            f"AutoModel.from_pretrained({model!r}).save_pretrained(folder) writes one. "
            f"({_first_line(error)})"
        ) from error
    network = _audio_part_of(network).eval().requires_grad_(False)
    settings_text = json.dumps([network.config.to_dict(), extractor.to_dict()], default=str)
    digest = hashlib.blake2b(settings_text.encode(), digest_size=20)
    digest.update(digest_of_module(network).encode())
    return LoadedModel(network, extractor, digest.hexdigest())


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _audio_part_of(network: Any) -> Any:
    """Return what a model of audio and text, or with a decoder, does with audio."""
    if hasattr(network, "audio_model"):
        return network.audio_model
    return network.get_encoder() if network.config.is_encoder_decoder else network


def _extract(loaded: LoadedModel, windows: list[np.ndarray]) -> dict[str, Any]:
    """Return what the feature extractor makes of windows, whatever others are beside them."""
    extractor = loaded.extractor
    options = {"sampling_rate": loaded.sr, "return_tensors": "pt"}
    if getattr(extractor, "truncation", None) != "fusion":
        return dict(extractor(windows, **options))
    # Of CLAP: where no clip is longer than a window, as here, it declares a random one to be.
    with _lock:
        state = np.random.get_state()  # noqa: NPY002  the one that the extractor draws from
        try:
            inputs = dict(extractor(windows, **options))
        finally:
            np.random.set_state(state)  # noqa: NPY002
    inputs["is_longer"] = inputs["is_longer"] & False
    return inputs


def hidden_states(
    loaded: LoadedModel, windows: "torch.Tensor", layer: int, caller: str
) -> "torch.Tensor":
    """Return a layer's values of windows (n_windows, n_samples): (n_windows, n_steps, n_values)."""
    import torch

    inputs = _extract(loaded, list(windows.cpu().numpy()))
    inputs = {key: value.to(windows.device) for key, value in inputs.items()}
    network = loaded.network
    if next(network.parameters()).device.type != windows.device.type:
        network.to(windows.device)
    states = network(**inputs, output_hidden_states=True).hidden_states
    if not -len(states) <= layer < len(states):
        raise ValueError(
            f"The 'layer' parameter of {caller} must be from {-len(states)} to {len(states) - 1} "
            f"for this model, whose layer 0 is the input of the first block. Got {layer} instead."
        )
    state = states[layer]
    if state.ndim == 4:  # maps (n_windows, n_values, height, width)
        state = state.flatten(2).transpose(1, 2)
    n_steps = state.shape[1]
    if type(loaded.extractor).__name__ == "WhisperFeatureExtractor":
        # It pads to its window with silence, whose steps are none of the clip.
        share = windows.shape[1] / loaded.extractor.n_samples
        n_steps = min(n_steps, max(1, round(share * n_steps)))
    return state[:, :n_steps].to(torch.float32)
