"""The constructor parameters of large classes in groups, on their pages of the API reference.

A Sphinx extension. The groups of each family are declared here, once; docstrings keep the order of
the signature. A parameter that is in no group, or a group that names one that no class has, fails
the build.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import skgenre
from skgenre.classifiers import TorchClassifier, XGBGenreClassifier
from skgenre.features import AudioTransformer
from skgenre.nn._blocks import Network

# Classes with fewer parameters than this have them in one list.
MANY = 8
# A class with more than this must be of a family.
TOO_MANY = 12


class WrongGroups(Exception):
    """The groups don't fit the signatures."""


@dataclass(frozen=True)
class Family:
    """Classes whose parameters have the same groups: these and those derived from them."""

    bases: tuple[type, ...]
    groups: dict[str, tuple[str, ...]]


FAMILIES = (
    Family(
        (TorchClassifier, Network),
        {
            "Size of the input and output": ("n_bands", "n_frames", "n_outputs"),
            "Most used": (
                "module",
                "module_params",
                "backbone",
                "weights",
                "trainable_blocks",
                "dims",
                "channels",
                "n_filters",
                "lags",
                "cell",
                "hidden_size",
                "dense",
                "dropout",
                "lr",
                "max_epochs",
                "batch_size",
                "augmentation",
                "class_weight",
                "threshold",
                "early_stopping",
                "random_state",
            ),
            "Network": (
                "num_layers",
                "bidirectional",
                "kernel_size",
                "padding",
                "pool_size",
                "pool_stride",
                "ceil_mode",
                "recurrent_pool",
                "pooled_bands",
                "train_filters",
                "shrinkage",
                "ridge",
                "mean",
                "head",
                "recurrent_head",
                "activation",
                "norm",
                "norm_position",
                "norm_momentum",
                "conv_bias",
                "width",
                "n_estimators",
                "initializer",
            ),
            "Input": ("center", "stem", "image_size", "in_channels", "colormap"),
            "Optimization": (
                "optimizer",
                "schedule",
                "lr_decay",
                "head_lr",
                "gradient_clip",
                "validation_fraction",
                "n_iter_no_change",
            ),
            "Regularization": (
                "weight_decay",
                "head_weight_decay",
                "label_smoothing",
                "ema_decay",
                "conv_dropout",
                "layer_dropout",
                "recurrent_dropout",
                "min_crop",
                "gain",
                "l1",
                "l2",
                "penalize",
            ),
            "Device and training loop": (
                "device",
                "mixed_precision",
                "verbose",
                "warm_start",
                "callbacks",
                "net_params",
            ),
        },
    ),
    Family(
        (AudioTransformer,),
        {
            "Feature": (
                "transformers",
                "feature",
                "func",
                "kw_args",
                "module",
                "model",
                "revision",
                "weights",
                "layer",
                "pooling",
                "window_duration",
                "patch_duration",
                "batch_size",
                "component",
                "width",
                "order",
                "segment_duration",
                "segment_hop",
                "n_segments",
                "statistics",
                "descriptors",
                "roll_percent",
                "quantile",
                "n_bands",
                "aggregate",
                "win_len_smooth",
                "win_length_frames",
                "n_mfcc",
                "n_mels",
                "n_chroma",
                "n_octaves",
                "bins_per_octave",
                "tuning",
                "dct_type",
                "lifter",
                "fmin",
                "fmax",
                "htk",
                "norm",
            ),
            "Short-time Fourier transform": (
                "n_fft",
                "hop_length",
                "win_length",
                "window",
                "center",
                "pad_mode",
            ),
            "Level": ("power", "scale", "ref", "amin", "top_db"),
            "Sound": ("sr", "duration"),
            "Computing": (
                "n_jobs",
                "device",
                "memory",
                "max_in_memory",
                "dtype",
                "precision",
                "verbose",
            ),
        },
    ),
    Family(
        (XGBGenreClassifier,),
        {
            "Most used": (
                "n_estimators",
                "max_depth",
                "learning_rate",
                "class_weight",
                "threshold",
                "multi_strategy",
            ),
            "Regularization": (
                "subsample",
                "colsample_bytree",
                "min_child_weight",
                "gamma",
                "reg_alpha",
                "reg_lambda",
            ),
            "Device and training": ("device", "n_jobs", "random_state", "verbose"),
        },
    ),
)


def public_classes() -> Iterator[type]:
    """Yield the classes of all public modules."""
    for package in skgenre.__all__:
        module = getattr(skgenre, package)
        for name in getattr(module, "__all__", ()):
            item = getattr(module, name)
            if inspect.isclass(item) and not issubclass(item, BaseException):
                yield item


def parameters_of(kind: type) -> list[str]:
    """Return the names of a constructor's parameters."""
    every = inspect.signature(kind).parameters.values()
    return [item.name for item in every if item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)]


def groups_of(kind: type, families: tuple[Family, ...] = FAMILIES) -> dict[str, list[str]]:
    """Return the groups of a class's parameters: none where it has few, or is of no family.

    Raises
    ------
    WrongGroups
        When a parameter is in no group or in several, or many parameters have no groups.
    """
    names = parameters_of(kind)
    family = next((known for known in families if issubclass(kind, known.bases)), None)
    if family is None:
        if len(names) > TOO_MANY:
            raise WrongGroups(
                f"{kind.__name__} has {len(names)} parameters and is of no family: add it to "
                "FAMILIES of docs/_parameters.py."
            )
        return {}
    for name in names:
        holders = [title for title, group in family.groups.items() if name in group]
        if len(holders) != 1:
            raise WrongGroups(
                f"The {name!r} parameter of {kind.__name__} must be in one group of "
                f"docs/_parameters.py. Got {holders or 'none'}."
            )
    if len(names) < MANY:
        return {}
    found = {
        title: [name for name in group if name in names] for title, group in family.groups.items()
    }
    return {title: group for title, group in found.items() if group}


def check_groups(families: tuple[Family, ...] = FAMILIES) -> None:
    """Check all public classes, and that each declared name is a parameter of one.

    Raises
    ------
    WrongGroups
        When the groups don't fit the signatures.
    """
    used: list[set[str]] = [set() for _ in families]
    for kind in public_classes():
        groups_of(kind, families)
        for family, names in zip(families, used, strict=True):
            if issubclass(kind, family.bases):
                names.update(parameters_of(kind))
                break
    for family, names in zip(families, used, strict=True):
        declared = {name for group in family.groups.values() for name in group}
        if unknown := sorted(declared - names):
            raise WrongGroups(
                f"docs/_parameters.py groups parameters that no {family.bases[0].__name__} has: "
                f"{', '.join(unknown)}."
            )


def group_lines(lines: list[str], groups: dict[str, list[str]]) -> list[str]:
    """Return numpydoc's lines of a class with its parameters in groups.

    Each group has its title before it, in the one field of parameters.
    """
    start = lines.index(":Parameters:")
    end = next(
        (at for at in range(start + 1, len(lines)) if re.match(r"\S", lines[at])), len(lines)
    )
    entries: dict[str, list[str]] = {}  # parameters that are described together share one
    entry: list[str] = []
    for line in lines[start + 1 : end]:
        if found := re.match(r"    \*\*(\w+(?:, \w+)*)\*\*|    :obj:`(\w+) ", line):
            entry = []
            entries.update(dict.fromkeys((found[1] or found[2]).split(", "), entry))
        entry.append(line)
    order = [name for group in groups.values() for name in group]
    if sorted(order) != sorted(entries):
        raise WrongGroups(f"Described are {sorted(entries)}, in groups {sorted(order)}.")
    grouped = []
    for title, names in groups.items():
        grouped += ["    .. rst-class:: parameter-group", "", f"    {title}", ""]
        for own in {id(entries[name]): entries[name] for name in names}.values():
            grouped += own
        grouped.append("")
    return [*lines[: start + 1], "", *grouped, *lines[end:]]


def setup(app: Any) -> dict[str, Any]:
    """Group the parameters after numpydoc has made reStructuredText of the docstring."""
    from sphinx.errors import ExtensionError

    def check(app: Any) -> None:
        try:
            check_groups()
        except WrongGroups as error:
            raise ExtensionError(str(error)) from error

    def group(app: Any, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
        if what == "class" and ":Parameters:" in lines and (groups := groups_of(item)):
            lines[:] = group_lines(lines, groups)

    app.setup_extension("numpydoc")
    app.connect("builder-inited", check)
    app.connect("autodoc-process-docstring", group, priority=900)
    return {"parallel_read_safe": True}
