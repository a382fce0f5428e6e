"""Base of all transformers of clips: decode, compute, collect, one clip at a time."""

import errno
import functools
import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from ..._half_precision import to_half
from ..._progress import ProgressBar
from ..._public import public
from ..._remote_ahead import FilesAhead
from ..._threads import run_in_threads
from ...audio import Clips, check_clips
from ...audio._clips import read_ahead
from ...exceptions import ShapeMismatchError, ShortSignalWarning
from .batches import find_device, iterate_batches
from .cache import FeatureCache, scratch_folder
from .own_classes import check_is_constructed, refuse_hidden_parameters, to_numbers
from .parameters import validate_parameters
from .rows import Rows, format_size, parse_size
from .scratch import ScratchFile

# A full disk, an exceeded quota, and the maximum file size of the system or the shell.
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@public
class AudioTransformer(TransformerMixin, BaseEstimator, ABC):
    """Base class of transformers whose rows are clips.

    It takes sound files or waveforms, decodes and resamples them, computes the feature of each clip
    in threads, and collects the results in one array. To write your own feature, define
    :meth:`compute`; for parameters of its own, define a constructor with them and those below. For
    a single function, :class:`FunctionFeature` is enough.

    The code of your class is part of the key of the cache, so changes to it are noticed; after a
    change to a function that it calls, use :func:`clear_cache`. A class computes on a GPU if it
    defines ``_compute_batch``, which maps a tensor (n_clips, n_samples) to one row per clip.

    Parameters
    ----------
    sr : float, default=22050
        Sampling rate in Hz: files are resampled to it; arrays are assumed to have it.
    duration : float, default=None
        Duration of each clip in seconds: longer clips are cut, shorter ones zero-padded. None keeps
        them as they are; all clips must then have the same length.
    n_jobs : int, default=None
        Number of threads over clips, as in joblib.
    verbose : int, default=0
        Above 0, show a progress bar on standard error.
    memory : str or PathLike, default=None
        Folder of a per-clip cache, see :func:`cache_info`.
    max_in_memory : str or float, default="2GB"
        Maximum size of a result in memory. A larger one is mapped from a file in `memory`; without
        `memory` it is refused.
    dtype : {"float32", "float16"}, default="float32"
        Data type of the result. "float16" halves its size: three digits, values up to 65,504.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Device to compute on. Only the CPU is supported; "auto" uses it.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip, when fitted on an array.

    See Also
    --------
    FunctionFeature : A transformer made from a function.

    Examples
    --------
    The level of each frame, in dB:

    >>> import numpy as np
    >>> from skgenre.features import AudioTransformer
    >>> class Level(AudioTransformer):
    ...     def compute(self, y):
    ...         frames = y[: len(y) // 2048 * 2048].reshape(1, -1, 2048)
    ...         return 10 * np.log10(np.maximum(1e-10, (frames**2).mean(axis=-1)))
    >>> Level(duration=2.0).fit_transform(np.ones((2, 22050))).shape
    (2, 1, 21)
    """

    _parameter_constraints: ClassVar[dict] = {
        "sr": [Interval(Real, 0, None, closed="neither")],
        "duration": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "memory": [str, os.PathLike, None],
        "max_in_memory": [str, Interval(Real, 0, None, closed="neither")],
        "dtype": [StrOptions({"float32", "float16"})],
        "device": [StrOptions({"cpu", "cuda", "auto"})],
    }

    def __init__(
        self,
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
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    @abstractmethod
    def compute(self, y: np.ndarray) -> np.ndarray:
        """Compute the feature of one clip.

        This is the method that a subclass defines. It is called in threads, and must not depend on
        other clips. Neither the parameters nor the waveform are checked here.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            The waveform, float32 at `sr`. Do not write to it.

        Returns
        -------
        ndarray
            A feature map (n_bands, n_frames), a table row (n_features,), one number, which is a row
            of one column, or segments (n_segments, n_bands, n_frames).
        """

    def _check_parameters(self) -> None:
        """Refuse incompatible parameters that are valid individually."""

    def _contents(self) -> dict[str, Any]:
        """Return what takes the place of parameters in the key of the cache, by their names.

        Of a parameter that names a file it is a hash of what the file contains.
        """
        return {}

    def _window_length(self) -> int:
        """Return the samples of one analysis window; shorter clips are padded, with a warning."""
        return 1

    def _is_short(self, n_samples: int) -> bool:
        """Tell whether a clip of that many samples has a window that needs padding."""
        return n_samples < self._window_length()

    _is_ragged_allowed = False

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and the input; there is nothing to learn.

        Parameters
        ----------
        X : sequence of paths, sequence of waveforms, or array of shape (n_clips, n_samples)
            The clips. Files are not opened.
        y : ignored
            For the interface of scikit-learn.

        Returns
        -------
        self
            The transformer.
        """
        self._check_all_parameters()
        check_clips(X, estimator=self, sr=self.sr, reset=True, duration=self.duration)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit and transform, checking the input once.

        Parameters
        ----------
        X : sequence of paths, sequence of waveforms, or array of shape (n_clips, n_samples)
            The clips.
        y : ignored
            For the interface of scikit-learn.

        Returns
        -------
        ndarray
            One row per clip, as from transform.
        """
        self._validate_params()
        self._check_all_parameters()
        clips = check_clips(X, estimator=self, sr=self.sr, reset=True, duration=self.duration)
        if not self._is_ragged_allowed:
            self._check_lengths(clips)
        return self._collect(clips)

    def transform(self, X: Any) -> np.ndarray:
        """Compute the feature of each clip.

        Parameters
        ----------
        X : sequence of paths, sequence of waveforms, or array of shape (n_clips, n_samples)
            The clips.

        Returns
        -------
        ndarray
            One row per clip, of type `dtype`. Above `max_in_memory` a read-only
            :class:`numpy.memmap` of a file in `memory`, or an object array of parts of one if clips
            differ in shape.

        Raises
        ------
        AudioDecodeError
            If a file can't be read. The message names it.
        ValueError
            If clips differ in length and the feature has to be one array, if the result would
            exceed `max_in_memory` and there is no `memory`, or if it has a value outside the range
            of `dtype`.
        """
        self._validate_params()
        self._check_all_parameters()
        clips = check_clips(X, estimator=self, sr=self.sr, reset=False, duration=self.duration)
        if not self._is_ragged_allowed:
            self._check_lengths(clips)
        return self._collect(clips)

    # Values of parameters that pickles and files of earlier versions lack.
    _before: ClassVar[dict] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({**self._before, **state})

    @classmethod
    @functools.cache
    def _get_param_names(cls) -> list[str]:
        # Scikit-learn reads the signature in each call, which takes as long as a short clip.
        return super()._get_param_names()

    # Whether each call of `compute` returns another array, so that none has to be copied.
    _makes_new_arrays = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        refuse_hidden_parameters(cls)
        if "compute" in vars(cls):
            cls._makes_new_arrays = vars(cls).get("_makes_new_arrays", False)

    def _validate_params(self) -> None:
        validate_parameters(type(self), self.get_params(deep=False))

    def _check_all_parameters(self) -> None:
        name = type(self).__name__
        check_is_constructed(self, AudioTransformer._parameter_constraints)
        if self.memory is not None and not os.fspath(self.memory):
            raise ValueError(
                f"The 'memory' parameter of {name} must be a folder or None. Got '' instead."
            )
        try:
            parse_size(self.max_in_memory)
        except ValueError as error:
            raise ValueError(f"The 'max_in_memory' parameter of {name}: {error}.") from error
        self._check_parameters()
        if self.device == "cuda":
            self._find_device()

    def _find_device(self) -> str:
        return find_device(self, self._parts())

    def _parts(self) -> Iterator["AudioTransformer"]:
        """Yield this transformer and all nested ones."""
        yield self
        for value in self.get_params(deep=True).values():
            if isinstance(value, AudioTransformer):
                yield value

    def _check_lengths(self, clips: Clips) -> None:
        lengths = clips.lengths
        if lengths is None:
            return
        different = np.flatnonzero(lengths != lengths[0])
        if different.size:
            other = int(different[0])
            raise ValueError(
                self._mixed_lengths(clips, 0, other, f"{lengths[0]} and {lengths[other]} samples")
            )

    def _mixed_lengths(self, clips: Clips, one: int, other: int, sizes: str) -> str:
        return (
            f"{type(self).__name__} makes one array of all clips, but {clips.name(one)} and "
            f"{clips.name(other)} differ in length ({sizes}). Set duration= to cut or pad them, "
            f"or cut them into segments with Segmenter, which takes any lengths."
        )

    def _collect(self, clips: Clips) -> np.ndarray:
        """Compute all clips, into one array if their shapes agree."""
        max_bytes = parse_size(self.max_in_memory)
        rows = Rows(len(clips), max_bytes, self._open_scratch, self.dtype)
        shape: tuple[int, ...] | None = None
        try:
            for i, features in self._iterate(clips, rows.place):
                if shape is None:
                    first, shape = i, features.shape
                is_like_first = features.shape[1:] == shape[1:] and self._is_ragged_allowed
                if features.shape != shape and not is_like_first:
                    shapes = f"features of shape {shape} and {features.shape}"
                    raise ValueError(self._mixed_lengths(clips, first, i, shapes))
                rows.add(i, self._in_dtype(features, clips, i))
            return rows.finish()
        except OSError as error:
            rows.close()
            if error.errno not in _NO_ROOM:
                raise
            raise OSError(
                error.errno,
                f"{type(self).__name__}: the features don't fit on the disk of "
                f"memory={os.fspath(self.memory or '')!r} ({error.strerror}). Make room there, "
                f"name a folder on another disk, or make them smaller with a shorter duration, "
                f"fewer bands or a longer hop",
                error.filename,
            ) from error
        except BaseException:
            rows.close()
            raise

    def _in_dtype(self, features: np.ndarray, clips: Clips, i: int) -> np.ndarray:
        if self.dtype == "float32":
            return features

        def describe(band: int, value: float) -> str:
            return (
                f"{type(self).__name__} with dtype='float16' can't hold {value:g}, in "
                f"{self._name_band(band)} of {clips.name(i)}: float16 ends at 65504. Set "
                f"dtype='float32'."
            )

        return to_half(features, describe)

    def _name_band(self, band: int) -> str:
        """Name a band, or a column of a table, for messages."""
        if hasattr(self, "get_feature_names_out"):
            return f"column {str(self.get_feature_names_out()[band])!r}"
        return f"band {band}"

    def _open_scratch(self, nbytes: int, what: str) -> ScratchFile:
        if self.memory is None:
            raise ValueError(
                f"{what} would take {format_size(nbytes)}, more than "
                f"max_in_memory={self.max_in_memory!r} of {type(self).__name__} allows: set "
                f"memory= to a folder, where they are then kept on disk, raise max_in_memory, or "
                f"make the features smaller with a shorter duration, fewer bands or a longer hop."
            )
        return ScratchFile(scratch_folder(self.memory), self.dtype)

    def _iterate(
        self,
        clips: Clips,
        place: Callable[[int], np.ndarray | None],
        cache: FeatureCache | None = None,
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the index and the feature of each clip, those that others compute last.

        Those from the cache, by default that of `memory`, are read into their `place`, if it has
        their shape.
        """
        device = self._find_device()
        if cache is None and self.memory is not None:
            cache = FeatureCache(self.memory, self, device)
        short = []

        def load(i: int) -> np.ndarray:
            y = clips[i]
            if self._is_short(len(y)):
                short.append(i)
            return y

        n_clips = len(clips)
        is_wanted = None if cache is None else lambda i: cache.lacks(clips.key(i))
        ahead = read_ahead(clips, self.n_jobs, is_wanted)
        if device == "cpu":
            found = self._iterate_clips(clips, load, cache, place, ahead)
        else:
            compute = getattr(self, "_compute_batch")  # noqa: B009 (not every feature has one)
            found = iterate_batches(
                clips, load, compute, cache=cache, device=device, n_jobs=self.n_jobs, ahead=ahead
            )
        try:
            bar = ProgressBar(type(self).__name__, n_clips, "clips", is_shown=bool(self.verbose))
            with ahead, closing(bar):
                for i, features in found:
                    yield i, features
                    bar.advance()
        finally:
            if cache is not None:
                cache.log()
        if short:
            what = "have segments" if self._is_ragged_allowed else "are"
            warnings.warn(
                f"{type(self).__name__}: {len(short)} of {n_clips} clips {what} shorter than one "
                f"analysis window of {self._window_length()} samples ({clips.name(min(short))}, "
                f"for one) and were padded with zeros.",
                ShortSignalWarning,
                # _collect, transform, and scikit-learn's wrapper of it, before the caller.
                stacklevel=5,
            )

    def _name_of_compute(self) -> str:
        """Return the name of what computes the feature, for messages."""
        return "compute"

    def _iterate_clips(
        self,
        clips: Clips,
        load: Callable[[int], np.ndarray],
        cache: FeatureCache | None,
        place: Callable[[int], np.ndarray | None],
        ahead: FilesAhead,
    ) -> Iterator[tuple[int, np.ndarray]]:
        def compute(i: int) -> np.ndarray:
            y = load(i)
            try:
                features = to_numbers(
                    self.compute(y),
                    type(self).__name__,
                    self._name_of_compute(),
                    is_copied=not self._makes_new_arrays,
                )
            except Exception as error:
                error.add_note(f"{type(self).__name__} failed on {clips.name(i)}.")
                raise
            if features.size == 0:
                raise ShapeMismatchError(
                    f"{type(self).__name__}: {self._name_of_compute()} returned an empty array, of "
                    f"shape {features.shape} for {clips.name(i)}."
                )
            return features

        def get(i: int, wait: bool) -> tuple[int, np.ndarray | None]:
            with ahead.at(i):
                if cache is None:
                    return i, compute(i)
                return i, cache.get(clips.key(i), lambda: compute(i), wait=wait, out=place(i))

        busy = []
        for i, features in run_in_threads(
            lambda i: get(i, wait=False), range(len(clips)), self.n_jobs, ahead.end
        ):
            if features is None:
                busy.append(i)
            else:
                yield i, features
        for i in busy:
            _, features = get(i, wait=True)
            assert features is not None
            yield i, features

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = True
        tags.transformer_tags.preserves_dtype = [self.dtype]
        tags.requires_fit = False
        return tags
