"""Second-order networks: the covariance of channels over time."""

from collections.abc import Sequence
from numbers import Integral

import torch
from torch import nn

from .._docstrings import inherit_docs
from .._public import public
from ._blocks import Network
from ._cnn import CNN
from ._conv import ConvBlocks, Size
from ._covariance_pooling import CovariancePooling
from ._standardize import Standardize


@public
@inherit_docs(CNN)
class CovarianceNet(Network):
    """Linear classifier of the covariance of learnt channels over time.

    Bands are centred per clip, standardized, and pooled. Linear filters of bands, at several lags,
    and convolutions over frames give the channels. The matrix logarithm of their covariance is a
    vector; with the means of bands, all divided by one scale, it goes to a dense layer that gives
    the logits. The filters start as pooled bands, so that training starts at the covariance of
    bands.

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
    channels : sequence of int, default=()
        Channels of each convolution over frames, such as (32, 32); those of the last one are added
        to the filters. Empty for filters alone.
    kernel_size : int or sequence, default=5
        Kernel size of the convolutions, in frames: a number, or one per convolution.
    shrinkage : float, default=0.01
        Share of the mean variance in the covariance, from 0 to 1. It is at least 0.0001: smaller
        eigenvalues would be rounding errors in single precision.
    ridge : float, default=0.02
        Variance added to that of each channel, above 0. Centred bands have the variance 1.
    mean : bool, default=True
        Whether the dense layer also gets each pooled band's mean over the frames. Of maps of one
        frame it always does, and gets nothing else.
    min_crop : float, default=0.5
        In training, crops of random length, from this share of the frames to all, at a random place
        for each clip. 1 disables cropping.
    gain : float, default=0.1
        In training, multiply each centred clip by the exponential of a normal number with this
        standard deviation.
    dropout : float, default=0.5
        Dropout rate before the dense layer.
    n_estimators : int, default=1
        Number of networks that are trained together, each with random crops, gains, dropout and
        initial convolutions of its own. Their probabilities are averaged.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import CovarianceNet
    >>> CovarianceNet(96, 130, n_outputs=10)(torch.zeros(4, 96, 130)).shape
    torch.Size([4, 10])
    """

    pooling: torch.Tensor | None

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
        channels: Sequence[int] = (),
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
        super().__init__(n_bands, center="clip")
        self.levels = Standardize(n_bands)
        self.min_crop = min_crop
        self.gain = gain
        self.mean = mean
        # The columns of a table, which is a map of one frame, are no neighbours. They have no
        # covariance: a constant would be rounding errors after batch norm, which Adam amplifies.
        n_pooled = n_bands if n_frames == 1 else min(pooled_bands, n_bands)
        # Not for tables, whose thousands of columns squared would be gigabytes.
        pooling = None if n_pooled == n_bands else _averages(n_pooled, n_bands)
        self.register_buffer("pooling", pooling, persistent=False)
        n_features = n_pooled if mean or n_frames == 1 else 0
        self.covariance: CovariancePooling | None = None
        self.branches = nn.ModuleList()
        if n_frames > 1:
            self.branches.extend(
                _Branches(
                    n_pooled,
                    n_filters=n_filters,
                    lags=_check_lags(lags),
                    train_filters=train_filters,
                    channels=channels,
                    kernel_size=kernel_size,
                    norm=norm,
                    activation=activation,
                )
                for _ in range(n_estimators)
            )
            n_channels = self.branches[0].n_channels
            self.covariance = CovariancePooling(
                n_channels,  # type: ignore[arg-type]
                shrinkage=shrinkage,
                ridge=ridge,
            )
            n_features += self.covariance.n_features
        self.classifiers = nn.ModuleList(
            _make_classifier(n_features, n_outputs, dropout) for _ in range(n_estimators)
        )
        self.n_features = n_features * n_estimators

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
        vectors = self._vectors(X)
        logits = [
            classify(vector) for classify, vector in zip(self.classifiers, vectors, strict=True)
        ]
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
        return torch.cat(list(self._vectors(X)), dim=1)

    def _vectors(self, X: torch.Tensor) -> Sequence[torch.Tensor]:
        """Return the vectors of each estimator."""
        means = self._pool(self.levels(X)).mean(-1)
        if self.covariance is None:
            return [means] * len(self.classifiers)
        maps = self._pool(self.standardize(X))
        covariances = [self.covariance.covariance(f(self._augment(maps))) for f in self.branches]
        # All logarithms in one batch: fewer operations on a GPU, and in an exported file.
        logarithms = self.covariance.to_vector(torch.stack(covariances, dim=1)).to(X.dtype)
        vectors = logarithms.unbind(1)
        if not self.mean:
            return vectors
        return [torch.cat([vector, means], dim=1) for vector in vectors]

    def _pool(self, maps: torch.Tensor) -> torch.Tensor:
        return maps if self.pooling is None else self.pooling @ maps

    def _augment(self, maps: torch.Tensor) -> torch.Tensor:
        """Return a random crop with a random gain, in training."""
        if not self.training:
            return maps
        if self.min_crop < 1 and maps.shape[-1] > 2:
            maps = _crop(maps, self.min_crop)
            maps = maps - maps.mean(-1, keepdim=True)
        if self.gain:
            maps = maps * torch.exp(self.gain * torch.randn_like(maps[:, :1, :1]))
        return maps


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


class _Branches(nn.Module):
    """Filters and convolutions of one estimator, over pooled and centred maps."""

    def __init__(
        self,
        n_bands: int,
        *,
        n_filters: int,
        lags: tuple[int, ...],
        train_filters: bool,
        channels: Sequence[int],
        kernel_size: Size,
        norm: str | None,
        activation: str,
    ) -> None:
        super().__init__()
        self.lags = lags
        n_filters = min(n_filters, n_bands)
        self.n_channels = n_filters * len(lags)
        self.filters = nn.Conv1d(n_bands, self.n_channels, 1, bias=False)
        with torch.no_grad():
            weight = _averages(n_filters, n_bands).repeat(len(lags), 1)
            self.filters.weight.copy_(weight[:, :, None])
        self.filters.requires_grad_(train_filters)
        self.convolutions: nn.Module | None = None
        if len(channels):
            self.convolutions = ConvBlocks(
                1,
                n_bands,
                channels,
                kernel_size=kernel_size,
                pool_size=1,
                norm=norm,
                activation=activation,
            )
            self.n_channels += channels[-1]

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the filtered bands at each lag, and the convolutions."""
        latest = min(max(self.lags), maps.shape[-1] - 2)
        n_frames = maps.shape[-1] - latest
        filtered = self.filters(maps).chunk(len(self.lags), dim=1)
        starts = [min(lag, latest) for lag in self.lags]
        parts = [
            part[..., start : start + n_frames]
            for part, start in zip(filtered, starts, strict=True)
        ]
        if self.convolutions is not None:
            parts.append(self.convolutions(maps)[..., :n_frames])
        return torch.cat(parts, dim=1)


def _make_classifier(n_features: int, n_outputs: int, dropout: float) -> nn.Sequential:
    dense = nn.Linear(n_features, n_outputs)
    # As logistic regression starts: random weights of thousands of columns are noise.
    nn.init.zeros_(dense.weight)
    nn.init.zeros_(dense.bias)
    return nn.Sequential(_CommonScale(n_features), nn.Dropout(dropout), dense)


class _CommonScale(nn.Module):
    """Centre columns, and divide all by one scale, by moving averages over batches.

    Batch norm, with a scale for each column, would distort distances between covariances. Averages
    are used in training, too: they change more slowly than a batch does.
    """

    running_mean: torch.Tensor
    running_var: torch.Tensor
    num_batches_tracked: torch.Tensor

    def __init__(self, n_features: int, momentum: float = 0.1) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("running_mean", torch.zeros(n_features))
        self.register_buffer("running_var", torch.ones(()))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        if self.training:
            with torch.no_grad():
                self._track(X)
        return (X - self.running_mean) * (self.running_var + 1e-5).rsqrt()

    def _track(self, X: torch.Tensor) -> None:
        # The first batches are averaged alike.
        share = (1 / (self.num_batches_tracked + 1)).clamp_min(self.momentum)
        self.running_mean.lerp_(X.mean(0), share)
        self.running_var.lerp_((X - self.running_mean).square().mean(), share)
        self.num_batches_tracked += 1


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
    least = max(2, round(share * n_frames))
    n_kept = int(torch.randint(least, n_frames + 1, (), device="cpu"))
    starts = torch.randint(0, n_frames - n_kept + 1, (len(maps), 1, 1), device="cpu")
    frames = starts.to(maps.device) + torch.arange(n_kept, device=maps.device)
    return maps.gather(2, frames.expand(-1, maps.shape[1], -1))
