"""Several feature maps of the same clips, stacked on the band axis."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils.metaestimators import _BaseComposition

from .._docstrings import inherit_docs
from .._public import public
from ._engine.base import AudioTransformer
from ._engine.spectral import compute_together
from ._engine.wrapper import check_inner

if TYPE_CHECKING:
    import torch


@public
@inherit_docs()
class FeatureStack(_BaseComposition, AudioTransformer):
    """Join feature maps of the same clips on the band axis.

    It is to feature maps what ``FeatureUnion`` is to tables. Each clip is decoded once for all
    members.

    Parameters
    ----------
    transformers : list of transformers, or of (name, transformer) pairs
        The members, each with the same `sr`, the same frames, and without its own `memory` or
        `duration`. Without names they get the lowercase names of their classes, numbered if a class
        occurs twice, as in :func:`sklearn.pipeline.make_union`: ``FeatureStack([MFCC()])`` has the
        parameter ``mfcc__n_mfcc``.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. "cuda" uses a GPU, in batches, if all members can; "auto" does so if
        possible.

    See Also
    --------
    sklearn.pipeline.FeatureUnion : The same for tables.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.features import MFCC, ChromaFeatures, FeatureStack
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> stack = FeatureStack([MFCC(), ChromaFeatures()])
    >>> stack.fit_transform(clips).shape
    (2, 32, 44)
    >>> stack.set_params(mfcc__n_mfcc=13).fit_transform(clips).shape
    (2, 25, 44)
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        "transformers": [list, tuple],
    }

    def __init__(
        self,
        transformers: Sequence[Any],
        *,
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.transformers = transformers
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    @property
    def _members(self) -> list[tuple[str, Any]]:
        """Members with their names."""
        # Anything but a list is refused in fit; until then it has no members.
        items = list(self.transformers) if isinstance(self.transformers, list | tuple) else []
        if all(isinstance(item, tuple) for item in items):
            return items
        kinds = [type(item).__name__.lower() for item in items]
        names = [
            kind if kinds.count(kind) == 1 else f"{kind}-{kinds[: i + 1].count(kind)}"
            for i, kind in enumerate(kinds)
        ]
        return list(zip(names, items, strict=True))

    @_members.setter
    def _members(self, members: list[tuple[str, Any]]) -> None:
        self.transformers = members

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters, with `deep` also those of the members.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the members and their parameters.

        Returns
        -------
        dict
            Parameters by name.
        """
        return self._get_params("_members", deep=deep)

    def set_params(self, **params: Any) -> "FeatureStack":
        """Set parameters of the stack, of a member as in ``mfcc__n_mfcc``, or a member itself.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        self
            The transformer.
        """
        if "transformers" in params:
            self.transformers = params.pop("transformers")
        self._set_params("_members", **params)
        return self

    def _check_parameters(self) -> None:
        name = type(self).__name__
        if not self.transformers:
            raise ValueError(f"The 'transformers' parameter of {name} must not be empty.")
        members = self._members
        for member in members:
            if len(member) != 2:
                raise ValueError(
                    f"The 'transformers' parameter of {name} must hold transformers, or pairs of a "
                    f"name and a transformer. Got {member!r} instead."
                )
        for _, member in members:
            expected = "a list of transformers of clips, or of (name, transformer) pairs of them"
            check_inner(self, member, "transformers", expected)
            if member._is_ragged_allowed:
                raise ValueError(
                    f"{name} joins feature maps, and {type(member).__name__} makes segments: put "
                    f"the stack inside it, as in Segmenter(FeatureStack([...]))."
                )
        self._validate_names([name for name, _ in members])

    def _window_length(self) -> int:
        return max(member._window_length() for _, member in self._members)

    def compute(self, y: np.ndarray) -> np.ndarray:
        names = [name for name, _ in self._members]
        together = compute_together([member for _, member in self._members], y)
        maps = list(zip(names, together, strict=True))
        frames = {feature.shape[-1] for _, feature in maps}
        if len(frames) > 1:
            counts = ", ".join(f"{name} {feature.shape[-1]}" for name, feature in maps)
            raise ValueError(
                f"{type(self).__name__} joins maps with the same number of frames, got {counts}: "
                f"give its members the same hop_length, n_fft and center."
            )
        return np.concatenate([feature for _, feature in maps])

    def _compute_batch(self, waveforms: "torch.Tensor") -> "torch.Tensor":
        import torch

        maps = [member._compute_batch(waveforms) for _, member in self._members]
        if len({feature.shape[-1] for feature in maps}) > 1:
            self.compute(waveforms[0].cpu().numpy())  # says which member has other frames
        return torch.cat(maps, dim=1)
