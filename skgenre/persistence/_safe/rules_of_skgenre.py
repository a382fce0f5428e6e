"""Invariants of this package's estimators, and of XGBoost's."""

import numbers
import os
import re
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..._genre_hierarchy import check_hierarchy, find_edges, lower_parents
from ..._pipelines import steps_of
from . import rules_of_ensembles as ensembles
from .boosters import facts_of
from .symbols import Symbols

# No parameter of a feature or network is as large; memory depends on it.
_MOST = 2**17
_MOST_LAYERS = 64
_MOST_OF = {"image_size": 4096, "num_layers": _MOST_LAYERS, "n_estimators": 256}
_MOST_SAMPLES = 2**26
_MOST_OVERLAP = 64
_MOST_RATE = 768_000
_MOST_FILTERS = 2**23  # values
_USUAL_LENGTH = 2048
_LONGEST_FILTER = 2**20  # samples
# Values of a constant that is made of the parameters, such as the averages of bands.
_MOST_CONSTANTS = 2**24
_LEAST_TEMPERATURE = 1e-6
_OF_BLOCKS = ("centers_", "scales_", "support_tables_")
_NAME_ON_HUB = r"[\w-]+(\.[\w-]+)*/[\w-]+(\.[\w-]+)*"
_FREE = ("max_in_memory", "random_state", "n_jobs", "verbose", "device", "memory", "dtype", "sr")


def check_feature(part: Any, symbols: Symbols) -> None:
    values = {name: value for name, value in vars(part).items() if name not in _FREE}
    for name, value in values.items():
        if name == "norm" and value in (np.inf, -np.inf):
            continue  # the norm by the greatest value, or by the smallest
        # Of clips as arrays it is their number of samples.
        most = _MOST_SAMPLES if name == "n_features_in_" else _MOST
        for number in _numbers(value):
            if not np.isfinite(number) or abs(number) > most:
                raise ValueError(f"{name} is {value!r:.50}")
    rate = vars(part).get("sr")
    if rate is not None:
        if not isinstance(rate, int | float | np.number) or not 0 < rate <= _MOST_RATE:
            raise ValueError(f"sr is {rate!r:.50}")
        if (vars(part).get("duration") or 0) * rate > _MOST_SAMPLES:
            raise ValueError(f"a duration of {part.duration:,} seconds is more than is computed")
    length = vars(part).get("n_fft") or vars(part).get("frame_length")
    hop = vars(part).get("hop_length")
    if length and hop is not None and (hop < 1 or length / hop > _MOST_OVERLAP):
        raise ValueError(f"hop_length is {hop!r:.50}, with frames of {length!r:.50}")
    _check_filters(vars(part))


def check_band_covariance(part: Any, symbols: Symbols) -> None:
    check_feature(part, symbols)
    if vars(part).get("reference_") is None:
        return
    # A covariance of all lags is computed of each clip: as large as this one, which exists.
    n_bands = int(part.n_features_in_)
    n_groups = n_bands if part.n_bands is None else min(part.n_bands, n_bands)
    lags = part.lags if part.lag_seconds is None else part.lag_seconds
    symbols.bind("reference_", "A", n_groups * len(lags))
    if part.mean:
        symbols.check("reference_mean_", part.reference_mean_, "f", str(n_groups))


def check_segment_pooling(part: Any, symbols: Symbols) -> None:
    check_feature(part, symbols)
    if vars(part).get("n_segments_") == 0:
        # A song would be cut into clips of no length.
        raise ValueError("n_segments_ is 0")


def check_function_feature(part: Any, symbols: Symbols) -> None:
    check_feature(part, symbols)
    function = vars(part).get("func")
    if not callable(function):
        raise ValueError(f"func is {function!r:.50}")


def check_module_embedding(part: Any, symbols: Symbols) -> None:
    raise ValueError("its module could run code when it is loaded; the steps after it can be saved")


def check_musicnn(part: Any, symbols: Symbols) -> None:
    check_feature(part, symbols)
    weights = vars(part).get("weights")
    if weights not in ("msd", "mtt", None):
        # A file must not say what is opened on the machine that reads it.
        raise ValueError(
            f"weights is {weights!r:.50}: of a model file it can only be 'msd', 'mtt' or None"
        )


def check_transformers(part: Any, symbols: Symbols) -> None:
    check_feature(part, symbols)
    model, revision = vars(part).get("model"), vars(part).get("revision")
    is_name = isinstance(model, str) and re.fullmatch(_NAME_ON_HUB, model)
    is_commit = isinstance(revision, str) and re.fullmatch("[0-9a-f]{40}", revision)
    if not is_name or not is_commit:
        # A file must not say which folder is opened, or what is downloaded on another day.
        raise ValueError(
            f"model is {model!r:.50} and revision {revision!r:.50}: of a model file they can only "
            f"be a name on the Hub, 'owner/name', and one of its commits, of 40 digits"
        )


def _check_filters(values: dict[str, Any]) -> None:
    """Refuse filters that would take gigabytes: one row per band or pitch."""
    length = max(_numbers(values.get("n_fft")), default=_USUAL_LENGTH)
    for name in ("n_mels", "n_chroma"):
        rows = max(_numbers(values.get(name)), default=0)
        if rows * length > _MOST_FILTERS:
            raise ValueError(f"{name}={rows:,.0f} is more than is computed")
    finest = max(_numbers(values.get("bins_per_octave")), default=0)
    if finest:
        # Samples of the filter of the lowest pitch; 35,000 by default.
        lowest = max(min(_numbers(values.get("fmin")), default=1.0), 1e-9)
        rate = max(_numbers(values.get("sr")), default=1.0)
        if finest / np.log(2) * rate / lowest > _LONGEST_FILTER:
            raise ValueError(
                f"bins_per_octave={finest:,.0f} from fmin={lowest:.4g} is more than is computed"
            )


def _numbers(value: Any) -> list[float]:
    if isinstance(value, bool):
        return []
    if isinstance(value, numbers.Real):
        return [float(value)]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for item in value for number in _numbers(item)]
    if isinstance(value, dict):
        return _numbers(list(value.values()))
    return []


_FORMS = ("matrix", "frame", "sets", "lists")
_ANSWERS = [0, 1]


def _check_genres(part: Any) -> None:
    """Refuse genres that don't match those of clips that may have several."""
    attributes = vars(part)
    if not isinstance(attributes["classes_"], list):
        if "genres_" in attributes:
            raise ValueError("genres_ are those of clips of several, and classes_ of one")
        return
    genres = attributes.get("genres_")
    if not isinstance(genres, np.ndarray) or genres.ndim != 1 or len(genres) < 2:
        raise ValueError("genres_ is no list of genres")
    names = genres.tolist()
    if len(set(map(str, set(names)))) != len(names):
        raise ValueError("genres_ has a genre twice")
    if any(name is None or name != name for name in names):
        raise ValueError("genres_ has a genre without a name")
    answers = [np.asarray(found).tolist() for found in attributes["classes_"]]
    if answers != [_ANSWERS] * len(genres):
        raise ValueError("classes_ are not the answers 0 and 1 for each of genres_")
    thresholds = attributes.get("thresholds_")
    is_array = isinstance(thresholds, np.ndarray) and thresholds.dtype.kind == "f"
    if not is_array or thresholds.shape != genres.shape or not _in_unit(thresholds):
        raise ValueError("thresholds_ are not of each genre, from 0 to 1")
    if attributes.get("_target_form") not in _FORMS:
        raise ValueError("_target_form is unknown")
    is_seen = attributes.get("_is_seen")
    if is_seen is not None and (is_seen.dtype != bool or is_seen.shape != genres.shape):
        raise ValueError("_is_seen is not of each genre")


def _in_unit(values: np.ndarray) -> bool:
    return bool(((values >= 0) & (values <= 1)).all())


def check_network(part: Any, symbols: Symbols) -> None:
    """Refuse weights that don't match the network described by the parameters."""
    if "classes_" not in vars(part):
        return  # what another one was cloned from
    _check_genres(part)
    if isinstance(part.classes_, list) and "_is_seen" not in vars(part):
        raise ValueError("_is_seen is missing")
    shape = part._input_shape
    is_shape = isinstance(shape, tuple) and len(shape) == 2
    if not is_shape or not all(type(n) is int and 1 <= n <= 10**7 for n in shape):
        raise ValueError(f"_input_shape is {shape!r:.50}")
    # The network is built from the parameters in fit, which may differ from the current ones.
    for structure in (part._structure(), part._trained_structure()):
        _check_structure(part, structure)
    _check_weights(part, part._kept_weights() if "_net" not in vars(part) else None)


def _check_structure(part: Any, structure: Any) -> None:
    values = [(name, structure.get(name)) for name in part._module_parameters]
    if isinstance(structure.get("module_params"), dict):
        values += structure["module_params"].items()
    for name, value in values:
        if isinstance(value, list | tuple) and len(value) > _MOST_LAYERS:
            raise ValueError(f"{name} has {len(value)} values")
        most = _MOST_OF.get(name, _MOST)
        for number in _numbers(value):
            if not np.isfinite(number) or abs(number) > most:
                raise ValueError(f"{name} is {value!r:.50}")
    _check_net_params(structure.get("net_params"))


def _check_weights(part: Any, weights: Any) -> None:
    if weights is None:
        return  # fitted in this process
    import torch

    if not isinstance(weights, dict) or not all(
        isinstance(v, np.ndarray) for v in weights.values()
    ):
        raise ValueError("its weights are no arrays")
    # Only sizes: a layer of 10,000 by 10,000 takes no memory before it is known to exist.
    try:
        with torch.device("meta"), torch.random.fork_rng(devices=[]):
            module = part._module_class()(**part._module_arguments())
    except RuntimeError as error:
        raise ValueError(f"its network can't be made on torch's device 'meta': {error}") from error
    expected = module.state_dict()
    if set(expected) != set(weights):
        odd = sorted(set(expected) ^ set(weights))[0]
        raise ValueError(f"its weights are not those of its layers, as for {odd!r:.100}")
    for name, tensor in module.named_buffers():
        if name not in expected and tensor.numel() > max(_MOST_CONSTANTS, 4 * _size_of(expected)):
            raise ValueError(
                f"{name!r} of the shape {tuple(tensor.shape)} is more than is computed"
            )
    for name, tensor in expected.items():
        found = weights[name]
        if found.shape != tuple(tensor.shape):
            raise ValueError(
                f"the weights {name!r} have the shape {found.shape}, not {tuple(tensor.shape)}"
            )
        kinds = "f" if tensor.is_floating_point() else "iub"
        if found.dtype.kind not in kinds:
            raise ValueError(f"the weights {name!r} have another type")
        if not np.isfinite(found).all():
            raise ValueError(f"the weights {name!r} have values that are no numbers, or infinite")
        if name.endswith("running_var") and (found < 0).any():
            raise ValueError(f"the weights {name!r} are negative")


def _size_of(state: Any) -> int:
    return sum(tensor.numel() for tensor in state.values())


def _check_net_params(parameters: Any) -> None:
    if parameters is None:
        return
    for name, value in parameters.items():
        is_loss = isinstance(value, type) and value.__name__ == "DoubleSoftmaxLoss"
        if not is_loss and not isinstance(value, str | numbers.Real | type(None)):
            raise ValueError(f"net_params has a {type(value).__name__} for {name!r:.50}")
        if name.endswith("num_workers"):
            parameters[name] = min(value, os.cpu_count() or 1)
        elif isinstance(value, int | float | np.number) and abs(float(value)) > 2**20:
            raise ValueError(f"net_params has {value!r:.50} for {name!r:.50}")


def check_voting(part: Any, symbols: Symbols) -> None:
    inner = part.estimator_
    if not isinstance(inner, BaseEstimator):
        raise ValueError("estimator_ is none")
    _check_genres(part)
    if isinstance(part.classes_, list):
        if _n_answers(inner) != len(part.genres_):
            raise ValueError("estimator_ has other genres")
    elif isinstance(inner.classes_, list):
        raise ValueError("estimator_ has clips of several genres, unlike this one")
    elif not np.array_equal(inner.classes_, part.classes_):
        raise ValueError("estimator_ has other genres")


def check_genre_voting(part: Any, symbols: Symbols) -> None:
    _check_genres(part)
    if not isinstance(part.classes_, list):
        ensembles.check_voting(part, symbols)
        return
    members = ensembles.members_of(part, "estimators_", symbols)
    if any(_n_answers(member) != len(part.genres_) for member in members):
        raise ValueError("estimators_ has one of other genres")
    ensembles.check_weights(part)


def check_hierarchical(part: Any, symbols: Symbols) -> None:
    check_voting(part, symbols)
    hierarchy = vars(part).get("hierarchy_")
    try:
        if check_hierarchy("hierarchy_", hierarchy) != hierarchy:
            raise ValueError("hierarchy_ has a genre whose parent is None")
    except TypeError as error:
        raise ValueError(str(error)) from error
    if isinstance(part.classes_, list):
        edges = find_edges("hierarchy_", hierarchy, part.genres_)
        if not np.array_equal(lower_parents(part.thresholds_, edges), part.thresholds_):
            raise ValueError("thresholds_ of a genre's parent is above its own")
    elif hierarchy:
        raise ValueError("hierarchy_ is of clips of several genres, and classes_ of one")


def _n_answers(model: Any) -> int:
    """Return the number of genres that a classifier tells clips to have, each or not."""
    if isinstance(model.classes_, list):
        return len(model.classes_)
    last = steps_of(model, opened=True)[-1]
    kind = type(last).__name__
    if kind == "OneVsRestClassifier" and last.multilabel_:
        return len(last.estimators_)
    if kind == "XGBClassifier":
        return facts_of(last._Booster).n_targets
    raise ValueError("estimator_ has clips of one genre, unlike this one")


def check_block_kernel(part: Any, symbols: Symbols) -> None:
    n_blocks = symbols.known["B"]
    lists = {name: getattr(part, name) for name in ("blocks_", *_OF_BLOCKS)}
    for name, values in lists.items():
        if not isinstance(values, list) or len(values) != n_blocks:
            raise ValueError(f"{name} is not of each block")
    for block in part.blocks_:
        is_named = isinstance(block, tuple | list) and len(block) == 2 and isinstance(block[0], str)
        if not is_named or not (block[1] == "passthrough" or _is_transformer(block[1])):
            raise ValueError("blocks_ has what is no transformer with a name")
    for center, scale, table in zip(*(lists[name] for name in _OF_BLOCKS), strict=True):
        inner = Symbols({"S": symbols.known["S"]})
        inner.check("centers_", center, "f", "F")
        inner.check("scales_", scale, "f", "F")
        inner.check("support_tables_", table, "f", "S", "F")
        if not (scale > 0).all():
            raise ValueError("scales_ has numbers that are not positive")
    if (part.gammas_ <= 0).any() or (part.weights_ < 0).any():
        raise ValueError("gammas_ or weights_ has numbers that are not positive")
    if part._has_pairs not in (True, False):
        raise ValueError(f"_has_pairs is {part._has_pairs!r:.50}")
    _check_genres(part)
    if isinstance(part.classes_, list):
        _check_kernel_genres(part, symbols)
        return
    if not _LEAST_TEMPERATURE < part.temperature_ < 1 / _LEAST_TEMPERATURE:
        raise ValueError(f"temperature_ is {part.temperature_!r:.50}")
    n_classes = symbols.known["C"]
    pairs = n_classes * (n_classes - 1) // 2
    expected = 1 if n_classes == 2 else pairs if part._has_pairs else n_classes
    if n_classes < 2 or symbols.known["P"] != expected:
        raise ValueError("dual_coef_ is not of as many genres")


def _check_kernel_genres(part: Any, symbols: Symbols) -> None:
    """Refuse scores that are not of each genre, where clips may have several."""
    if part._has_pairs or symbols.known["P"] != len(part.genres_):
        raise ValueError("dual_coef_ is not of as many genres")
    if "_is_seen" not in vars(part):
        raise ValueError("_is_seen is missing")
    if part.slopes_ is None or part.offsets_ is None or (part.slopes_ <= 0).any():
        raise ValueError("slopes_ or offsets_ is not of each genre")


def _is_transformer(part: Any) -> bool:
    return isinstance(part, BaseEstimator) and hasattr(part, "transform")


def check_boosting(part: Any, symbols: Symbols) -> None:
    if "model_" not in vars(part):
        return
    model = part.model_
    if type(model).__name__ != "XGBClassifier":
        raise ValueError("model_ is none of XGBoost")
    _check_genres(part)
    facts = facts_of(model._Booster)
    if isinstance(part.classes_, list):
        if "_is_seen" not in vars(part):
            raise ValueError("_is_seen is missing")
        if (facts.n_classes, facts.n_targets) != (1, part._is_seen.sum()):
            raise ValueError("model_ has other genres")
    elif model.n_classes_ != symbols.known["C"] or facts.n_targets != 1:
        raise ValueError("model_ has other genres")
    if facts.n_features != symbols.known["F"]:
        raise ValueError("model_ has other features")


def check_xgboost(part: Any, symbols: Symbols) -> None:
    booster = vars(part).get("_Booster")
    if booster is None:
        return
    symbols.check("n_classes_", part.n_classes_, "n")
    facts = facts_of(booster)
    if facts.n_classes != (part.n_classes_ if part.n_classes_ > 2 else 1):
        raise ValueError("its trees are of other classes")
    for name, value in vars(part).items():
        kinds = (str, numbers.Real, type(None), bool)
        if name != "_Booster" and not isinstance(value, (*kinds, np.ndarray, list, tuple, dict)):
            raise ValueError(f"{name} is a {type(value).__name__}")
