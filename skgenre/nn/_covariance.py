"""Second-order networks: the covariance of channels over time."""

from collections.abc import Sequence
from numbers import Integral

import torch
from torch import nn

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import Network, _BatchNorm1d
from ._cnn import CNN
from ._conv import ConvBlocks, Size
from ._covariance_pooling import CovariancePooling


@public
@inherit_docs(CNN)
class CovarianceNet(Network):
    """Linear classifier of the covariance of learnt channels over time.

    Bands are standardized, pooled, and centred per clip. Linear filters of bands, at several lags,
    and a convolution over frames give the channels. The matrix logarithm of their covariance is a
    vector; with the means of bands it is normalized over the batch, and a dense layer gives the
    logits. The filters start as pooled bands, so that training starts at the covariance of bands.

    Parameters
    ----------
    pooled_bands : int, default=64
        Number of groups of neighbouring bands to average. Maps with fewer bands keep them, and so
        do maps of one frame.
    n_filters : int, default=32
        Linear filters of the pooled bands for each lag; at most as many as pooled bands.
    lags : sequence of int, default=(0, 1)
        Delays of the filters, in frames.
    train_filters : bool, default=True
        Whether to train the filters. False keeps them as averages of neighbouring bands.
    channels : sequence of int, default=(32, 32)
        Channels of each convolution over frames. Empty for filters alone.
    kernel_size : int or sequence, default=5
        Kernel size of the convolutions, in frames: a number, or one per convolution.
    shrinkage : float, default=0.01
        Share of the mean variance in the covariance, from 0 to 1.
    ridge : float, default=0.02
        Variance added to that of each channel, above 0, as a share of that of a band.
    mean : bool, default=True
        Whether the dense layer also gets each pooled band's mean over the frames.
    min_crop : float, default=0.5
        In training, crops of random length, from this share of the frames to all, at a random place
        for each clip. 1 disables cropping.
    gain : float, default=0.1
        In training, multiply each centred clip by the exponential of a normal number with this
        standard deviation.
    dropout : float, default=0.5
        Dropout rate before the dense layer.
    n_estimators : int, default=1
        Number of networks that are trained together from different initial weights. Their
        probabilities are averaged.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import CovarianceNet
    >>> CovarianceNet(96, 130, n_outputs=10)(torch.zeros(4, 96, 130)).shape
    torch.Size([4, 10])
    """

    def __init__(
        self,
        n_bands: int,
        n_frames: int,
        n_outputs: int,
        *,
        pooled_bands: int = 64,
        n_filters: int = 32,
        lags: Sequence[int] = (0, 1),
        train_filters: bool = True,
        channels: Sequence[int] = (32, 32),
        kernel_size: Size = 5,
        norm: str | None = "batch",
        activation: str = "relu",
        shrinkage: float = 0.01,
        ridge: float = 0.02,
        mean: bool = True,
        min_crop: float = 0.5,
        gain: float = 0.1,
        dropout: float = 0.5,
        n_estimators: int = 1,
    ) -> None:
        super().__init__(n_bands)
        self.min_crop = min_crop
        self.gain = gain
        self.mean = mean
        # The columns of a table, which is a map of one frame, are no neighbours.
        n_pooled = n_bands if n_frames == 1 else min(pooled_bands, n_bands)
        pooling = _averages(n_pooled, n_bands)
        self.register_buffer("pooling", pooling, persistent=False)
        self.members = nn.ModuleList(
            _Member(
                len(pooling),
                n_outputs,
                n_filters=n_filters,
                lags=lags,
                train_filters=train_filters,
                channels=channels,
                kernel_size=kernel_size,
                norm=norm,
                activation=activation,
                shrinkage=shrinkage,
                ridge=ridge,
                mean=mean,
                dropout=dropout,
            )
            for _ in range(n_estimators)
        )

    @property
    def n_features(self) -> int:
        """Length of the vectors of all estimators."""
        return sum(member.n_features for member in self.members)  # type: ignore[misc]

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the logits.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, n_outputs)
            Logits: no softmax has been applied. With several estimators they are the logarithms of
            the mean probabilities; in training mode (n_clips, n_outputs, n_estimators), the logits
            of each.
        """
        maps = self.pooling @ self.standardize(X)
        logits = [member.classifier(member(*self._center(maps))) for member in self.members]
        if len(logits) == 1:
            return logits[0]
        if self.training:
            return torch.stack(logits, dim=2)
        return torch.stack([one.log_softmax(1) for one in logits]).logsumexp(0)

    def features(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the vectors that the dense layers get, before their normalization.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, n_features)
            Logarithms of covariances, and means of bands, of each estimator.
        """
        maps = self.pooling @ self.standardize(X)
        return torch.cat([member(*self._center(maps)) for member in self.members], dim=1)

    def _center(self, maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return centred maps and their means; of a random crop and gain in training."""
        if self.training and self.min_crop < 1:
            maps = _crop(maps, self.min_crop)
        means = maps.mean(-1, keepdim=True)
        centred = maps - means
        if self.training and self.gain:
            centred = centred * torch.exp(self.gain * torch.randn_like(centred[:, :1, :1]))
        return centred, means.squeeze(-1)


class Features(nn.Module):
    """The vectors of a CovarianceNet as outputs.

    Parameters
    ----------
    network : CovarianceNet
        The network.
    """

    def __init__(self, network: CovarianceNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute the vectors.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps.

        Returns
        -------
        Tensor of shape (n_clips, n_features)
            The vectors.
        """
        return self.network.features(X)


class _Member(nn.Module):
    """One of the networks, over maps that are pooled and centred."""

    def __init__(
        self,
        n_bands: int,
        n_outputs: int,
        *,
        n_filters: int,
        lags: Sequence[int],
        train_filters: bool,
        channels: Sequence[int],
        kernel_size: Size,
        norm: str | None,
        activation: str,
        shrinkage: float,
        ridge: float,
        mean: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        self.lags = _check_lags(lags)
        self.mean = mean
        n_filters = min(n_filters, n_bands)
        self.filters = nn.Conv1d(n_bands, n_filters * len(self.lags), 1, bias=False)
        with torch.no_grad():
            weight = _averages(n_filters, n_bands).repeat(len(self.lags), 1)
            self.filters.weight.copy_(weight[:, :, None])
        self.filters.requires_grad_(train_filters)
        self.branch: nn.Module | None = None
        n_channels = n_filters * len(self.lags)
        if len(channels):
            self.branch = ConvBlocks(
                1,
                n_bands,
                channels,
                kernel_size=kernel_size,
                pool_size=1,
                norm=norm,
                activation=activation,
            )
            n_channels += channels[-1]
        self.covariance = CovariancePooling(n_channels, shrinkage=shrinkage, ridge=ridge)
        n_features = self.covariance.n_features + (n_bands if mean else 0)
        self.n_features = n_features
        self.classifier = nn.Sequential(
            _BatchNorm1d(n_features, affine=False),
            nn.Dropout(dropout),
            nn.Linear(n_features, n_outputs),
        )

    def forward(self, maps: torch.Tensor, means: torch.Tensor) -> torch.Tensor:
        """Return the vectors of centred maps and the means that were subtracted."""
        latest = min(max(self.lags), maps.shape[-1] - 1)
        n_frames = maps.shape[-1] - latest
        filtered = self.filters(maps).chunk(len(self.lags), dim=1)
        starts = [min(lag, latest) for lag in self.lags]
        parts = [
            part[..., start : start + n_frames]
            for part, start in zip(filtered, starts, strict=True)
        ]
        if self.branch is not None:
            parts.append(self.branch(maps)[..., :n_frames])
        vector = self.covariance(torch.cat(parts, dim=1))
        return torch.cat([vector, means], dim=1) if self.mean else vector


def _check_lags(lags: Sequence[int]) -> tuple[int, ...]:
    lags = tuple(lags)
    integers = all(isinstance(lag, Integral) and lag >= 0 for lag in lags)
    if not lags or not integers or len(set(lags)) < len(lags):
        raise ValueError(
            f"The 'lags' parameter must be different numbers of frames, 0 or more, such as (0, 1). "
            f"Got {lags!r} instead."
        )
    return lags


def _averages(n_groups: int, n_bands: int) -> torch.Tensor:
    """Return the matrix that averages groups of neighbouring bands, as even as possible."""
    edges = torch.arange(n_groups + 1)[:, None] * n_bands // n_groups
    bands = torch.arange(n_bands)
    is_member = (bands >= edges[:-1]) & (bands < edges[1:])
    return is_member / (edges[1:] - edges[:-1])


def _crop(maps: torch.Tensor, share: float) -> torch.Tensor:
    """Return windows of one random length, each at its own random place."""
    n_frames = maps.shape[-1]
    # On the CPU, so that a seed gives the same numbers on every device.
    least = max(1, round(share * n_frames))
    n_kept = int(torch.randint(least, n_frames + 1, (), device="cpu"))
    starts = torch.randint(0, n_frames - n_kept + 1, (len(maps), 1, 1), device="cpu")
    frames = starts.to(maps.device) + torch.arange(n_kept, device=maps.device)
    return maps.gather(2, frames.expand(-1, maps.shape[1], -1))
