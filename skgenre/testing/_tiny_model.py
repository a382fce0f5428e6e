"""A tiny model of Hugging Face with constant weights, made when it is first opened."""

import atexit
import functools
import os
import tempfile
from pathlib import Path


class TinyModel(os.PathLike):
    """Path of the folder of a wav2vec 2.0 model with two layers of four values."""

    def __fspath__(self) -> str:
        return _make_folder()

    def __reduce__(self) -> tuple:
        return Path, (os.fspath(self),)

    def __repr__(self) -> str:
        return "TinyModel()"


@functools.cache
def _make_folder() -> str:
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    config = Wav2Vec2Config(
        hidden_size=4,
        num_hidden_layers=2,
        num_attention_heads=1,
        intermediate_size=4,
        conv_dim=(4, 4),
        conv_kernel=(10, 4),
        conv_stride=(8, 4),
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=1,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        Wav2Vec2Model(config).save_pretrained(folder.name)
    Wav2Vec2FeatureExtractor().save_pretrained(folder.name)
    return str(Path(folder.name))
