"""A function of a waveform as a transformer of clips."""

import os
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import InvalidParameterError

from .._dict_params import DictParams, name_of, parameters_of
from .._docstrings import inherit_docs
from .._public import public
from ..audio import Clips
from ._engine.base import AudioTransformer
from ._engine.own_classes import to_numbers


@public
@inherit_docs()
class FunctionFeature(DictParams, AudioTransformer):
    """Apply a function of a waveform to each clip.

    librosa's functions and your own become transformers: files are decoded and resampled, clips
    are computed in threads, and results are cached.

    Parameters
    ----------
    func : callable
        Function of the samples of one clip, a float32 array of shape (n_samples,). They are its
        first argument, or its argument ``y`` if that is keyword-only, as in
        ``librosa.feature.rms``. A parameter named ``sr`` gets the sampling rate. The result is a
        feature map (n_bands, n_frames), a table row (n_features,), a number, which is a row of one
        column, or segments (n_segments, n_bands, n_frames), of the same shape for all clips.
    kw_args : dict, default=None
        Other arguments of `func` by name. A search sets single ones, such as
        ``kw_args__hop_length``.
    duration : float, default=None
        Duration of each clip in seconds: longer clips are cut, shorter ones zero-padded. None keeps
        them as they are; all results must then still have the same shape.
    n_jobs : int, default=None
        Number of threads over clips, as in joblib. They help if `func` spends its time in NumPy or
        another library that releases the GIL.
    memory : str or PathLike, default=None
        Folder of a per-clip cache, see :func:`cache_info`. The code of `func`, its defaults, the
        variables that it encloses and the constants that it reads are part of the key. After a
        change to another function that it calls, use :func:`clear_cache`.

    See Also
    --------
    AudioTransformer : Base class, for a feature with parameters of its own.
    sklearn.preprocessing.FunctionTransformer : A function of all rows at once.

    Notes
    -----
    Pickle and :func:`skgenre.persistence.save_model` store a function by its name. A lambda, or a
    function defined in another one, has none that can be imported: define it with ``def`` in a
    module.

    Examples
    --------
    >>> import librosa
    >>> import numpy as np
    >>> from skgenre.features import FunctionFeature
    >>> clips = np.random.default_rng(0).uniform(-1, 1, (2, 22050))
    >>> FunctionFeature(librosa.feature.spectral_centroid).fit_transform(clips).shape
    (2, 1, 44)
    >>> rms = FunctionFeature(librosa.feature.rms, kw_args={"hop_length": 1024})
    >>> rms.fit_transform(clips).shape
    (2, 1, 22)
    >>> FunctionFeature(lambda y: [y.mean(), y.std()]).fit_transform(clips).shape
    (2, 2)
    """

    _parameter_constraints: ClassVar[dict] = {
        **AudioTransformer._parameter_constraints,
        # Checked in _check_parameters: a result in the place of the function is not printed.
        "func": "no_validation",
        "kw_args": [dict, None],
    }
    _dict_parameter = "kw_args"
    _dict_function = "func"

    def __init__(
        self,
        func: Callable[..., Any],
        *,
        kw_args: dict[str, Any] | None = None,
        sr: float = 22050,
        duration: float | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        memory: str | os.PathLike | None = None,
        max_in_memory: str | float = "2GB",
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        self.func = func
        self.kw_args = kw_args
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def _check_parameters(self) -> None:
        if not callable(self.func):
            got = repr(self.func) if isinstance(self.func, str) else f"a {type(self.func).__name__}"
            raise InvalidParameterError(
                f"The 'func' parameter of {type(self).__name__} must be a callable. Got {got} "
                f"instead: pass the function itself, such as librosa.feature.mfcc, and its "
                f"arguments as kw_args."
            )
        parameters = parameters_of(self.func)
        samples = _samples_of(parameters)
        if parameters and samples in (None, "sr"):
            raise ValueError(
                f"The 'func' parameter of {type(self).__name__} must take the samples as its first "
                f"argument, or as y= alone. {name_of(self.func)} takes "
                f"{', '.join(map(str, parameters.values()))}."
            )
        reserved = {"sr": f"set sr= of {type(self).__name__}"} if _takes_sr(parameters) else {}
        if samples is not None:
            reserved[samples] = "it gets the samples"
        self._check_entries(self.func, "func", reserved)
        given = {samples, *reserved, *(self.kw_args or {})}
        lacking = [
            name
            for name, parameter in parameters.items()
            if parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            and name not in given
        ]
        if lacking:
            raise ValueError(
                f"The 'kw_args' parameter of {type(self).__name__} must have "
                f"{' and '.join(map(repr, lacking))}: {name_of(self.func)} has no default "
                f"for {'it' if len(lacking) == 1 else 'them'}."
            )

    def _check_lengths(self, clips: Clips) -> None:
        """Accept clips of any length: the results may have one shape all the same."""

    def _mixed_lengths(self, clips: Clips, one: int, other: int, sizes: str) -> str:
        return (
            f"{type(self).__name__} makes one array of all clips, but of {clips.name(one)} and "
            f"{clips.name(other)} {name_of(self.func)} made {sizes}. If the clips differ in "
            f"length, set duration= to cut or pad them, or cut them into segments with Segmenter; "
            f"otherwise return as many numbers of each clip, such as statistics over its frames."
        )

    def compute(self, y: np.ndarray) -> np.ndarray:
        parameters = parameters_of(self.func)
        keywords = dict(self.kw_args or {})
        if _takes_sr(parameters):
            keywords["sr"] = self.sr
        # Functions may write to their argument, and the samples may be the user's array.
        y = y.copy()
        name = _samples_of(parameters)
        if name is not None and parameters[name].kind is Parameter.KEYWORD_ONLY:
            result = self.func(**{name: y}, **keywords)
        else:
            result = self.func(y, **keywords)
        return to_numbers(result, type(self).__name__, self._name_of_compute())

    def _name_of_compute(self) -> str:
        return name_of(self.func)


def _samples_of(parameters: Mapping[str, Parameter]) -> str | None:
    """Return the name of the parameter that gets the samples."""
    if "y" in parameters and parameters["y"].kind is Parameter.KEYWORD_ONLY:
        return "y"
    for name, parameter in parameters.items():
        if parameter.kind not in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
            return name
    return None


def _takes_sr(parameters: Mapping[str, Parameter]) -> bool:
    """Tell whether a function names the sampling rate, as an argument besides the samples."""
    by_name = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    return "sr" in parameters and parameters["sr"].kind in by_name
