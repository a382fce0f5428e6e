"""Build the object of a skops description, using only fixed lists of classes.

skops itself builds whatever a file describes and leaves checking the result to the caller. That is
too late for objects that native code reads while they are built (trees, boosters), for sizes in a
header, and for objects built again under each name; so skops writes our files, but this module
reads them.
"""

import importlib
import inspect
import json
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .._renames import present_name
from .arrays import make_scalar, read_array
from .rules import CLASSES
from .trees import make_tree
from .trusted import (
    LOSSES,
    TYPES,
    find_function,
    find_item,
    find_type,
    is_also_trusted,
)

# The protocols of skops whose nodes are those below.
_PROTOCOLS = (0, 1, 2)
_MAX_DEPTH = 120
# JSON values take about a hundred bytes each in Python. A forest of 1,000 trees has a million.
_MAX_VALUES = 2_000_000
_VALUES_PER_BYTE = 1
_BOOSTER = "xgboost.core.Booster"
_UNFINISHED = object()
_ABSENT = object()


class UntrustedError(ValueError):
    """A file refers to something that is on none of the lists."""


def parse_json(content: bytes, packed_size: int, name: str) -> Any:
    """Return the value of a JSON entry, after checking how many values it has.

    Parameters
    ----------
    content : bytes
        The entry.
    packed_size : int
        Size of the file in bytes, which bounds its content.
    name : str
        Name of the entry, for error messages.
    """
    n_values = sum(content.count(sign) for sign in (b"[", b"{", b",", b":"))
    if n_values > _MAX_VALUES + _VALUES_PER_BYTE * packed_size:
        raise ValueError(f"{name} has {n_values:,} values, more than a file of this size has")
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(f"{name} is nested too deeply") from error


def build(entries: dict[str, bytes], packed_size: int) -> Any:
    """Build the object of a skops file.

    Parameters
    ----------
    entries : dict of str to bytes
        The file's entries by name. Arrays are removed once they are read.
    packed_size : int
        Size of the file in bytes.

    Raises
    ------
    UntrustedError
        When the file contains a class, function or kind of node that is not on the lists. Nothing
        is built then.
    ValueError
        When the description is invalid.
    """
    schema = parse_json(entries["schema.json"], packed_size, "schema.json")
    if not isinstance(schema, dict):
        raise ValueError("schema.json describes no object")
    if schema.get("protocol") not in _PROTOCOLS or isinstance(schema["protocol"], bool):
        raise ValueError(f"the protocol {schema.get('protocol')!r:.50} of skops is not known")
    try:
        refused = find_refused(schema)
        if refused:
            raise UntrustedError(", ".join(refused))
        return _Builder(entries, entries["schema.json"].count(b"__loader__")).build(schema)
    except RecursionError as error:
        raise ValueError("the description is nested too deeply") from error


def find_refused(schema: Any) -> list[str]:
    """Return the untrusted names in a description, sorted."""
    found = set()
    rest = [schema]
    while rest:
        node = rest.pop()
        if isinstance(node, list):
            rest += node
        elif isinstance(node, dict):
            rest += node.values()
            if "__loader__" in node and not _is_trusted(node):
                found.add(_describe(node))
    return sorted(found)


def _describe(node: dict[str, Any]) -> str:
    name = f"{node.get('__module__')}.{node.get('__class__')}"[:200]
    loader = node["__loader__"]
    return name if loader in _NAMED else f"{name} ({str(loader)[:50]})"


def _is_trusted(node: dict[str, Any]) -> bool:
    loader, module, kind = node["__loader__"], node.get("__module__"), node.get("__class__")
    if not (isinstance(loader, str) and isinstance(module, str) and isinstance(kind, str)):
        return False
    name = present_name(module, kind)
    if loader == "ObjectNode":
        return name in CLASSES or name == _BOOSTER or is_also_trusted(name)
    if loader == "TypeNode":
        return name in TYPES or is_also_trusted(name)
    if loader == "FunctionNode":
        return find_function(name) is not None
    if loader == "LossNode":
        return name in LOSSES
    if loader == "NdArrayNode":
        return module == "numpy"
    return name in _EXPECTED.get(loader, ())


_NAMED = ("ObjectNode", "TypeNode", "FunctionNode", "LossNode", "NdArrayNode")
_EXPECTED: dict[str, tuple[str, ...]] = {
    "BytearrayNode": ("builtins.bytearray",),
    "BytesNode": ("builtins.bytes",),
    "DTypeNode": ("numpy.dtype",),
    "DictNode": ("builtins.dict", "collections.OrderedDict", "sklearn.utils._bunch.Bunch"),
    "JsonNode": ("builtins.str",),
    "ListNode": ("builtins.list",),
    "MaskedArrayNode": ("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"),
    "RandomGeneratorNode": ("numpy.random._generator.Generator",),
    "RandomStateNode": ("numpy.random.mtrand.RandomState",),
    "SetNode": ("builtins.set",),
    "SliceNode": ("builtins.slice",),
    "TreeNode": ("sklearn.tree._tree.Tree",),
    "TupleNode": ("builtins.tuple",),
}


class _Builder:
    """Builds each object of a description once, wherever it occurs."""

    def __init__(self, entries: dict[str, bytes], most: int) -> None:
        self._entries = entries
        # skops writes all of an object wherever it stands, so a model has no more parts than its
        # description. Lists of two that share their items would have 2**40 in a few bytes.
        self._most = most
        self._n_parts = 0
        self._parts_of: dict[int, int] = {}
        self._arrays: dict[str, np.ndarray] = {}
        self._built: dict[int, tuple[Any, Any]] = {}
        self._makers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "BytearrayNode": self._bytes,
            "BytesNode": self._bytes,
            "DTypeNode": self._dtype,
            "DictNode": self._dict,
            "FunctionNode": lambda node: find_function(_name(node)),
            "JsonNode": self._json,
            "ListNode": lambda node: self._items(node),
            "LossNode": self._loss,
            "MaskedArrayNode": self._masked,
            "NdArrayNode": self._array,
            "ObjectNode": self._object,
            "RandomGeneratorNode": self._generator,
            "RandomStateNode": self._random_state,
            "SetNode": lambda node: set(self._items(node)),
            "SliceNode": self._slice,
            "TreeNode": self._tree,
            "TupleNode": lambda node: tuple(self._items(node)),
            "TypeNode": lambda node: find_type(_name(node)),
        }

    def build(self, node: Any, depth: int = 0) -> Any:
        if not isinstance(node, dict) or node.get("__loader__") not in self._makers:
            raise ValueError("the description has a part that is no node")
        if depth > _MAX_DEPTH:
            raise ValueError("the description is nested too deeply")
        identity = node.get("__id__")
        key = (node["__loader__"], node["__module__"], node["__class__"])
        if identity is None:
            return self._make(node, depth)
        if type(identity) is not int:
            raise ValueError("the description has a part whose number is none")
        if identity in self._built:
            known, value = self._built[identity]
            if known != key or value is _UNFINISHED:
                raise ValueError("the description gives two parts one number")
            self._count(self._parts_of[identity])
            return value
        self._built[identity] = key, _UNFINISHED
        before = self._n_parts
        value = self._make(node, depth)
        self._built[identity] = key, value
        self._parts_of[identity] = self._n_parts - before
        return value

    def _count(self, n_parts: int) -> None:
        self._n_parts += n_parts
        if self._n_parts > self._most:
            raise ValueError("the description has parts that share more than there is")

    def _make(self, node: dict[str, Any], depth: int) -> Any:
        self._count(1)
        self._depth = depth
        maker = self._makers[node["__loader__"]]
        try:
            return maker(node)
        finally:
            self._depth = depth - 1

    def _child(self, node: Any) -> Any:
        return self.build(node, self._depth + 1)

    def _items(self, node: dict[str, Any]) -> list[Any]:
        content = node["content"]
        if not isinstance(content, list):
            raise ValueError("the description has a list that is none")
        return [self._child(item) for item in content]

    def _entry(self, node: dict[str, Any]) -> bytes:
        name = node["file"]
        if not isinstance(name, str) or name not in self._entries:
            raise ValueError(f"there is no entry {name!r:.100}")
        # Removed: no two parts of a model share bytes, and memory is freed at once.
        return self._entries.pop(name)

    def _bytes(self, node: dict[str, Any]) -> bytes:
        return self._entry(node)

    def _json(self, node: dict[str, Any]) -> Any:
        content = node["content"]
        if not isinstance(content, str) or content.lstrip()[:1] in ("[", "{", ""):
            raise ValueError("the description has a number or text that is none")
        return json.loads(content)

    def _dict(self, node: dict[str, Any]) -> dict[Any, Any]:
        content, kinds = node["content"], self._child(node["key_types"])
        if not isinstance(content, dict) or not isinstance(kinds, list):
            raise ValueError("the description has a dict that is none")
        if len(kinds) != len(content) or not all(kind in _KEYS for kind in kinds):
            raise ValueError("the description has a dict whose keys are of no known kind")
        found = _DICTS[node["__class__"]]()
        for kind, (key, value) in zip(kinds, content.items(), strict=True):
            found[_KEYS[kind](key)] = self._child(value)
        return found

    def _slice(self, node: dict[str, Any]) -> slice:
        parts = [node["content"][name] for name in ("start", "stop", "step")]
        if not all(part is None or type(part) in (int, str) for part in parts):
            raise ValueError("the description has a slice that is none")
        return slice(*parts)

    def _array(self, node: dict[str, Any]) -> Any:
        kind = node["__class__"]
        if node["type"] == "json":
            if kind != "ndarray":
                raise ValueError(f"a file holds no numpy.{kind} of objects")
            return self._object_array(node)
        name = node["file"]
        if not isinstance(name, str):
            raise ValueError("the description has an array without an entry")
        if name not in self._arrays:
            self._arrays[name] = read_array(self._entry(node), name)
        array = self._arrays[name]
        return array if kind == "ndarray" else make_scalar(array, kind)

    def _object_array(self, node: dict[str, Any]) -> np.ndarray:
        shape, items = self._child(node["shape"]), self._items(node)
        if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError("the description has an array without a shape")
        for n in shape[1:]:
            flat = []
            for item in items:
                if not isinstance(item, list) or len(item) != n:
                    raise ValueError("the description has an array that is no block")
                flat += item
            items = flat
        if not shape or len(items) != math.prod(shape):
            raise ValueError("the description has an array of another size")
        array = np.empty(len(items), dtype=object)
        for place, item in enumerate(items):
            array[place] = item
        return array.reshape(shape)

    def _masked(self, node: dict[str, Any]) -> np.ma.MaskedArray:
        content = node["content"]
        data, mask = self._child(content["data"]), self._child(content["mask"])
        if not isinstance(data, np.ndarray) or not isinstance(mask, np.ndarray | np.bool):
            raise ValueError("the description has a masked array that is none")
        if isinstance(mask, np.ndarray) and (mask.dtype != bool or mask.shape != data.shape):
            raise ValueError("the description has a masked array with another mask")
        return np.ma.MaskedArray(data, mask)

    def _dtype(self, node: dict[str, Any]) -> np.dtype:
        array = self._child(node["content"])
        if not isinstance(array, np.ndarray):
            raise ValueError("the description has a type of numbers that is none")
        return array.dtype

    def _object(self, node: dict[str, Any]) -> Any:
        name = _name(node)
        content = node.get("content")
        state = None if content is None else self._child(content)
        if state is not None and not isinstance(state, dict):
            raise ValueError(f"{name} has attributes that are none")
        state = state or {}
        if not all(isinstance(key, str) for key in state):
            raise ValueError(f"{name} has attributes without names")
        if name == _BOOSTER:
            # As in format 1. Kept as bytes: XGBoost loads them once they have been checked.
            return bytes(state["handle"])
        found = find_item(name)
        if not isinstance(found, type):
            raise ValueError(f"{name} is no class")
        refuse_shadows(found, state)
        instance: Any = found.__new__(found)  # type: ignore[call-overload]
        if hasattr(found, "__setstate__"):
            instance.__setstate__(state)
        else:
            instance.__dict__.update(state)
        return instance

    def _loss(self, node: dict[str, Any]) -> Any:
        arguments = self._child(node["__reduce__"]["args"])
        if not isinstance(arguments, tuple) or len(arguments) > 1:
            raise ValueError("the description has a loss that is none")
        if not all(type(value) is float and math.isfinite(value) for value in arguments):
            raise ValueError("the description has a loss whose parameter is no number")
        module = importlib.import_module(node["__module__"])
        return getattr(module, node["__class__"])(*arguments)

    def _tree(self, node: dict[str, Any]) -> Any:
        return make_tree(self._child(node["__reduce__"]["args"]), self._child(node["content"]))

    def _random_state(self, node: dict[str, Any]) -> np.random.RandomState:
        state = self._child(node["content"])
        key, place = state["state"]["key"], state["state"]["pos"]
        is_key = isinstance(key, np.ndarray) and key.dtype == np.uint32 and key.shape == (624,)
        if not is_key or state["bit_generator"] != "MT19937" or place not in range(625):
            raise ValueError("the state of a random generator is none")
        found = np.random.RandomState(0)
        found.set_state(
            ("MT19937", key, int(place), int(state["has_gauss"] == 1), float(state["gauss"]))
        )
        return found

    def _generator(self, node: dict[str, Any]) -> np.random.Generator:
        content = node["content"]
        state, seeds = self._child(content["bit_generator"]), self._child(content["seed_seq"])
        if state["bit_generator"] != "PCG64" or seeds.get("pool_size", 4) != 4:
            raise ValueError("the state of a random generator is none")
        spawned = seeds.get("n_children_spawned", 0)
        sequence = np.random.SeedSequence(
            seeds["entropy"], spawn_key=seeds["spawn_key"], n_children_spawned=int(spawned)
        )
        generator = np.random.PCG64(sequence)
        generator.state = state
        return np.random.Generator(generator)


def refuse_shadows(kind: type, names: Iterable[str]) -> None:
    """Refuse attributes that would shadow a method or a default of the class.

    With a function of numbers for its check of X, an estimator would hand on what it must not.
    """
    for name in names:
        if inspect.getattr_static(kind, name, _ABSENT) is not _ABSENT:
            raise ValueError(f"{kind.__name__} has {name!r:.100}, which is its class's own")


def _name(node: dict[str, Any]) -> str:
    return present_name(node["__module__"], node["__class__"])


def _read_bool(text: str) -> bool:
    # The name of a key in JSON.
    return text.lower() == "true"


def _integers_of(kind: type[np.integer]) -> Callable[[str], Any]:
    return lambda text: kind(int(text))


def _make_dicts() -> dict[str, type]:
    from collections import OrderedDict

    from sklearn.utils import Bunch

    return {"dict": dict, "OrderedDict": OrderedDict, "Bunch": Bunch}


_DICTS = _make_dicts()
_KEYS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _read_bool,
    np.str_: str,
    np.bool: _read_bool,
    type(None): lambda _: None,
    **{kind: kind for kind in (np.float16, np.float32, np.float64)},
    **{
        kind: _integers_of(kind)
        for kind in (
            np.int8,
            np.int16,
            np.int32,
            np.int64,
            np.uint8,
            np.uint16,
            np.uint32,
            np.uint64,
        )
    },
}
