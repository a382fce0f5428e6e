"""Operations of the transform on vectors, one frame in each lane, written in LLVM.

Numba can't tell that the arrays of a pass do not overlap and would process one lane after the
other. So its inner operations are written in LLVM vectors, which LLVM turns into the processor's
instructions. Their precision is that of the array that they are called with.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from ._compiled import written_in_llvm

REGISTER = 64  # bytes of a vector
TILE = 8  # rows and columns of a tile that is transposed

SUMS = 2 * REGISTER // 4  # sums that are made side by side

_EXACT = ("contract", "nsz")  # products and sums may be fused; nothing is reordered


class _Lanes:
    """Vector operations of a function that is being compiled."""

    def __init__(
        self, context: Any, builder: Any, signature: Any, arguments: Any, element: Any, count: int
    ) -> None:
        self._context = context
        self._builder = builder
        self._signature = signature
        self._arguments = arguments
        self._element = context.get_data_type(element)
        self.count = count
        self._vector = ir.VectorType(self._element, count)
        self._single = ir.VectorType(ir.FloatType(), count)

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

    def load(self, pointer: Any, start: Any) -> Any:
        return self._load(pointer, start, self._vector)

    def load_single(self, pointer: Any, start: Any) -> Any:
        """Load numbers in single precision."""
        return self._widen(self._load(pointer, start, self._single))

    def _load(self, pointer: Any, start: Any, vector: Any) -> Any:
        place = self._builder.bitcast(self._builder.gep(pointer, [start]), vector.as_pointer())
        loaded = self._builder.load(place)
        loaded.align = 4
        return loaded

    def store_single(self, value: Any, pointer: Any, start: Any) -> None:
        """Store numbers in single precision."""
        self.store(self._narrow(value), pointer, start)

    def store(self, value: Any, pointer: Any, start: Any) -> None:
        place = self._builder.bitcast(self._builder.gep(pointer, [start]), value.type.as_pointer())
        self._builder.store(value, place).align = 4

    def scalar(self, pointer: Any, index: Any) -> Any:
        """Return one number of an array, in every lane."""
        return self.spread(self._builder.load(self._builder.gep(pointer, [index])))

    def zero(self) -> Any:
        return self.spread(ir.Constant(self._element, 0.0))

    def spread(self, number: Any) -> Any:
        nothing = ir.Constant(self._vector, ir.Undefined)
        first = ir.Constant(ir.IntType(32), 0)
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.count), [0] * self.count)
        vector = self._builder.insert_element(nothing, number, first)
        return self._builder.shuffle_vector(vector, nothing, zeros)

    def interleave(self, a: Any, b: Any, start: int) -> Any:
        """Return a[start], b[start], a[start + 1], ..., as many as there are lanes."""
        places = [start + i // 2 + (i % 2) * self.count for i in range(self.count)]
        kind = ir.VectorType(ir.IntType(32), self.count)
        return self._builder.shuffle_vector(a, b, ir.Constant(kind, places))

    def _widen(self, value: Any) -> Any:
        if self._vector == self._single:
            return value
        return self._builder.fpext(value, self._vector)

    def _narrow(self, value: Any) -> Any:
        if self._vector == self._single:
            return value
        return self._builder.fptrunc(value, self._single)

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
        two = self.spread(ir.Constant(self._element, 2.0))
        return (re, im), (self.sub(self.mul(two, a_re), re), self.sub(self.mul(two, a_im), im))


def _in_lanes_of(array: Any, context: Any, builder: Any, signature: Any, arguments: Any) -> _Lanes:
    """Return the operations in the precision of an array."""
    count = REGISTER * 8 // array.dtype.bitwidth
    return _Lanes(context, builder, signature, arguments, array.dtype, count)


def _emit_stores(do: _Lanes, results: Sequence, target: Any, place: Any, stride: Any) -> None:
    for number, (re, im) in enumerate(results):
        if number:
            place = do.offset(place, stride)
        do.store(re, target, place)
        do.store(im, target, do.offset(place, do.count))


@written_in_llvm
def transpose(typingctx, y, start, step, z, place, stride):
    """z[place + j stride + i] = y[start + i step + j] for i and j below 8."""
    integer = types.intp
    signature = types.void(y, integer, integer, z, integer, integer)

    def generate(context, builder, signature, arguments):
        do = _Lanes(context, builder, signature, arguments, types.float32, TILE)
        _, at, step, _, place, stride = arguments
        rows = []
        for _ in range(TILE):
            rows.append(do.load(do.pointer(0), at))
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
def first_butterfly(typingctx, frames, column, taper, places, sample, step, y, place, stride):
    """Compute four numbers of y from windowed samples, taken from `frames` as pairs."""
    integer = types.intp
    signature = types.void(frames, integer, taper, places, integer, integer, y, integer, integer)

    def generate(context, builder, signature, arguments):
        do = _in_lanes_of(y, context, builder, signature, arguments)
        source, window, starts = do.pointer(0), do.pointer(2), do.pointer(3)
        _, column, _, _, sample, step, _, place, stride = arguments

        def tapered(sample: Any) -> Any:
            start = builder.add(builder.load(builder.gep(starts, [sample])), column)
            return do.mul(do.load_single(source, start), do.scalar(window, sample))

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
def butterfly(typingctx, x, start, step, place, stride, twiddles, number):
    """Compute four numbers of x, from `place` on, of four from `start` on.

    With w the twiddle of the second number, those of the third and the fourth are w^2 and w^3. So
    the transform of (a, w b, w^2 c, w^3 d) is u + w v, u' - j w v', u - w v and u' + j w v' with
    u = a + w^2 c, v = b + w^2 d, u' = a - w^2 c and v' = b - w^2 d. Each sum takes two fused
    operations per part, and a difference one: twice the first term, minus the sum.
    """
    integer = types.intp
    signature = types.void(x, integer, integer, integer, integer, twiddles, integer)

    def generate(context, builder, signature, arguments):
        do = _in_lanes_of(x, context, builder, signature, arguments)
        source, turns = do.pointer(0), do.pointer(5)
        _, at, step, place, stride, _, number = arguments
        parts = []
        for _ in range(4):
            parts.append((do.load(source, at), do.load(source, do.offset(at, do.count))))
            at = do.offset(at, step)
        w_re, w_im, w2_re, w2_im = (do.scalar(turns, do.offset(number, k)) for k in range(4))
        a, b, c, d = parts
        u_plus, u_minus = do.sum_and_difference(a, c, w2_re, w2_im)
        v_plus, v_minus = do.sum_and_difference(b, d, w2_re, w2_im)
        first, third = do.sum_and_difference(u_plus, v_plus, w_re, w_im)
        # -j w is w_im - j w_re.
        second, fourth = do.sum_and_difference(u_minus, v_minus, w_im, do.negate(w_re))
        _emit_stores(do, [first, second, third, fourth], source, place, stride)
        return context.get_dummy_value()

    return signature, generate


@written_in_llvm
def last_butterfly(typingctx, x, start, step, place, stride, twiddles, number):
    """Compute two numbers of x, from `place` on, of two from `start` on."""
    integer = types.intp
    signature = types.void(x, integer, integer, integer, integer, twiddles, integer)

    def generate(context, builder, signature, arguments):
        do = _in_lanes_of(x, context, builder, signature, arguments)
        source, turns = do.pointer(0), do.pointer(5)
        _, at, step, place, stride, _, number = arguments
        a = (do.load(source, at), do.load(source, do.offset(at, do.count)))
        at = do.offset(at, step)
        b = (do.load(source, at), do.load(source, do.offset(at, do.count)))
        w_re, w_im = (do.scalar(turns, do.offset(number, k)) for k in range(2))
        results = do.sum_and_difference(a, b, w_re, w_im)
        _emit_stores(do, results, source, place, stride)
        return context.get_dummy_value()

    return signature, generate


@written_in_llvm
def power_pair(typingctx, z, low, high, twiddles, number, power, at_low, at_high):
    """Compute |X|^2 of bins k and n/2-k from Z/2 at the same two."""
    integer = types.intp
    signature = types.void(z, integer, integer, twiddles, integer, power, integer, integer)

    def generate(context, builder, signature, arguments):
        do = _in_lanes_of(z, context, builder, signature, arguments)
        source, turns, target = do.pointer(0), do.pointer(3), do.pointer(5)
        _, low, high, _, number, _, at_low, at_high = arguments
        z_re, z_im = do.load(source, low), do.load(source, do.offset(low, do.count))
        y_re, y_im = do.load(source, high), do.load(source, do.offset(high, do.count))
        even = (do.add(z_re, y_re), do.sub(z_im, y_im))
        odd = (do.add(z_im, y_im), do.sub(y_re, z_re))
        c, s = do.scalar(turns, number), do.scalar(turns, do.offset(number, 1))
        pair = do.sum_and_difference(even, odd, c, s)
        for place, (re, im) in zip((at_low, at_high), pair, strict=True):
            do.store_single(do.fused(re, re, do.mul(im, im)), target, place)
        return context.get_dummy_value()

    return signature, generate


@written_in_llvm
def weighted_sums(typingctx, x, start, stride, weights, first, count, y, place):
    """y[place + i] = sum of weights[first + k] x[start + k stride + i] over k, for i below SUMS.

    The sums have the precision of the weights; x and y are in single precision. Positions are those
    in memory, of arrays of any number of axes.
    """
    integer = types.intp
    signature = types.void(x, integer, integer, weights, integer, integer, y, integer)

    def generate(context, builder, signature, arguments):
        do = _in_lanes_of(weights, context, builder, signature, arguments)
        source, factors, target = do.pointer(0), do.pointer(3), do.pointer(6)
        _, start, stride, _, first, count, _, place = arguments
        parts = range(0, SUMS, do.count)
        sums = [cgutils.alloca_once_value(builder, do.zero()) for _ in parts]
        with cgutils.for_range(builder, count) as loop:
            weight = do.scalar(factors, builder.add(first, loop.index))
            at = builder.add(start, builder.mul(loop.index, stride))
            for part, total in zip(parts, sums, strict=True):
                value = do.load_single(source, do.offset(at, part))
                builder.store(do.fused(value, weight, builder.load(total)), total)
        for part, total in zip(parts, sums, strict=True):
            do.store_single(builder.load(total), target, do.offset(place, part))
        return context.get_dummy_value()

    return signature, generate
