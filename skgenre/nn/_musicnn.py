"""musicnn, a network that tags music, for weights trained on large collections."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .._public import public

# Bands that the timbral filters span, as shares of all; frames that the temporal ones span.
_TIMBRAL = (0.4, 0.7)
_TEMPORAL = (128, 64, 32)
_TAPS = 7
_N_TIMBRAL, _N_TEMPORAL, _N_MIDDLE = 204, 51, 64
_EPS = 1e-3
# Patches at a time in inference on a CPU: their matrices stay in the cache of a core.
_CHUNK = 8


@public
class Musicnn(nn.Module):
    """Musically motivated CNN of a log-mel patch of 3 s: tags, and the layers before them.

    The front consists of filters over many bands and a few frames, for timbre, and of filters over
    one band and up to 128 frames, for rhythm; each responds where it fits best among the bands.
    Three residual layers over time follow. The maxima and means over time of all layers are the
    input of two dense layers.

    Parameters
    ----------
    n_bands : int, default=96
        Number of bands. Published weights need 96.
    n_outputs : int, default=50
        Number of tags.
    dropout : float, default=0.5
        Dropout rate before each dense layer.

    Attributes
    ----------
    n_pooled : int
        Values of the pooled layers: a maximum and a mean of each of 753 channels.
    n_penultimate : int
        Values of the dense layer before the output.

    See Also
    --------
    skgenre.features.MusicnnEmbedding : Its values for clips, with published weights.

    References
    ----------
    .. [1] J. Pons, X. Serra, "musicnn: Pre-trained Convolutional Neural Networks for Music Audio
       Tagging", ISMIR late-breaking demo 2019, arXiv:1909.06654.
    .. [2] J. Pons, O. Nieto, M. Prockup, E. Schmidt, A. Ehmann, X. Serra, "End-to-end Learning for
       Music Audio Tagging at Scale", ISMIR 2018.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import Musicnn, count_parameters
    >>> network = Musicnn().eval()
    >>> network(torch.zeros(2, 96, 187)).shape
    torch.Size([2, 50])
    >>> pooled, penultimate = network.embed(torch.zeros(2, 96, 187))
    >>> pooled.shape, penultimate.shape
    (torch.Size([2, 1506]), torch.Size([2, 200]))
    """

    n_pooled = 2 * (2 * _N_TIMBRAL + 3 * _N_TEMPORAL + 3 * _N_MIDDLE)
    n_penultimate = 200

    def __init__(self, n_bands: int = 96, n_outputs: int = 50, *, dropout: float = 0.5) -> None:
        super().__init__()
        self.input_norm = nn.BatchNorm2d(1, eps=_EPS)
        self.timbral = nn.ModuleList(
            _Front(_N_TIMBRAL, max(1, int(share * n_bands)), _TAPS) for share in _TIMBRAL
        )
        self.temporal = nn.ModuleList(_Front(_N_TEMPORAL, 1, n_taps) for n_taps in _TEMPORAL)
        n_front = 2 * _N_TIMBRAL + 3 * _N_TEMPORAL
        self.middle = nn.ModuleList(
            _Middle(n_channels) for n_channels in (n_front, _N_MIDDLE, _N_MIDDLE)
        )
        self.pool_norm = nn.BatchNorm1d(self.n_pooled, eps=_EPS)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(self.n_pooled, self.n_penultimate)
        self.dense_norm = nn.BatchNorm1d(self.n_penultimate, eps=_EPS)
        self.output: nn.Module = nn.Linear(self.n_penultimate, n_outputs)

    def embed(self, X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the layers before the output.

        Parameters
        ----------
        X : Tensor of shape (n_patches, n_bands, n_frames)
            Log-mel patches, ``log10(10000 * power + 1)``.

        Returns
        -------
        pooled : Tensor of shape (n_patches, n_pooled)
            Maximum and mean over time of each channel, in turns.
        penultimate : Tensor of shape (n_patches, n_penultimate)
            Values of the last hidden layer, normalized.
        """
        if _is_fast(self, X):
            parts = [self._pool(patches, is_fast=True) for patches in X.split(_CHUNK)]
            pooled = torch.cat(parts)
        else:
            pooled = self._pool(X, is_fast=False)
        hidden = functional.relu(self.dense(self.dropout(self.pool_norm(pooled))))
        return pooled, self.dense_norm(hidden)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the logits of the tags.

        Parameters
        ----------
        X : Tensor of shape (n_patches, n_bands, n_frames)
            Log-mel patches, ``log10(10000 * power + 1)``.

        Returns
        -------
        Tensor of shape (n_patches, n_outputs)
            Logits; a sigmoid makes them probabilities.
        """
        return self.output(self.dropout(self.embed(X)[1]))

    def _pool(self, X: torch.Tensor, *, is_fast: bool) -> torch.Tensor:
        X = self.input_norm(X.unsqueeze(1)).squeeze(1)
        if is_fast:
            front = torch.cat([_filter_bands(X, self.timbral), _filter_time(X, self.temporal)], 1)
        else:
            front = torch.cat([block(X) for block in (*self.timbral, *self.temporal)], 1)
        layers, residual = [front], self.middle[0](front)
        layers.append(residual)
        for block in self.middle[1:]:
            residual = residual + block(residual)
            layers.append(residual)
        features = torch.cat(layers, 1)
        return torch.stack([features.amax(2), features.mean(2)], 2).flatten(1)


class _Front(nn.Module):
    """Filters over bands and frames; the maximum over the bands that they fit in.

    Parameters
    ----------
    n_filters : int
        Number of filters.
    n_bands, n_taps : int
        Bands and frames that a filter spans. Zeros are added for as many frames as before.
    """

    def __init__(self, n_filters: int, n_bands: int, n_taps: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, n_filters, (n_bands, n_taps))
        self.norm = nn.BatchNorm2d(n_filters, eps=_EPS)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = _pad_time(X, self.conv.kernel_size[1]).unsqueeze(1)
        return self.norm(functional.relu(self.conv(X))).amax(2)


class _Middle(nn.Module):
    """Convolution over seven frames."""

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(n_channels, _N_MIDDLE, _TAPS)
        self.norm = nn.BatchNorm1d(_N_MIDDLE, eps=_EPS)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.norm(functional.relu(self.conv(_pad_time(X, _TAPS))))


def _pad_time(X: torch.Tensor, n_taps: int) -> torch.Tensor:
    return functional.pad(X, ((n_taps - 1) // 2, n_taps // 2))


def _is_fast(network: Musicnn, X: torch.Tensor) -> bool:
    """Tell whether the front is computed as matrix products, which have no gradient here."""
    is_traced = torch.jit.is_tracing() or torch.compiler.is_compiling()
    return (
        X.device.type == "cpu"
        and X.dtype == torch.float32
        and not (network.training or torch.is_grad_enabled() or is_traced)
    )


# A convolution of one channel by wide filters is slow. Written as the filters times a matrix of
# all positions in time, one place among the bands at a time, it runs at the speed of a matrix
# product, and the maximum over the places needs no memory for all of them. Normalization after the
# activation is monotone per channel: where its scale is negative, it needs the minimum.


def _filter_bands(X: torch.Tensor, blocks: Iterable[Any]) -> torch.Tensor:
    n_patches, n_bands, n_frames = X.shape
    # A row for each band and tap, so that the rows of neighbouring bands are one matrix.
    windows = _pad_time(X, _TAPS).unfold(2, n_frames, 1)
    rows = windows.permute(1, 2, 0, 3).reshape(n_bands * _TAPS, -1)
    maps = []
    for block in blocks:
        span = block.conv.kernel_size[0]
        places = (rows[k * _TAPS : (k + span) * _TAPS] for k in range(n_bands - span + 1))
        maps.append(_best(block, places, n_patches))
    return torch.cat(maps, 1)


def _filter_time(X: torch.Tensor, blocks: Iterable[Any]) -> torch.Tensor:
    n_patches, n_bands, n_frames = X.shape
    n_taps = [block.conv.kernel_size[1] for block in blocks]
    longest = max(n_taps)
    # Shorter filters are used on the middle of the longest one's rows.
    windows = _pad_time(X, longest).unfold(2, n_frames, 1).permute(1, 2, 0, 3)
    maps = []
    for block, taps in zip(blocks, n_taps, strict=True):
        first = (longest - 1) // 2 - (taps - 1) // 2
        places = (windows[k, first : first + taps].reshape(taps, -1) for k in range(n_bands))
        maps.append(_best(block, places, n_patches))
    return torch.cat(maps, 1)


def _best(block: Any, places: Iterable[torch.Tensor], n_patches: int) -> torch.Tensor:
    scale = block.norm.weight / torch.sqrt(block.norm.running_var + block.norm.eps)
    sign = torch.where(scale < 0, -1.0, 1.0)[:, None]
    weight = sign * block.conv.weight.flatten(1)
    rest = iter(places)
    best = weight @ next(rest)
    response = torch.empty_like(best)
    for rows in rest:
        torch.mm(weight, rows, out=response)
        torch.maximum(best, response, out=best)
    activation = functional.relu(sign * best + block.conv.bias[:, None])
    normalized = (activation - block.norm.running_mean[:, None]) * scale[:, None]
    normalized += block.norm.bias[:, None]
    return normalized.unflatten(1, (n_patches, -1)).transpose(0, 1)
