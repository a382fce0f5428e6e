"""XGBoost boosters as JSON, with every index checked before XGBoost loads it.

XGBoost does not check the indices of children and features in a model that it loads. So model files
store a booster as JSON, which is copied, field by field, to a model that has nothing else before it
is loaded. Files of format 1 have UBJSON, which is first parsed to the same values.
"""

import json
from typing import Any, NamedTuple

import numpy as np

_ROOT = 2**31 - 1
_DELETED = 2**31 - 1
_OBJECTIVES = (
    "binary:hinge",
    "binary:logistic",
    "binary:logitraw",
    "multi:softmax",
    "multi:softprob",
)
_TYPES = ("float", "int", "i", "q")
_FLOATS = ("base_weights", "loss_changes", "split_conditions", "sum_hessian")
_EMPTY = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
_MAX_DEPTH = 40


class Facts(NamedTuple):
    """Sizes of a booster's input and output.

    Parameters
    ----------
    n_features : int
        Number of columns.
    n_classes : int
        Number of classes of which a row has one; 1 for two classes and for several targets.
    n_targets : int
        Number of yes-or-no questions that are answered of each row.
    """

    n_features: int
    n_classes: int
    n_targets: int


def dump_booster(booster: Any) -> bytes:
    """Return a booster as JSON."""
    return bytes(booster.save_raw(raw_format="json"))


def facts_of(booster: Any) -> Facts:
    """Return the input and output sizes of a booster."""
    config = json.loads(booster.save_config())["learner"]["learner_model_param"]
    return Facts(
        int(config["num_feature"]),
        max(1, int(config["num_class"])),
        max(1, int(config.get("num_target", "1"))),
    )


def load_booster(content: bytes, n_threads: Any, device: str) -> Any:
    """Return a booster from the content of a file.

    Parameters
    ----------
    content : bytes
        JSON, or UBJSON as in format 1.
    n_threads : int or None
        Number of threads for prediction.
    device : str
        Device for prediction.

    Raises
    ------
    ValueError
        When the trees point outside themselves, use features that don't exist, or are of an
        unsupported kind: linear boosters, categories, several targets of other kinds than genres.
    """
    import xgboost

    is_json = content[:2] == b'{"'
    model = json.loads(content) if is_json else read_ubjson(content)
    if isinstance(model, dict) and "Model" in model:
        model = model["Model"]
    try:
        checked = check_booster(model)
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise ValueError(f"a booster is incomplete ({type(error).__name__}: {error})") from error
    booster = xgboost.Booster({"nthread": n_threads or 0, "device": device})
    try:
        booster.load_model(bytearray(json.dumps(checked, separators=(",", ":")).encode()))
    except xgboost.core.XGBoostError as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"XGBoost refuses a booster ({reason})") from error
    return booster


def check_booster(model: Any) -> dict[str, Any]:
    """Return a copy of a model that has only checked fields."""
    learner = model["learner"]
    parameters = learner["learner_model_param"]
    n_features, n_classes = _whole(parameters["num_feature"]), _whole(parameters["num_class"])
    if not 1 <= n_features < 2**31 or not 0 <= n_classes < 2**16:
        raise ValueError("a booster has no number of features or classes")
    n_targets = max(1, _whole(parameters.get("num_target", "1")))
    if n_targets >= 2**16 or (n_targets > 1 and n_classes > 0):
        raise ValueError("a booster has classes and targets, or too many targets")
    # Each tree adds to one of these scores, or has a value for each in every leaf.
    n_scores = max(n_classes, n_targets)
    copied: dict[str, Any] = {
        "attributes": {},
        "feature_names": _texts(learner.get("feature_names", []), n_features),
        "feature_types": _texts(learner.get("feature_types", []), n_features),
        "gradient_booster": _check_trees(learner["gradient_booster"], n_features, n_scores),
        "learner_model_param": {
            "base_score": _check_score(
                parameters["base_score"], n_scores, learner["objective"]["name"]
            ),
            "boost_from_average": str(
                (_whole(parameters.get("boost_from_average", "1")) != 0 and 1) or 0
            ),
            "num_class": str(n_classes),
            "num_feature": str(n_features),
            "num_target": str(n_targets),
        },
        "objective": _check_objective(learner["objective"], n_classes, n_targets),
    }
    if not all(kind in _TYPES for kind in copied["feature_types"]):
        raise ValueError("a booster with features of other types is not read")
    rounds = len(copied["gradient_booster"]["model"]["iteration_indptr"]) - 1
    for name in ("best_iteration", "best_score"):
        if name in learner.get("attributes", {}):
            copied["attributes"][name] = _number_text(learner["attributes"][name])
    if not 0 <= float(copied["attributes"].get("best_iteration", "0")) < max(rounds, 1):
        raise ValueError("a booster's best_iteration is none of its rounds")
    version = model.get("version", [3, 0, 0])
    if not isinstance(version, list) or len(version) != 3:
        raise ValueError("a booster has no version")
    return {"learner": copied, "version": [_between(n, 0, 10_000) for n in version]}


def _check_trees(booster: dict[str, Any], n_features: int, n_scores: int) -> dict[str, Any]:
    if booster["name"] != "gbtree":
        raise ValueError(f"a booster of the kind {booster['name']!r:.50} is not read")
    model = booster["model"]
    trees = model["trees"]
    if not isinstance(trees, list) or _whole(model["gbtree_model_param"]["num_trees"]) != len(
        trees
    ):
        raise ValueError("a booster has another number of trees than it says")
    parallel = _between(_whole(model["gbtree_model_param"].get("num_parallel_tree", "1")), 1, 2**20)
    size = _leaf_size(trees, n_scores)
    n_groups = n_scores // size
    groups = _integers(model["tree_info"], len(trees), 0, n_groups - 1)
    starts = model.get("iteration_indptr")
    per_round = parallel * n_groups
    if starts is None:  # an older XGBoost wrote the file
        starts = list(range(0, len(trees) + 1, per_round))
    starts = _integers(starts, None, 0, len(trees))
    steps = np.diff(starts)
    if not starts or starts[0] != 0 or starts[-1] != len(trees) or (steps < 0).any():
        raise ValueError("the rounds of a booster are not its trees")
    for name in ("enc", "feature_segments", "sorted_idx"):
        if model.get("cats", {}).get(name):
            raise ValueError("a booster with categories is not read")
    return {
        "name": "gbtree",
        "model": {
            "cats": {"enc": [], "feature_segments": [], "sorted_idx": []},
            "gbtree_model_param": {
                "num_parallel_tree": str(parallel),
                "num_trees": str(len(trees)),
            },
            "iteration_indptr": starts,
            "tree_info": groups,
            "trees": [
                _check_tree(tree, number, n_features, size) for number, tree in enumerate(trees)
            ],
        },
    }


def _leaf_size(trees: list[Any], n_scores: int) -> int:
    """Return the number of values of a leaf: 1, or one for each target, in all trees alike."""
    sizes = {max(1, _whole(tree["tree_param"].get("size_leaf_vector", "1"))) for tree in trees}
    if not sizes <= {1} and sizes != {n_scores}:
        raise ValueError("a tree of a booster has leaves of another number of targets")
    return sizes.pop() if sizes else 1


def _check_tree(tree: dict[str, Any], number: int, n_features: int, size: int) -> dict[str, Any]:
    parameters = tree["tree_param"]
    n_nodes = _between(_whole(parameters["num_nodes"]), 1, 2**31 - 2)
    n_deleted = _whole(parameters.get("num_deleted", "0"))
    if any(tree.get(name) for name in _EMPTY):
        raise ValueError("a booster with categories is not read")
    left = _integers(tree["left_children"], n_nodes, -1, n_nodes - 1)
    right = _integers(tree["right_children"], n_nodes, -1, n_nodes - 1)
    parents = _integers(tree["parents"], n_nodes, -1, _ROOT)
    features = _integers(tree["split_indices"], n_nodes, 0, _DELETED)
    _integers(tree.get("split_type", [0] * n_nodes), n_nodes, 0, 0)
    vectors = _read_vectors(tree, left, right, size) if size > 1 else {}
    if vectors and n_deleted:
        raise ValueError("a tree of a booster with values of several targets was pruned")
    # With several values, a leaf has its place among the leaves in `right`.
    is_inner = [child != -1 or size == 1 for child in left]
    children_right = [right[n] if is_inner[n] else -1 for n in range(n_nodes)]
    seen = {0}
    rest = [0]
    while rest:
        node = rest.pop()
        children = (left[node], children_right[node])
        if children == (-1, -1):
            continue
        if features[node] >= n_features:
            raise ValueError("a tree of a booster asks for a feature that there is not")
        for child in children:
            if child < 1 or child in seen or parents[child] != node:
                raise ValueError("a tree of a booster points outside itself")
            seen.add(child)
            rest.append(child)
    # What pruning left over stays, as XGBoost counts it.
    unused = [node for node in range(n_nodes) if node not in seen]
    if len(unused) != n_deleted or any((left[n], right[n]) != (-1, -1) for n in unused):
        raise ValueError("a tree of a booster has nodes that nothing leads to")
    deleted = [node for node, feature in enumerate(features) if feature == _DELETED]
    if deleted != unused:
        raise ValueError("a tree of a booster has nodes that nothing leads to")
    root = _ROOT if size == 1 else -1
    return {
        **{name: _floats(tree[name], n_nodes) for name in _FLOATS if name not in vectors},
        **vectors,
        **{name: [] for name in _EMPTY},
        "default_left": _integers(tree["default_left"], n_nodes, 0, 1),
        "id": number,
        "left_children": left,
        "parents": [root if node == 0 else parent for node, parent in enumerate(parents)],
        "right_children": right,
        "split_indices": features,
        "split_type": [0] * n_nodes,
        "tree_param": {
            "num_deleted": str(n_deleted),
            "num_feature": str(n_features),
            "num_nodes": str(n_nodes),
            "size_leaf_vector": str(size),
        },
    }


def _read_vectors(
    tree: dict[str, Any], left: list[int], right: list[int], size: int
) -> dict[str, list[float]]:
    """Return the values of nodes and leaves with one for each target, after checking the places.

    The number of a leaf among the leaves stands where others have the right child.
    """
    if "leaf_weights" not in tree:
        raise ValueError("leaves with several values are read as XGBoost 3.2 and newer write them")
    leaves = [right[node] for node, child in enumerate(left) if child == -1]
    if sorted(leaves) != list(range(len(leaves))):
        raise ValueError("a tree of a booster points outside itself")
    return {
        "base_weights": _floats(tree["base_weights"], len(left) * size),
        "leaf_weights": _floats(tree["leaf_weights"], len(leaves) * size),
    }


def _check_objective(objective: dict[str, Any], n_classes: int, n_targets: int) -> dict[str, Any]:
    name = objective["name"]
    if n_targets > 1 and name != "binary:logistic":
        raise ValueError(f"a booster of several targets and {name!r:.50} is not read")
    if name not in _OBJECTIVES or name.startswith("multi") != (n_classes > 1):
        raise ValueError(f"a booster of the objective {name!r:.50} is not read")
    if n_classes > 1:
        return {"name": name, "softmax_multiclass_param": {"num_class": str(n_classes)}}
    weight = objective.get("reg_loss_param", {}).get("scale_pos_weight", "1")
    return {"name": name, "reg_loss_param": {"scale_pos_weight": _number_text(weight)}}


def _check_score(text: Any, n_scores: int, objective: Any) -> str:
    values = str(text).strip("[]").split(",")
    if len(values) not in (1, n_scores):
        raise ValueError("a booster has other base scores")
    numbers = [_number_text(value) for value in values]
    # XGBoost checks it in prediction only.
    if objective == "binary:logistic" and not all(0 <= float(n) <= 1 for n in numbers):
        raise ValueError(f"a booster has the base score {text!r:.50}, and it is a probability")
    return f"[{','.join(numbers)}]" if str(text).startswith("[") else numbers[0]


def _number_text(text: Any) -> str:
    if not isinstance(text, str) or len(text) > 40 or not np.isfinite(float(text)):
        raise ValueError(f"a booster has {text!r:.50} for a number")
    return text.strip()


def _whole(text: Any) -> int:
    if not isinstance(text, str) or not text.strip().isdigit() or len(text) > 20:
        raise ValueError(f"a booster has {text!r:.50} for a number")
    return int(text)


def _between(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"a booster has {value!r:.50} where a number from {least} is needed")
    return value


def _integers(values: Any, size: int | None, least: int, most: int) -> list[int]:
    if not isinstance(values, list) or (size is not None and len(values) != size):
        raise ValueError("a booster has a list of another length")
    if not all(type(value) in (int, bool) and least <= value <= most for value in values):
        raise ValueError("a tree of a booster points outside itself")
    return [int(value) for value in values]


def _floats(values: Any, size: int) -> list[float]:
    if not isinstance(values, list) or len(values) != size:
        raise ValueError("a booster has a list of another length")
    if not all(type(value) in (int, float) for value in values):
        raise ValueError("a booster has values that are no numbers")
    single = np.array(values, dtype=np.float32)
    if not np.isfinite(single).all():
        raise ValueError("a booster has values that are no numbers")
    # The shortest text of the same number in single precision.
    return [float(text) for text in single.astype(str).tolist()]


def _texts(values: Any, size: int) -> list[str]:
    if not isinstance(values, list) or len(values) not in (0, size):
        raise ValueError("a booster does not name each feature")
    if not all(isinstance(value, str) and len(value) < 10_000 for value in values):
        raise ValueError("a booster has a feature without a name")
    return values


_SIZES = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}


def read_ubjson(content: bytes) -> Any:
    """Return the value of UBJSON data as written by XGBoost."""
    reader = _UBJSON(content)
    return reader.value(reader.marker(), 0)


class _UBJSON:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def marker(self) -> str:
        return self._take(1).decode("latin-1")

    def value(self, marker: str, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise ValueError("a booster is nested too deeply")
        if marker == "{":
            return self._object(depth)
        if marker == "[":
            return self._list(depth)
        if marker == "S":
            return self._text()
        if marker == "C":
            return self.marker()
        if marker in "TF":
            return marker == "T"
        if marker in "ZN":
            return None
        if marker in _SIZES:
            return self._numbers(marker, 1)[0]
        raise ValueError("a booster is no UBJSON")

    def _object(self, depth: int) -> dict[str, Any]:
        found = {}
        while (marker := self.marker()) != "}":
            name = self._text(marker)
            found[name] = self.value(self.marker(), depth + 1)
        return found

    def _list(self, depth: int) -> list[Any]:
        marker = self.marker()
        if marker == "$":
            kind = self.marker()
            if self.marker() != "#" or kind not in _SIZES:
                raise ValueError("a booster is no UBJSON")
            return self._numbers(kind, self._count(self.marker()))
        if marker == "#":
            size = self._count(self.marker())
            return [self.value(self.marker(), depth + 1) for _ in range(size)]
        found = []
        while marker != "]":
            found.append(self.value(marker, depth + 1))
            marker = self.marker()
        return found

    def _text(self, marker: str | None = None) -> str:
        size = self._count(marker or self.marker())
        return self._take(size).decode("utf-8")

    def _count(self, marker: str) -> int:
        if marker not in "iUIlL" or not marker:
            raise ValueError("a booster is no UBJSON")
        size = self._numbers(marker, 1)[0]
        # Each value takes at least one byte.
        if not 0 <= size <= len(self._content):
            raise ValueError("a booster announces more than there is")
        return size

    def _numbers(self, kind: str, size: int) -> list[Any]:
        dtype = np.dtype(_SIZES[kind])
        values = np.frombuffer(self._take(size * dtype.itemsize), dtype)
        return values.tolist()

    def _take(self, size: int) -> bytes:
        part = self._content[self._place : self._place + size]
        if len(part) != size:
            raise ValueError("a booster is cut off")
        self._place += size
        return part
