"""Features of clips in batches on a GPU, while threads decode the next clips."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._remote_ahead import FilesAhead
from ..._threads import count_threads, run_in_threads
from ...audio import Clips
from .cache import FeatureCache

if TYPE_CHECKING:
    import torch

# Samples in a batch of waveforms, and in all waveforms that wait for others of their length.
_BATCH_SAMPLES = 2**24
_WAITING_SAMPLES = 2**26

# Clips that a thread decodes ahead of what the device computes.
_AHEAD = 4

# Methods that compute the feature of one clip: a class that overrides one has another feature.
_PER_CLIP = {"compute", "_accumulate", "_finish"}


def has_batches(kind: type) -> bool:
    """Tell whether a class of transformers has a `_compute_batch` for what its `compute` does."""
    for base in kind.__mro__:
        if "_compute_batch" in vars(base):
            return True
        if _PER_CLIP & vars(base).keys():
            return False
    return False


def find_device(transformer: Any, parts: Iterable[Any]) -> str:
    """Return the device that computes a transformer's features, "cpu" or "cuda".

    Parameters
    ----------
    transformer : AudioTransformer
        The transformer, whose `device` is resolved.
    parts : iterable of AudioTransformer
        The transformer and all nested ones.

    Raises
    ------
    ValueError
        For ``device="cuda"``, if there is no GPU or a part does not support it.
    """
    if transformer.device == "cpu":
        return "cpu"
    lacking = sorted({type(part).__name__ for part in parts if not has_batches(type(part))})
    is_wanted = transformer.device == "cuda"
    if lacking and is_wanted:
        from ... import features

        public = [getattr(features, name) for name in features.__all__]
        able = [kind.__name__ for kind in public if isinstance(kind, type) and has_batches(kind)]
        raise ValueError(
            f"{' and '.join(lacking)} can't compute on device='cuda': use device='cpu' or "
            f"device='auto'. These can: {', '.join(able)}."
        )
    if lacking:
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if is_wanted:
        raise ValueError(
            f"{type(transformer).__name__} has device='cuda', but torch finds no CUDA device "
            f"here: use device='cpu' or device='auto'."
        )
    return "cpu"


def iterate_batches(
    clips: Clips,
    load: Callable[[int], np.ndarray],
    compute: "Callable[[torch.Tensor], torch.Tensor]",
    *,
    cache: FeatureCache | None,
    device: str,
    n_jobs: int | None,
    ahead: FilesAhead,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the index and the feature of each clip, those that others compute last.

    Parameters
    ----------
    clips : Clips
        The clips.
    load : callable
        Returns the waveform of clip `i`; called in threads.
    compute : callable
        Features of waveforms of one length, (n_clips, n_samples).
    cache : FeatureCache or None
        Cache to look up first.
    device : str
        Device of the waveforms.
    n_jobs : int or None
        Number of threads.
    ahead : FilesAhead
        The files of the clips.
    """
    claims = _Claims(clips, cache)
    throttle = _Throttle(_AHEAD * count_threads(n_jobs))

    def find(i: int, wait: bool = False) -> tuple[int, np.ndarray | None, np.ndarray | None]:
        throttle.wait(i)
        with ahead.at(i):
            features, is_mine = claims.look_up(i, wait=wait)
            return i, features, load(i) if is_mine else None

    def end() -> None:
        throttle.end()
        ahead.end()

    waiting = _Waiting()
    busy = []
    with claims, throttle:
        for i, features, y in run_in_threads(find, range(len(clips)), n_jobs, end):
            throttle.take()
            if features is not None:
                yield i, features
            elif y is None:
                busy.append(i)
            else:
                waiting.add(i, y)
                while batch := waiting.take(is_last=False):
                    yield from _compute(batch, compute, claims, device)
        while batch := waiting.take(is_last=True):
            yield from _compute(batch, compute, claims, device)
        for i in busy:
            _, features, y = find(i, wait=True)
            if features is not None:
                yield i, features
            elif y is not None:
                yield from _compute([(i, y)], compute, claims, device)


def _compute(
    batch: list[tuple[int, np.ndarray]],
    compute: "Callable[[torch.Tensor], torch.Tensor]",
    claims: "_Claims",
    device: str,
) -> Iterator[tuple[int, np.ndarray]]:
    import torch

    waveforms = torch.from_numpy(np.stack([y for _, y in batch])).to(device)
    with torch.inference_mode():
        rows = compute(waveforms).to(torch.float32).cpu().numpy()
    for (i, _), features in zip(batch, rows, strict=True):
        claims.keep(i, features)
    # Stored first: the consumer of the rows may stop in between.
    for (i, _), features in zip(batch, rows, strict=True):
        yield i, features


class _Waiting:
    """Waveforms that wait until a batch of their length is full."""

    def __init__(self) -> None:
        self._by_length: dict[int, list[tuple[int, np.ndarray]]] = {}
        self._n_samples = 0

    def add(self, i: int, y: np.ndarray) -> None:
        self._by_length.setdefault(len(y), []).append((i, y))
        self._n_samples += len(y)

    def take(self, *, is_last: bool) -> list[tuple[int, np.ndarray]]:
        """Return the largest batch if it is full, if too much waits, or if no more will come."""
        if not self._by_length:
            return []
        length = max(self._by_length, key=lambda length: length * len(self._by_length[length]))
        n_samples = length * len(self._by_length[length])
        if not is_last and n_samples < _BATCH_SAMPLES and self._n_samples < _WAITING_SAMPLES:
            return []
        self._n_samples -= n_samples
        return self._by_length.pop(length)


class _Throttle:
    """Limit threads to the next few clips, however long the device takes."""

    def __init__(self, n_ahead: int) -> None:
        self._next = n_ahead
        self._condition = threading.Condition()
        self._is_over = False

    def wait(self, i: int) -> None:
        with self._condition:
            self._condition.wait_for(lambda: i < self._next or self._is_over)

    def take(self) -> None:
        with self._condition:
            self._next += 1
            self._condition.notify_all()

    def __enter__(self) -> "_Throttle":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Let all threads go."""
        with self._condition:
            self._is_over = True
            self._condition.notify_all()


class _Claims:
    """Clips that this process has claimed in a cache; the rest is released at the end."""

    def __init__(self, clips: Clips, cache: FeatureCache | None) -> None:
        self._clips = clips
        self._cache = cache
        self._keys: dict[int, bytes] = {}
        self._end = threading.Event()

    def look_up(self, i: int, *, wait: bool) -> tuple[np.ndarray | None, bool]:
        """Return the features of a clip if the cache has them, and whether to compute them."""
        if self._cache is None:
            return None, True
        key = self._clips.key(i)
        features, is_mine = self._cache.look_up(key, wait=wait)
        if is_mine:
            self._keys[i] = key
            if self._end.is_set():  # a thread that outlives an error
                self._release(i)
        return features, is_mine

    def keep(self, i: int, features: np.ndarray) -> None:
        if self._cache is not None:
            self._cache.keep(self._keys[i], features)
            self._release(i)

    def _release(self, i: int) -> None:
        key = self._keys.pop(i, None)
        if key is not None and self._cache is not None:
            self._cache.release(key)

    def __enter__(self) -> "_Claims":
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for i in list(self._keys):
            self._release(i)
