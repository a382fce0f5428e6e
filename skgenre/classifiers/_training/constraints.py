"""Constraints of the parameters that several network classifiers share."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, Options, StrOptions

_ACTIVATIONS = {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}
_COUNT = Interval(Integral, 1, None, closed="left")
_SHARE = Interval(Real, 0, 1, closed="left")
_POSITIVE = Interval(Real, 0, None, closed="neither")
_NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
_BETWEEN = Interval(Real, 0, 1, closed="neither")

TRAINING_CONSTRAINTS: dict = {
    "activation": [StrOptions(_ACTIVATIONS)],
    "dropout": [_SHARE],
    "dense": ["array-like"],
    "center": [StrOptions({"clip"}), None],
    "l1": [_NOT_NEGATIVE],
    "l2": [_NOT_NEGATIVE],
    "lr": [_POSITIVE],
    "max_epochs": [_COUNT],
    "batch_size": [_COUNT],
    "optimizer": [StrOptions({"adam", "adamw", "rmsprop", "sgd"})],
    "weight_decay": [_NOT_NEGATIVE],
    "schedule": [StrOptions({"constant", "cosine", "one_cycle", "plateau"})],
    "gradient_clip": [_POSITIVE, None],
    "label_smoothing": [_SHARE],
    "ema_decay": [_BETWEEN, None],
    "augmentation": [callable, None],
    "mixed_precision": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [_BETWEEN],
    "n_iter_no_change": [_COUNT],
    "class_weight": [StrOptions({"balanced"}), dict, None],
    "threshold": [Interval(Real, 0, 1, closed="both"), StrOptions({"f1"}), "array-like"],
    "warm_start": ["boolean"],
    "callbacks": [list, tuple, None],
    "net_params": [dict, None],
    "device": [str],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}
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
MAP_HEADS = StrOptions({"avg", "max", "attention", "covariance", "flatten"})
SEQUENCE_HEADS = StrOptions({"last", "avg", "max", "attention", "flatten"})
