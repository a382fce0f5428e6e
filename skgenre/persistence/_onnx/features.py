"""Compute feature maps from waveforms as a graph of ONNX operations.

Spectra are computed in double precision, as by the transformers themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..._pipelines import steps_of
from ...audio._duration import n_samples_of
from ...features import (
    MFCC,
    AudioTransformer,
    ChromaFeatures,
    FeatureStack,
    FramePooling,
    FrameSegmenter,
    MelSpectrogram,
    MFCCSegmenter,
    Segmenter,
)
from ...features._engine.spectral import framing_of
from ...features._mel import mel_filters_of
from ...features.kernels._chroma import make_chroma_filters
from ...features.kernels._spectrum import make_window
from .graph import Graph


@dataclass(frozen=True)
class Value:
    """Description of an intermediate result.

    Parameters
    ----------
    name : str
        Its name in the graph.
    n_axes : int
        Number of axes: 2 for waveforms or a table, 3 for feature maps, 4 for segments.
    frames_vary, segments_vary : bool, default=False
        Whether the number of frames, or of segments, depends on the length of the clips.
    """

    name: str
    n_axes: int
    frames_vary: bool = False
    segments_vary: bool = False


def add_step(graph: Graph, step: Any, value: Value) -> Value:
    """Add a step of a pipeline; refuse one that has no translation, by its name."""
    if isinstance(step, AudioTransformer):
        return _add_audio(graph, step, value)
    if isinstance(step, FramePooling):
        return _pool(graph, step, value)
    if isinstance(step, FrameSegmenter):
        return _cut_frames(graph, step, value)
    if isinstance(step, StandardScaler):
        return replace(value, name=add_scaling(graph, step, value.name))
    if isinstance(step, FunctionTransformer) and _is_segments_to_frames(step):
        flat = graph.op("Squeeze", value.name, np.array([3]))
        frames = graph.op("Transpose", flat, perm=[0, 2, 1])
        return Value(frames, 3, frames_vary=value.segments_vary)
    raise refuse(step)


def refuse(part: Any, why: str = "") -> ValueError:
    """Return the error for a part that can't be exported."""
    return ValueError(
        f"export_onnx can't export {type(part).__name__}{why}. It exports MelSpectrogram, MFCC and "
        f"ChromaFeatures with a fixed tuning, FeatureStack, Segmenter, MFCCSegmenter, "
        f"FramePooling, FrameSegmenter and StandardScaler in front of networks, which are not "
        f"exported without them, and classifiers of tables alone: for these, "
        f"export_onnx(pipeline[n:], path) begins after the first n steps."
    )


def _is_segments_to_frames(step: FunctionTransformer) -> bool:
    function = step.func
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__name__', '')}"
    return name == "skgenre.systems.segments_to_frames"


def _add_audio(graph: Graph, step: AudioTransformer, value: Value) -> Value:
    """Add a transformer of clips, with its cutting or padding of them."""
    waveforms, varies, dtype = value.name, True, step.dtype
    if step.duration is not None:
        n_samples = n_samples_of(step.duration, step.sr)
        waveforms = graph.slice(graph.pad_end(waveforms, n_samples), n_samples, axis=1)
        varies = False
    if isinstance(step, MFCCSegmenter):
        step = step._segmenter()
    if isinstance(step, Segmenter):
        features = _segment(graph, step, waveforms, varies)
    else:
        features = Value(_Spectra(graph, waveforms).add(step), 3, frames_vary=varies)
    if dtype == "float16":
        rounded = graph.cast(features.name, np.float16)
        features = replace(features, name=graph.cast(rounded, np.float32))
    return features


def _segment(graph: Graph, step: Segmenter, waveforms: str, varies: bool) -> Value:
    if step.n_segments is not None:
        length = graph.op("Div", graph.size(waveforms, 1), np.array([step.n_segments]))
        used = graph.op("Mul", length, np.array([step.n_segments]))
        segments = graph.slice(waveforms, used, axis=1)
        flat = graph.reshape(segments, -1, length)
        n_segments: Any = step.n_segments
        inner = Value("", 3, frames_vary=varies)
    else:
        flat, n_segments = _cut(graph, step, waveforms)
        inner = Value("", 3)
    inner = replace(inner, name=_Spectra(graph, flat).add(step._first))
    for other in step._rest:
        inner = add_step(graph, other, inner)
    if inner.n_axes == 2:
        inner = replace(inner, name=graph.op("Unsqueeze", inner.name, np.array([2])), n_axes=3)
    sizes = [graph.size(inner.name, axis) for axis in (1, 2)]
    return Value(
        graph.reshape(inner.name, -1, n_segments, *sizes),
        4,
        frames_vary=inner.frames_vary,
        segments_vary=varies and step.n_segments is None,
    )


def _cut(graph: Graph, step: Segmenter, waveforms: str) -> tuple[str, str]:
    """Cut waveforms into segments; return them as rows, and their number per clip."""
    length = step._segment_samples()
    hop = length if step.segment_hop is None else max(1, round(step.segment_hop * step.sr))
    n_samples = graph.size(waveforms, 1)
    beyond = graph.op("Max", graph.op("Sub", n_samples, np.array([length])), np.array([0]))
    n_full = graph.op("Add", graph.op("Div", beyond, np.array([hop])), np.array([1]))
    # A last window is used if at least half a window is left.
    begin = graph.op("Mul", n_full, np.array([hop]))
    end = graph.op("Add", graph.op("Sub", begin, np.array([hop])), np.array([length]))
    is_left = graph.op("Less", end, n_samples)
    left = graph.op("Mul", graph.op("Sub", n_samples, begin), np.array([2]))
    is_half = graph.op("GreaterOrEqual", left, np.array([length]))
    is_one_more = graph.cast(graph.op("And", is_left, is_half), np.int64)
    n_segments = graph.op("Add", n_full, is_one_more)
    count = graph.op("Squeeze", n_segments)
    starts = graph.op("Mul", graph.op("Range", np.array(0), count, np.array(1)), np.array(hop))
    places = graph.op("Add", graph.op("Unsqueeze", starts, np.array([1])), np.arange(length))
    segments = graph.op("Gather", graph.pad_end(waveforms, length), places, axis=1)
    return graph.reshape(segments, -1, length), n_segments


class _Spectra:
    """Features of rows of samples, with one Fourier transform per framing."""

    def __init__(self, graph: Graph, waveforms: str) -> None:
        self._graph = graph
        self._waveforms = waveforms
        self._powers: dict[tuple, str] = {}

    def add(self, step: Any) -> str:
        """Add a transformer of clips and return its map."""
        graph = self._graph
        if isinstance(step, FeatureStack):
            return graph.op("Concat", *(self.add(part) for _, part in step._members), axis=1)
        kind = type(step)
        if kind is MelSpectrogram:
            energies = self._filter(step, mel_filters_of(step, step.norm), step.power)
            return self._scale_mel(step, energies)
        if kind is MFCC:
            energies = self._filter(step, mel_filters_of(step, "slaney"), step.power)
            decibels = self._to_decibels(energies, 10.0, 1.0, step.amin, step.top_db)
            return graph.cast(graph.op("MatMul", _cosines(step), decibels), np.float32)
        if kind is ChromaFeatures:
            if step.tuning is None:
                raise refuse(step, " with tuning=None, which estimates the tuning of each clip")
            filters = make_chroma_filters(step.sr, step.n_fft, step.n_chroma, step.tuning)
            return self._scale_chroma(step, self._filter(step, filters, 2.0))
        raise refuse(step)

    def _filter(self, step: Any, filters: np.ndarray, power: float) -> str:
        """Return band energies (n, n_bands, n_frames) in float64 with float32's precision."""
        graph = self._graph
        spectrum = self._power(step)
        if power != 2:
            spectrum = graph.op("Pow", spectrum, np.array(power / 2))
        # Stored in float32, as they are computed.
        bank = graph.cast(graph.constant(np.asarray(filters).T), np.float64)
        energies = graph.op("MatMul", spectrum, bank)
        energies = graph.op("Transpose", energies, perm=[0, 2, 1])
        return graph.cast(graph.cast(energies, np.float32), np.float64)

    def _power(self, step: Any) -> str:
        """Return the power spectrogram (n, n_frames, n_bins) in float64."""
        graph, framing = self._graph, framing_of(step)
        key = tuple(framing.items())
        if key in self._powers:
            return self._powers[key]
        n_fft, pad_mode = framing["n_fft"], framing["pad_mode"]
        missing = graph.op("Sub", np.array([n_fft]), graph.size(self._waveforms, 1))
        samples = graph.pad_end(self._waveforms, graph.op("Max", missing, np.array([0])))
        if framing["center"]:
            if pad_mode not in ("constant", "edge", "reflect"):
                raise refuse(step, f" with pad_mode={pad_mode!r}")
            pads = np.array([0, n_fft // 2, 0, n_fft // 2])
            samples = graph.op("Pad", samples, pads, mode=pad_mode)
        window = make_window(framing["window"], framing["win_length"] or n_fft, n_fft)
        spectrum = graph.op(
            "STFT",
            graph.cast(samples, np.float64),
            np.array(framing["hop_length"]),
            np.asarray(window, np.float64),
            np.array(n_fft),
            onesided=1,
        )
        squares = graph.op("Mul", spectrum, spectrum)
        power = graph.op("ReduceSum", squares, np.array([3]), keepdims=0)
        self._powers[key] = power
        return power

    def _scale_mel(self, step: MelSpectrogram, energies: str) -> str:
        graph = self._graph
        if step.scale == "power":
            return graph.cast(energies, np.float32)
        if step.scale == "log":
            logarithm = graph.op("Log", graph.op("Max", energies, np.array(float(step.amin))))
            return graph.cast(logarithm, np.float32)
        decibels = self._to_decibels(energies, 20.0 / step.power, step.ref, step.amin, step.top_db)
        return graph.cast(decibels, np.float32)

    def _to_decibels(
        self, energies: str, factor: float, ref: Any, amin: float, top_db: float | None
    ) -> str:
        graph = self._graph
        least = np.array(float(amin))
        decibels = self._log(graph.op("Max", energies, least), factor)
        peak = self._log(
            graph.op("Max", graph.op("ReduceMax", energies, np.array([1, 2])), least), factor
        )
        if top_db is not None:
            decibels = graph.op("Max", decibels, graph.op("Sub", peak, np.array(float(top_db))))
        if isinstance(ref, str):
            return graph.op("Sub", decibels, peak)
        return graph.op("Sub", decibels, np.array(factor * np.log10(max(amin, ref))))

    def _log(self, value: str, factor: float) -> str:
        return self._graph.op("Mul", self._graph.op("Log", value), np.array(factor / np.log(10)))

    def _scale_chroma(self, step: ChromaFeatures, energies: str) -> str:
        graph = self._graph
        if step.norm is None:
            return graph.cast(energies, np.float32)
        kind = {1: "ReduceL1", 2: "ReduceL2", np.inf: "ReduceMax"}[step.norm]
        length = graph.op(kind, energies, np.array([1]))
        is_silent = graph.op("Less", length, np.array(float(np.finfo(np.float32).tiny)))
        divisor = graph.op("Where", is_silent, np.array(1.0), length)
        return graph.cast(graph.op("Div", energies, divisor), np.float32)


def _cosines(step: MFCC) -> np.ndarray:
    """Return the cosine transform over bands, liftered, as a matrix."""
    from ...features.kernels._mel import make_cosines

    return make_cosines(step.n_mels, step.n_mfcc, step.dct_type, step.norm, step.lifter)


def _pool(graph: Graph, step: FramePooling, value: Value) -> Value:
    """Add statistics over frames."""
    if step.delta_order:
        raise refuse(step, f" with delta_order={step.delta_order}")
    names = step._statistics()
    unknown = [name for name in names if name not in _STATISTICS]
    if unknown:
        raise refuse(step, f" with statistics={unknown[0]!r}")
    maps = value.name
    if value.n_axes == 2:
        maps = graph.op("Unsqueeze", maps, np.array([2]))
    maps = graph.cast(maps, np.float64)
    columns = [_STATISTICS[name](graph, maps) for name in names]
    table = _compress(graph, step, graph.op("Concat", *columns, axis=-1))
    pooled = graph.cast(table, np.float32)
    if value.n_axes < 4:
        return Value(pooled, 2)
    segments = graph.op("Unsqueeze", pooled, np.array([3]))
    return replace(value, name=segments, frames_vary=False)


def _compress(graph: Graph, step: FramePooling, table: str) -> str:
    """Add the compression of statistics, which keeps their sign."""
    if step.compression is None:
        return table
    magnitude = graph.op("Abs", table)
    if step.compression == "sqrt":
        compressed = graph.op("Sqrt", magnitude)
    else:
        compressed = graph.op("Log", graph.op("Add", magnitude, np.array(1.0)))
    return graph.op("Mul", graph.op("Sign", table), compressed)


def _mean(graph: Graph, maps: str) -> str:
    return graph.op("ReduceMean", maps, np.array([-1]), keepdims=0)


def _variance(graph: Graph, maps: str) -> str:
    mean = graph.op("ReduceMean", maps, np.array([-1]))
    centred = graph.op("Sub", maps, mean)
    return _mean(graph, graph.op("Mul", centred, centred))


_STATISTICS: dict[str, Callable[[Graph, str], str]] = {
    "mean": _mean,
    "var": _variance,
    "std": lambda graph, maps: graph.op("Sqrt", _variance(graph, maps)),
    "min": lambda graph, maps: graph.op("ReduceMin", maps, np.array([-1]), keepdims=0),
    "max": lambda graph, maps: graph.op("ReduceMax", maps, np.array([-1]), keepdims=0),
}


def _cut_frames(graph: Graph, step: FrameSegmenter, value: Value) -> Value:
    hop = step.n_frames if step.hop_frames is None else step.hop_frames
    spare = graph.op("Sub", graph.size(value.name, 2), np.array([step.n_frames]))
    count = graph.op("Add", graph.op("Div", spare, np.array([hop])), np.array([1]))
    starts = graph.op(
        "Mul",
        graph.op("Range", np.array(0), graph.op("Squeeze", count), np.array(1)),
        np.array(hop),
    )
    places = graph.op("Add", graph.op("Unsqueeze", starts, np.array([1])), np.arange(step.n_frames))
    windows = graph.op("Gather", value.name, places, axis=2)
    segments = graph.op("Transpose", windows, perm=[0, 2, 1, 3])
    return Value(segments, 4, segments_vary=value.frames_vary)


def add_scaling(graph: Graph, step: StandardScaler, table: str) -> str:
    """Add a StandardScaler exact to the last bit, as trees branch at exact values."""
    if step.with_mean:
        table = graph.op("Sub", table, np.asarray(step.mean_, np.float32))
    if step.with_std:
        table = graph.op("Div", table, np.asarray(step.scale_, np.float32))
    return table


def fitted_length(step: Any, n_frames: int) -> int:
    """Return the number of samples of clips that gives a map of `n_frames`.

    Parameters
    ----------
    step : AudioTransformer
        The first step.
    n_frames : int
        Number of frames that the network was fitted on.
    """
    n_samples = getattr(step, "n_features_in_", None)
    if n_samples is not None:
        return int(n_samples)
    # Fitted on files or a list: the shortest clips that give as many frames.
    n_parts = getattr(step, "n_segments", None) or 1
    while hasattr(step, "feature"):
        step = steps_of(step.feature)[0]
    if isinstance(step, FeatureStack):
        step = step._members[0][1]
    begin = step.n_fft - 2 * (step.n_fft // 2) if step.center else step.n_fft
    return n_parts * max(1, begin + (n_frames - 1) * step.hop_length)
