"""Fourier transform of eight frames at a time, one in each lane of a vector register.

Libraries transform one frame after the other and need shuffles within a register. Here the eight
frames of a group are side by side, so that every step of the textbook algorithm is the same
operation on eight numbers: three times as fast as SciPy's (``python -m benchmarks fft``), in double
precision, which mel bands 100 dB below the loudest need (0.18 dB are lost in single precision on
MP3 files).

The derivation. The n real samples of a frame are taken as n/2 complex ones, z[i] = x[2i] +
j x[2i+1]. Their transform Z comes from Stockham's algorithm (decimation in time), which needs no
reordering: in passes of radix 4, with a last one of radix 2 when n/2 is no power of 4. With E and
O the transforms of the even and the odd samples, X[k] = E[k] + exp(-2 pi j k / n) O[k] where
E[k] = (Z[k] + Z*[n/2-k]) / 2 and O[k] = (Z[k] - Z*[n/2-k]) / 2j, and X[n/2-k] =
(E[k] - exp(...) O[k])*.

A work array holds, for each complex sample, eight real parts and then eight imaginary ones. Numba
can't tell that the arrays of a pass do not overlap and would process one lane after the other, so
the three inner operations are written in LLVM vectors, which LLVM turns into the processor's
instructions.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types

from ._compiled import compiled, written_in_llvm

LANES = 8

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_SINGLE = ir.VectorType(ir.FloatType(), LANES)
_EXACT = ("contract", "nsz")  # products and sums may be fused; nothing is reordered


class _Lanes:
    """Vector operations of a function that is being compiled."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self._context = context
        self._builder = builder
        self._signature = signature
        self._arguments = arguments

    def pointer(self, number: int) -> Any:
        """Return the address of an array argument's first element."""
        kind = self._signature.args[number]
        array = self._context.make_array(kind)(
            self._context, self._builder, self._arguments[number]
        )
        return array.data

    def offset(self, start: Any, steps: int | Any) -> Any:
        if isinstance(steps, int):
            steps = ir.Constant(start.type, steps)
        return self._builder.add(start, steps)

    def load(self, pointer: Any, start: Any, vector: Any = _VECTOR) -> Any:
        place = self._builder.bitcast(self._builder.gep(pointer, [start]), vector.as_pointer())
        loaded = self._builder.load(place)
        loaded.align = 4
        return loaded

    def store(self, value: Any, pointer: Any, start: Any) -> None:
        place = self._builder.bitcast(self._builder.gep(pointer, [start]), value.type.as_pointer())
        self._builder.store(value, place).align = 4

    def scalar(self, pointer: Any, index: Any) -> Any:
        """Return one number of an array, in every lane."""
        return self.spread(self._builder.load(self._builder.gep(pointer, [index])))

    def spread(self, number: Any) -> Any:
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = ir.Constant(ir.IntType(32), 0)
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        vector = self._builder.insert_element(nothing, number, first)
        return self._builder.shuffle_vector(vector, nothing, zeros)

    def interleave(self, a: Any, b: Any, start: int) -> Any:
        """Return a[start], b[start], a[start + 1], ...: eight numbers."""
        places = [start + i // 2 + (i % 2) * LANES for i in range(LANES)]
        kind = ir.VectorType(ir.IntType(32), LANES)
        return self._builder.shuffle_vector(a, b, ir.Constant(kind, places))

    def widen(self, value: Any) -> Any:
        return self._builder.fpext(value, _VECTOR)

    def narrow(self, value: Any) -> Any:
        return self._builder.fptrunc(value, _SINGLE)

    def add(self, a: Any, b: Any) -> Any:
        return self._builder.fadd(a, b, flags=_EXACT)

    def sub(self, a: Any, b: Any) -> Any:
        return self._builder.fsub(a, b, flags=_EXACT)

    def mul(self, a: Any, b: Any) -> Any:
        return self._builder.fmul(a, b, flags=_EXACT)

    def negate(self, a: Any) -> Any:
        return self._builder.fneg(a)

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """Return a b + c, rounded once where the processor can."""
        return self.add(self.mul(a, b), c)

    def sum_and_difference(self, a: Any, b: Any, c: Any, s: Any) -> tuple[Any, Any]:
        """Return a + (c + j s) b and a - (c + j s) b."""
        (a_re, a_im), (b_re, b_im) = a, b
        re = self.sub(self.fused(b_re, c, a_re), self.mul(b_im, s))
        im = self.fused(b_im, c, self.fused(b_re, s, a_im))
        two = self.spread(ir.Constant(ir.DoubleType(), 2.0))
        return (re, im), (self.sub(self.mul(two, a_re), re), self.sub(self.mul(two, a_im), im))


def _emit_stores(do: _Lanes, results: list, target: Any, place: Any, stride: Any) -> None:
    for number, (re, im) in enumerate(results):
        if number:
            place = do.offset(place, stride)
        do.store(re, target, place)
        do.store(im, target, do.offset(place, LANES))


@written_in_llvm
def _transpose(typingctx, y, start, step, z, place, stride):
    """z[place + j stride + i] = y[start + i step + j] for i and j below 8."""
    integer = types.intp
    signature = types.void(y, integer, integer, z, integer, integer)

    def generate(context, builder, signature, arguments):
        do = _Lanes(context, builder, signature, arguments)
        _, at, step, _, place, stride = arguments
        rows = []
        for _ in range(LANES):
            rows.append(do.load(do.pointer(0), at, _SINGLE))
            at = do.offset(at, step)
        # Rows i and i + 4 are interleaved, three times: each element is then where its column was.
        for _ in range(3):
            rows = [do.interleave(rows[i], rows[i + 4], part) for i in range(4) for part in (0, 4)]
        for row in rows:
            do.store(row, do.pointer(3), place)
            place = do.offset(place, stride)
        return context.get_dummy_value()

    return signature, generate


@written_in_llvm
def _first_butterfly(typingctx, frames, column, taper, places, sample, step, y, place, stride):
    """Compute four numbers of y from windowed samples, taken from `frames` as pairs."""
    integer = types.intp
    signature = types.void(frames, integer, taper, places, integer, integer, y, integer, integer)

    def generate(context, builder, signature, arguments):
        do = _Lanes(context, builder, signature, arguments)
        source, window, starts = do.pointer(0), do.pointer(2), do.pointer(3)
        _, column, _, _, sample, step, _, place, stride = arguments

        def tapered(sample: Any) -> Any:
            start = builder.add(builder.load(builder.gep(starts, [sample])), column)
            return do.mul(do.widen(do.load(source, start, _SINGLE)), do.scalar(window, sample))

        parts = []
        for _ in range(4):
            parts.append((tapered(sample), tapered(do.offset(sample, 1))))
            sample = do.offset(sample, step)
        (a_re, a_im), (b_re, b_im), (c_re, c_im), (d_re, d_im) = parts
        ac_re, ac_im = do.add(a_re, c_re), do.add(a_im, c_im)
        bd_re, bd_im = do.add(b_re, d_re), do.add(b_im, d_im)
        a_c_re, a_c_im = do.sub(a_re, c_re), do.sub(a_im, c_im)
        b_d_re, b_d_im = do.sub(b_re, d_re), do.sub(b_im, d_im)
        results = [
            (do.add(ac_re, bd_re), do.add(ac_im, bd_im)),
            (do.add(a_c_re, b_d_im), do.sub(a_c_im, b_d_re)),  # -j (b - d)
            (do.sub(ac_re, bd_re), do.sub(ac_im, bd_im)),
            (do.sub(a_c_re, b_d_im), do.add(a_c_im, b_d_re)),
        ]
        _emit_stores(do, results, do.pointer(6), place, stride)
        return context.get_dummy_value()

    return signature, generate


@written_in_llvm
def _butterfly(typingctx, x, y, start, step, place, stride, twiddles, number):
    """Compute four numbers of y from four of x.

    With w the twiddle of the second number, those of the third and the fourth are w^2 and w^3. So
    the transform of (a, w b, w^2 c, w^3 d) is u + w v, u' - j w v', u - w v and u' + j w v' with
    u = a + w^2 c, v = b + w^2 d, u' = a - w^2 c and v' = b - w^2 d. Each sum takes two fused
    operations per part, and a difference one: twice the first term, minus the sum.
    """
    integer = types.intp
    signature = types.void(x, y, integer, integer, integer, integer, twiddles, integer)

    def generate(context, builder, signature, arguments):
        do = _Lanes(context, builder, signature, arguments)
        source, turns = do.pointer(0), do.pointer(6)
        _, _, at, step, place, stride, _, number = arguments
        parts = []
        for _ in range(4):
            parts.append((do.load(source, at), do.load(source, do.offset(at, LANES))))
            at = do.offset(at, step)
        w_re, w_im, w2_re, w2_im = (do.scalar(turns, do.offset(number, k)) for k in range(4))
        a, b, c, d = parts
        u_plus, u_minus = do.sum_and_difference(a, c, w2_re, w2_im)
        v_plus, v_minus = do.sum_and_difference(b, d, w2_re, w2_im)
        first, third = do.sum_and_difference(u_plus, v_plus, w_re, w_im)
        # -j w is w_im - j w_re.
        second, fourth = do.sum_and_difference(u_minus, v_minus, w_im, do.negate(w_re))
        _emit_stores(do, [first, second, third, fourth], do.pointer(1), place, stride)
        return context.get_dummy_value()

    return signature, generate


@written_in_llvm
def _power_pair(typingctx, z, low, high, twiddles, number, power, at_low, at_high):
    """Compute |X|^2 of bins k and n/2-k from Z/2 at the same two."""
    integer = types.intp
    signature = types.void(z, integer, integer, twiddles, integer, power, integer, integer)

    def generate(context, builder, signature, arguments):
        do = _Lanes(context, builder, signature, arguments)
        source, turns, target = do.pointer(0), do.pointer(3), do.pointer(5)
        _, low, high, _, number, _, at_low, at_high = arguments
        z_re, z_im = do.load(source, low), do.load(source, do.offset(low, LANES))
        y_re, y_im = do.load(source, high), do.load(source, do.offset(high, LANES))
        even = (do.add(z_re, y_re), do.sub(z_im, y_im))
        odd = (do.add(z_im, y_im), do.sub(y_re, z_re))
        c, s = do.scalar(turns, number), do.scalar(turns, do.offset(number, 1))
        pair = do.sum_and_difference(even, odd, c, s)
        for place, (re, im) in zip((at_low, at_high), pair, strict=True):
            do.store(do.narrow(do.fused(re, re, do.mul(im, im))), target, place)
        return context.get_dummy_value()

    return signature, generate


@compiled
def _transform(frames, column, taper, places, x, y, twiddles):
    """Transform eight windowed frames; the result is in x or y, which are work space."""
    size = 2 * LANES
    stride = taper.shape[0] // 8
    for q in range(stride):
        _first_butterfly(
            frames, column, taper, places, 2 * q, 2 * stride, x, q * size, stride * size
        )
    length = 4
    at = 0
    while stride >= 4:
        stride //= 4
        for p in range(length):
            for q in range(stride):
                start = (q + 4 * stride * p) * size
                place = (q + stride * p) * size
                _butterfly(x, y, start, stride * size, place, stride * length * size, twiddles, at)
            at += 4
        length *= 4
        x, y = y, x
    if stride == 2:
        for p in range(length):
            c = twiddles[at]
            s = twiddles[at + 1]
            at += 4
            for lane in range(LANES):
                a = 2 * p * size + lane
                b = a + size
                re = x[b] * c - x[b + LANES] * s
                im = x[b] * s + x[b + LANES] * c
                low = p * size + lane
                high = low + length * size
                y[low] = x[a] + re
                y[low + LANES] = x[a + LANES] + im
                y[high] = x[a] - re
                y[high + LANES] = x[a + LANES] - im
        x, y = y, x
    return x


@compiled
def _cut_hops(y, start, hops, flat_hops):
    """Write y from `start` on into the columns of `hops`, one after the other."""
    hop_length, n_hops = hops.shape
    b = 0
    while b < n_hops:
        at = start + b * hop_length
        is_inside = at >= 0 and at + LANES * hop_length <= len(y)
        if is_inside and b + LANES <= n_hops and hop_length % LANES == 0:
            for j in range(0, hop_length, LANES):
                _transpose(y, at + j, hop_length, flat_hops, j * n_hops + b, n_hops)
            b += LANES
        else:
            for j in range(hop_length):
                hops[j, b] = y[at + j] if 0 <= at + j < len(y) else 0.0
            b += 1


@compiled
def power_of_frames(
    y,
    lead,
    first,
    n_frames,
    hop_length,
    taper,
    twiddles,
    turns,
    places,
    hops,
    work,
    power,
):
    """Write the power spectra of frames of a waveform into the columns of `power`.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), float32
        The waveform. It is zero before its beginning and beyond its end.
    lead : int
        Samples by which the first frame of all begins before it.
    first, n_frames : int
        First frame, and number of frames.
    hop_length : int
        Samples from one frame to the next.
    taper : ndarray of shape (n_fft,), float64
        Half the window, which saves halving when even and odd samples are joined.
    twiddles, turns : ndarray, float64
        From :func:`make_tables`.
    places : ndarray of shape (n_fft,), int64
        Positions of the first frame's samples in the flattened `hops`.
    hops : ndarray of shape (hop_length, n_hops), float32
        Work space: column b is the waveform from b hops after the first frame's start on, so that a
        sample of neighbouring frames is contiguous. n_hops is at least n_frames rounded up to
        eights, plus n_fft / hop_length rounded up.
    work : ndarray of shape (2, 8 * n_fft), float64
        Work space.
    power : ndarray of shape (1 + n_fft // 2, n_columns), float32
        The result. n_columns is at least n_frames rounded up to eights.
    """
    half = taper.shape[0] // 2
    n_columns = power.shape[1]
    size = 2 * LANES
    flat_hops = hops.reshape(-1)
    _cut_hops(y, first * hop_length - lead, hops, flat_hops)
    flat_power = power.reshape(-1)
    for group in range(0, n_frames, LANES):
        z = _transform(flat_hops, group, taper, places, work[0], work[1], twiddles)
        for lane in range(LANES):
            re = z[lane]
            im = z[LANES + lane]
            power[0, group + lane] = 4 * (re + im) ** 2
            power[half, group + lane] = 4 * (re - im) ** 2
        for k in range(1, half // 2 + 1):
            low = k * n_columns + group
            high = (half - k) * n_columns + group
            _power_pair(z, k * size, (half - k) * size, turns, 2 * k, flat_power, low, high)


def make_places(n_fft: int, hop_length: int, n_hops: int) -> np.ndarray:
    """Return the positions of the first frame's samples in an array of hops."""
    sample = np.arange(n_fft)
    return sample % hop_length * n_hops + sample // hop_length


@lru_cache(maxsize=16)
def make_tables(n_fft: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the twiddles of all passes, and those to join even and odd samples."""
    passes = [np.zeros(0)]
    length = 4
    while length < n_fft // 2:
        turns = np.arange(length)[:, np.newaxis] * np.array([1, 2]) / min(4 * length, n_fft // 2)
        passes.append(_cos_sin(turns))
        length *= 4
    return np.concatenate(passes), _cos_sin(np.arange(n_fft // 4 + 1) / n_fft)


def _cos_sin(turns: np.ndarray) -> np.ndarray:
    angles = -2 * np.pi * turns
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(-1)


def is_supported(n_fft: int) -> bool:
    """Tell whether this transform supports a frame length."""
    return n_fft >= 16 and n_fft & (n_fft - 1) == 0
