"""Data augmentation of feature maps."""

import random
from typing import Any

import torch
from torch import nn

from .._public import public

_NAMES = (
    "time_crop",
    "time_stretch",
    "freq_shift",
    "time_masks",
    "time_mask_width",
    "freq_masks",
    "freq_mask_width",
    "gain",
    "noise",
    "mixup",
)


@public
class Augmentation(nn.Module):
    """Random changes of feature maps, drawn for each training batch.

    It runs on the whole batch at once, on the batch's device, and changes each clip independently.
    In evaluation mode it changes nothing. Each change is off by default. They are applied in this
    order: stretch and crop, shift of bands, gain, noise, mixup, masks.

    Parameters
    ----------
    time_crop : float, default=None
        Share of the frames to keep: a window at a random place. The maps get shorter, so the
        network must accept maps of any length.
    time_stretch : float, default=None
        Maximum change of speed: 0.1 draws the speed between 1 / 1.1 and 1.1. Frames are
        interpolated; where a clip is too short for its speed, it is mirrored at its end.
    freq_shift : int, default=None
        Maximum shift up or down, in bands. The outermost band is repeated.
    time_masks : int, default=0
        Number of time masks, as in SpecAugment [1]_.
    time_mask_width : float, default=0.1
        Maximum width of each, as a share of all frames; the width is drawn between 0 and this.
    freq_masks : int, default=0
        Number of frequency masks.
    freq_mask_width : float, default=0.1
        Maximum width of each, as a share of all bands.
    gain : float, default=None
        Maximum change of level up or down, in the unit of the maps: 6.0 is 6 dB with maps in
        decibels.
    noise : float, default=None
        Standard deviation of added Gaussian noise, in the unit of the maps.
    mixup : float, default=None
        Mix each clip with another one of the batch, and their targets in the same proportion [2]_.
        The proportion is drawn for each batch from a beta distribution with both parameters equal
        to this, such as 0.2.

    See Also
    --------
    skgenre.classifiers.CNNClassifier : Takes one as ``augmentation``.

    Notes
    -----
    Masked values are about 0 after the network's standardization: each band's mean over the batch,
    or, where the network centres each clip's bands (``center="clip"``), time masks are filled with
    the band's mean over the frames of the clip that are not masked. A search reaches the parameters
    as ``augmentation__mixup`` and so on.

    References
    ----------
    .. [1] D. Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech
       Recognition", Interspeech 2019.
    .. [2] H. Zhang, M. Cisse, Y. Dauphin, D. Lopez-Paz, "mixup: Beyond Empirical Risk
       Minimization", ICLR 2018.

    Examples
    --------
    >>> import torch
    >>> from skgenre.nn import Augmentation
    >>> augmentation = Augmentation(time_crop=0.5, freq_masks=2)
    >>> maps, _ = augmentation(torch.randn(4, 96, 130))
    >>> maps.shape
    torch.Size([4, 96, 65])
    >>> augmentation.eval()(torch.randn(4, 96, 130))[0].shape
    torch.Size([4, 96, 130])
    """

    def __init__(
        self,
        *,
        time_crop: float | None = None,
        time_stretch: float | None = None,
        freq_shift: int | None = None,
        time_masks: int = 0,
        time_mask_width: float = 0.1,
        freq_masks: int = 0,
        freq_mask_width: float = 0.1,
        gain: float | None = None,
        noise: float | None = None,
        mixup: float | None = None,
    ) -> None:
        super().__init__()
        self.time_crop = time_crop
        self.time_stretch = time_stretch
        self.freq_shift = freq_shift
        self.time_masks = time_masks
        self.time_mask_width = time_mask_width
        self.freq_masks = freq_masks
        self.freq_mask_width = freq_mask_width
        self.gain = gain
        self.noise = noise
        self.mixup = mixup

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name, as scikit-learn's estimators do.

        Parameters
        ----------
        deep : bool, default=True
            Ignored: no parameter has parameters of its own.

        Returns
        -------
        dict of str to object
            The parameters.
        """
        return {name: getattr(self, name) for name in _NAMES}

    def set_params(self, **params: Any) -> "Augmentation":
        """Set parameters by name, as scikit-learn's estimators do.

        Parameters
        ----------
        **params : object
            New values.

        Returns
        -------
        Augmentation
            Itself.

        Raises
        ------
        ValueError
            If a name is not one of its parameters.
        """
        for name, value in params.items():
            if name not in _NAMES:
                raise ValueError(
                    f"Invalid parameter {name!r} for Augmentation. Valid ones are: "
                    f"{', '.join(_NAMES)}."
                )
            setattr(self, name, value)
        return self

    def check(self) -> None:
        """Check that all parameters are valid.

        Raises
        ------
        ValueError
            With the parameter, the allowed values, and its value.
        """
        self._check("time_crop", "a share above 0, at most 1", lambda value: 0 < value <= 1)
        self._check("time_stretch", "a number above 0", lambda value: value > 0)
        self._check("freq_shift", "an int of 1 or more", lambda v: v >= 1 and int(v) == v)
        self._check("gain", "a number above 0", lambda value: value > 0)
        self._check("noise", "a number above 0", lambda value: value > 0)
        self._check("mixup", "a number above 0", lambda value: value > 0)
        for axis in ("time", "freq"):
            name = f"{axis}_masks"
            self._check(name, "an int of 0 or more", lambda v: v >= 0 and int(v) == v)
            name = f"{axis}_mask_width"
            self._check(name, "a share above 0, at most 1", lambda value: 0 < value <= 1)

    def _check(self, name: str, allowed: str, is_allowed: Any) -> None:
        value = getattr(self, name)
        may_be_none = not name.endswith(("_masks", "_width"))
        if value is None and may_be_none:
            return
        if value is None or not is_allowed(value):
            allowed += " or None" if may_be_none else ""
            raise ValueError(
                f"The {name!r} parameter of Augmentation must be {allowed}. Got {value!r} instead."
            )

    def n_cropped_frames(self, n_frames: int) -> int:
        """Return the number of frames after cropping.

        Parameters
        ----------
        n_frames : int
            Number of frames before.

        Returns
        -------
        int
            At least 1.
        """
        if self.time_crop is None:
            return n_frames
        return max(1, round(self.time_crop * n_frames))

    def forward(
        self,
        X: torch.Tensor,
        target: torch.Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
        center: str | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Augment a batch, in training mode.

        Parameters
        ----------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Feature maps. They are not changed in place.
        target : Tensor of shape (n_clips, n_outputs), default=None
            Share of each genre, needed for mixup.
        generator : Generator, default=None
            Random generator, on the CPU whatever the batch's device. None uses torch's default.
        center : {"clip"} or None, default=None
            Centring by the network that gets the maps, as in :class:`Standardize`: "clip" fills
            time masks so that they are 0 after it.

        Returns
        -------
        X : Tensor of shape (n_clips, n_bands, n_frames)
            Augmented maps, shorter with `time_crop`.
        target : Tensor of shape (n_clips, n_outputs) or None
            The targets, mixed with `mixup`.

        Raises
        ------
        ValueError
            If a parameter or `center` is invalid, or `mixup` has no target to mix.
        """
        if center not in ("clip", None):
            raise ValueError(
                f"The 'center' parameter of Augmentation's forward must be 'clip' or None. Got "
                f"{center!r} instead."
            )
        if not self.training:
            return X, target
        self.check()
        draw = _Draws(len(X), X.device, generator)
        masked = X.mean((0, 2), keepdim=True)
        if self.time_crop is not None or self.time_stretch is not None:
            X = self._resample(X, draw)
        if self.freq_shift is not None:
            bands = torch.arange(X.shape[1], device=X.device)
            shifted = bands - draw.integers(-self.freq_shift, self.freq_shift)
            X = _take(X, shifted.clamp(0, X.shape[1] - 1), 1)
        if self.gain is not None:
            X = X + (2 * draw.uniform()[..., None] - 1) * self.gain
        if self.noise is not None:
            X = X + self.noise * draw.normal(X)
        if self.mixup is not None:
            X, target = _mix(X, target, *draw.mixture(self.mixup))
        for count, width, axis in (
            (self.time_masks, self.time_mask_width, 2),
            (self.freq_masks, self.freq_mask_width, 1),
        ):
            if count:
                is_masked = _draw_masks(draw, X.shape[axis], count, width).unsqueeze(3 - axis)
                # A band that is masked as a whole is 0 after centring, whatever fills it.
                is_centred = center == "clip" and axis == 2
                fill = _means_of_the_rest(X, is_masked, masked) if is_centred else masked
                X = torch.where(is_masked, fill, X)
        return X, target

    def _resample(self, X: torch.Tensor, draw: "_Draws") -> torch.Tensor:
        """Resample windows of the clips, each at its own place and speed."""
        n_frames = X.shape[2]
        n_kept = self.n_cropped_frames(n_frames)
        frames = torch.arange(n_kept, device=X.device)
        if self.time_stretch is None:
            return _take(X, frames + draw.integers(0, n_frames - n_kept), 2)
        speed = (1 + self.time_stretch) ** (2 * draw.uniform() - 1)
        start = draw.uniform() * (n_frames - n_kept * speed).clamp_min(0)
        last = n_frames - 1
        position = (last - (last - (start + frames * speed)).abs()).clamp_min(0)
        before = position.floor().long()
        share = (position - before).unsqueeze(1)
        return torch.lerp(
            _take(X, before, 2), _take(X, (before + 1).clamp_max(last), 2), share.to(X.dtype)
        )

    def extra_repr(self) -> str:
        """Return the parameters that differ from their defaults.

        Returns
        -------
        str
            As torch prints modules.
        """
        defaults = {
            "time_masks": 0,
            "freq_masks": 0,
            "time_mask_width": 0.1,
            "freq_mask_width": 0.1,
        }
        return ", ".join(
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value != defaults.get(name)
        )


class _Draws:
    """Random numbers for each clip of a batch, as columns.

    They are drawn on the CPU and moved, so that a seed gives the same numbers on every device; only
    noise is drawn on the batch's device.
    """

    def __init__(
        self, n_clips: int, device: torch.device, generator: torch.Generator | None
    ) -> None:
        self._n_clips = n_clips
        self.device = device
        self._generator = generator

    def uniform(self) -> torch.Tensor:
        return torch.rand(self._n_clips, 1, generator=self._generator).to(self.device)

    def integers(self, low: int, high: int | torch.Tensor) -> torch.Tensor:
        """Return whole numbers from `low` to `high`, both included."""
        # In float64, so that all are equally probable.
        draws = torch.rand(self._n_clips, 1, generator=self._generator, dtype=torch.float64)
        return (low + (draws.to(self.device) * (high - low + 1)).floor()).long()

    def normal(self, X: torch.Tensor) -> torch.Tensor:
        generator = torch.Generator(self.device).manual_seed(self._seed())
        return torch.randn(X.shape, generator=generator, device=X.device, dtype=X.dtype)

    def mixture(self, alpha: float) -> tuple[float, torch.Tensor]:
        """Return the share that each clip keeps, and the other clip for each."""
        share = random.Random(self._seed()).betavariate(alpha, alpha)
        others = torch.randperm(self._n_clips, generator=self._generator)
        return share, others.to(self.device)

    def _seed(self) -> int:
        return int(torch.randint(2**62, (), generator=self._generator))


def _take(X: torch.Tensor, index: torch.Tensor, axis: int) -> torch.Tensor:
    """Take bands (axis 1) or frames (axis 2) by each clip's own numbers."""
    index = index.unsqueeze(3 - axis)
    shape = [*X.shape]
    shape[axis] = index.shape[axis]
    return X.gather(axis, index.expand(shape))


def _mix(
    X: torch.Tensor, target: torch.Tensor | None, share: float, others: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    if target is None:
        raise ValueError("Augmentation with mixup needs the targets: call it with target=...")
    mixed = torch.lerp(X[others], X, share)
    return mixed, share * target + (1 - share) * target[others]


def _means_of_the_rest(
    X: torch.Tensor, is_masked: torch.Tensor, otherwise: torch.Tensor
) -> torch.Tensor:
    """Return each clip's band means over the frames that are left, if there are any."""
    n_left = (~is_masked).sum(2, keepdim=True)
    means = X.masked_fill(is_masked, 0).sum(2, keepdim=True) / n_left.clamp_min(1)
    return torch.where(n_left > 0, means, otherwise)


def _draw_masks(draw: _Draws, size: int, count: int, largest: float) -> torch.Tensor:
    """Return which of `size` positions are masked, for each clip."""
    positions = torch.arange(size, device=draw.device)
    is_masked = torch.zeros((), dtype=torch.bool, device=positions.device)
    for _ in range(count):
        width = draw.integers(0, max(1, round(largest * size)))
        start = draw.integers(0, size - width)
        is_masked = is_masked | ((positions >= start) & (positions < start + width))
    return is_masked
