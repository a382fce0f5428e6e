"""What the parameters of networks may be, where several classifiers have them."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, Options, StrOptions

_COUNT = Interval(Integral, 1, None, closed="left")
_SHARE = Interval(Real, 0, 1, closed="left")

COMMON_CONSTRAINTS: dict = {
    "initializer": [StrOptions({"torch", "keras"})],
    "penalize": [StrOptions({"all", "conv", "dense"})],
}
BLOCK_CONSTRAINTS: dict = {
    "channels": ["array-like"],
    "kernel_size": [_COUNT, "array-like"],
    "padding": [StrOptions({"same", "valid"})],
    "pool_size": [_COUNT, "array-like"],
    "ceil_mode": ["boolean"],
    "norm": [StrOptions({"batch", "layer"}), None],
}
CONV_CONSTRAINTS: dict = {
    **BLOCK_CONSTRAINTS,
    "dims": [Options(Integral, {1, 2})],
    "norm_momentum": [Interval(Real, 0, 1, closed="right")],
    "conv_bias": ["boolean", None],
    "conv_dropout": [_SHARE, "array-like", None],
}
RECURRENT_CONSTRAINTS: dict = {
    "cell": [StrOptions({"lstm", "gru", "rnn"})],
    "hidden_size": [_COUNT, "array-like"],
    "num_layers": [_COUNT],
    "bidirectional": ["boolean"],
    "recurrent_dropout": [_SHARE],
}
LAYER_DROPOUT_CONSTRAINT: dict = {"layer_dropout": [_SHARE, None]}
MAP_HEADS = StrOptions({"avg", "max", "attention", "flatten"})
SEQUENCE_HEADS = StrOptions({"last", "avg", "max", "attention", "flatten"})
