"""Hostile model files, each made from a number: sound ones that were changed, with sums that fit.

A case changes arrays, nodes of the description, boosters, or the archive itself, and then writes
the checksums again: what a person could do who wants to do harm.
"""

import copy
import functools
import hashlib
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from model_bases import read_entries

Entries = dict[str, bytes]

SIZES = (0, 1, 2, 7, 255, 3_000, 10**6, 3 * 10**8, 2**31 - 1, 2**31, 2**40, 2**63 - 1)
NUMBERS = (-1, -2, -(2**31), -(2**63), *SIZES)
FLOATS = (float("nan"), float("inf"), -float("inf"), 1e300, -1e300, -1.0, 0.0, 1e10, 0.5)
TEXTS = ("", "x", "auto", "/etc/passwd", "a" * 5000, "kd_tree", "precomputed", "cuda")
LOADERS = (
    "BytearrayNode", "BytesNode", "CachedNode", "ConstructorFromReduceNode", "DTypeNode",
    "DefaultDictNode", "DictNode", "FunctionNode", "JsonNode", "ListNode", "LossNode",
    "MaskedArrayNode", "MethodNode", "NdArrayNode", "ObjectNode", "OperatorFuncNode",
    "PartialNode", "RandomGeneratorNode", "RandomStateNode", "SetNode", "SliceNode",
    "SparseMatrixNode", "TreeNode", "TupleNode", "TypeNode",
)  # fmt: skip
NAMES = (
    ("xgboost.core", "Booster"),
    ("sklearn.tree._tree", "Tree"),
    ("sklearn.neighbors._kd_tree", "KDTree"),
    ("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"),
    ("sklearn.preprocessing._function_transformer", "FunctionTransformer"),
    ("sklearn.preprocessing._polynomial", "PolynomialFeatures"),
    ("sklearn.svm._classes", "SVC"),
    ("scipy.sparse", "spmatrix"),
    ("numpy", "ndarray"),
    ("numpy", "void"),
    ("numpy", "matmul"),
    ("numpy", "load"),
    ("builtins", "bytearray"),
    ("builtins", "list"),
    ("builtins", "str"),
    ("os", "system"),
)


class Case(NamedTuple):
    """A hostile file."""

    name: str
    base: str
    data: bytes


def make_case(number: int, bases: dict[str, Path]) -> Case:
    """Make a file; the same number and bases give the same file."""
    rng = random.Random(number)
    base = rng.choice(sorted(bases))
    entries = read_entries(bases[base])
    changes = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choice(CHANGES)
        changes.append(change.__name__)
        try:
            change(entries, rng)
        except Exception:
            # The place was changed before, or has nothing of that kind.
            changes[-1] += "-not"
    pack = pack_lying if rng.random() < 0.01 else pack_sound
    return Case(f"{number}-{base}-{'+'.join(changes)}.skops", base, pack(entries, rng))


def make_recipe(recipe: dict[str, Any], bases: dict[str, Path]) -> Case:
    """Make a file by what is done to which model; it stays the same when models are added."""
    rng = random.Random(recipe["seed"])
    entries = read_entries(bases[recipe["base"]])
    for name in recipe["changes"]:
        next(change for change in CHANGES if change.__name__ == name)(entries, rng)
    pack = pack_lying if recipe.get("lies") else pack_sound
    name = "-".join([recipe["base"], *recipe["changes"], str(recipe["seed"])])
    return Case(f"{name}.skops", recipe["base"], pack(entries, rng))


def pack_sound(entries: Entries, rng: random.Random) -> bytes:
    sums = "".join(f"{hashlib.sha256(c).hexdigest()}  {name}\n" for name, c in entries.items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in {**entries, "SHA256SUMS": sums.encode()}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pack_lying(entries: Entries, rng: random.Random) -> bytes:
    """Announce another size of an entry in the directory than there is."""
    entries = entries | {"bomb.bin": bytes(rng.choice((2**20, 2**24, 3 * 2**27)))}
    data = bytearray(pack_sound(entries, rng))
    start = data.rfind(b"PK\x01\x02", 0, data.rfind(b"bomb.bin"))
    struct.pack_into("<I", data, start + 24, rng.choice((0, 1, 100, 2**31, 2**32 - 2)))
    return bytes(data)


# Arrays


def _arrays(entries: Entries) -> list[str]:
    return sorted(name for name in entries if name.endswith(".npy"))


def _save(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def change_values(entries: Entries, rng: random.Random) -> None:
    name = rng.choice(_arrays(entries))
    array = np.load(io.BytesIO(entries[name])).copy()
    view = array[rng.choice(array.dtype.names)] if array.dtype.names else array
    places = range(view.size) if rng.random() < 0.2 else [rng.randrange(view.size)]
    for place in places:
        if view.dtype.kind in "iu":
            info = np.iinfo(view.dtype)
            value: Any = min(max(rng.choice(NUMBERS), info.min), info.max)
            if rng.random() < 0.3:
                value = rng.randrange(max(0, info.min), min(40, info.max))
        elif view.dtype.kind == "f":
            value = rng.choice(FLOATS)
        elif view.dtype.kind == "b":
            value = not view.flat[place]
        else:
            value = rng.choice(TEXTS)
        with np.errstate(all="ignore"):
            view.flat[place] = value
    entries[name] = _save(array)


def change_shape(entries: Entries, rng: random.Random) -> None:
    name = rng.choice(_arrays(entries))
    array = np.load(io.BytesIO(entries[name]))
    kinds = (
        lambda: array[:0],
        lambda: array[:-1],
        lambda: array[..., :-1],
        lambda: np.concatenate([array, array]),
        lambda: array.T,
        lambda: array.ravel(),
        lambda: array[np.newaxis],
        lambda: np.repeat(array[..., np.newaxis], 2, -1),
        lambda: array.ravel()[0],
        lambda: np.zeros((0,) * max(array.ndim, 1), array.dtype),
        lambda: np.asfortranarray(array),
    )
    entries[name] = _save(rng.choice(kinds)())


def change_dtype(entries: Entries, rng: random.Random) -> None:
    name = rng.choice(_arrays(entries))
    array = np.load(io.BytesIO(entries[name]))
    kinds = ("i1", "i4", "i8", "u1", "u8", "f2", "f4", "f8", ">f8", "c16", "U3", "S3", "?", "M8[s]")
    kind = rng.choice(kinds)
    if array.dtype.names:
        fields = [(n, kind if n == rng.choice(array.dtype.names) else array.dtype[n])
                  for n in array.dtype.names]  # fmt: skip
        array = array.astype(fields)
    else:
        array = array.astype(kind)
    entries[name] = _save(array)


def lie_in_header(entries: Entries, rng: random.Random) -> None:
    name = rng.choice(_arrays(entries))
    shape = tuple(rng.choice(SIZES) for _ in range(rng.choice((0, 1, 1, 2, 5, 40))))
    kind = rng.choice(("<U0", "|V0", "<f8", "|b1", "|O", "<U1000000", "|S0", "<i4", "{'a': 1}"))
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    if rng.random() < 0.1:
        header = "(" * 4000 + header
    text = header.encode() + b"\n"
    body = entries[name][-rng.choice((1, 8, 64)) :]
    entries[name] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def put_archive(entries: Entries, rng: random.Random) -> None:
    """Put a zip archive of arrays, which unpacks to much, where an array was."""
    name = rng.choice(_arrays(entries))
    entries[name] = _zeros_in_archive(rng.choice((10, 10**6, 10**8)))


@functools.cache
def _zeros_in_archive(size: int) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.zeros(size, np.uint8))
    return buffer.getvalue()


def swap_arrays(entries: Entries, rng: random.Random) -> None:
    first, second = rng.sample(_arrays(entries), 2)
    entries[first], entries[second] = entries[second], entries[first]


def grow_array(entries: Entries, rng: random.Random) -> None:
    """Give a big array many names: it must not be built for each."""
    name = rng.choice(_arrays(entries))
    entries[name] = _save(np.zeros(rng.choice((10**5, 4 * 10**6)), "f8"))
    schema = json.loads(entries["schema.json"])
    nodes = [node for node in _nodes(schema) if "file" in node]
    for number, node in enumerate(nodes):
        if rng.random() < 0.5:
            node["file"] = name
            if rng.random() < 0.5:
                node["__id__"] = 10**15 + number
    entries["schema.json"] = json.dumps(schema).encode()


# The description


def _nodes(schema: Any) -> list[dict[str, Any]]:
    found, rest = [], [schema]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            if "__loader__" in part:
                found.append(part)
            rest += part.values()
        elif isinstance(part, list):
            rest += part
    return found


def _edit(change: Callable[[list[dict], random.Random], None]) -> Callable:
    def edit(entries: Entries, rng: random.Random) -> None:
        schema = json.loads(entries["schema.json"])
        change(_nodes(schema), rng)
        entries["schema.json"] = json.dumps(schema).encode()

    edit.__name__ = change.__name__
    return edit


def _become(node: dict, other: dict) -> None:
    copied = copy.deepcopy(other)
    node.clear()
    node.update(copied)


@_edit
def change_scalar(nodes: list[dict], rng: random.Random) -> None:
    node = rng.choice([node for node in nodes if node["__loader__"] == "JsonNode"])
    values = (*NUMBERS, *FLOATS, *TEXTS, None, True, [1] * 3, {"a": 1})
    node["content"] = json.dumps(rng.choice(values))


@_edit
def change_number(nodes: list[dict], rng: random.Random) -> None:
    numbers = [
        n for n in nodes if n["__loader__"] == "JsonNode" and str(n["content"])[:1].isdigit()
    ]
    node = rng.choice(numbers)
    is_whole = node["content"].isdigit()
    node["content"] = json.dumps(rng.choice(NUMBERS if is_whole else FLOATS))


@_edit
def change_loader(nodes: list[dict], rng: random.Random) -> None:
    rng.choice(nodes)["__loader__"] = rng.choice(LOADERS)


@_edit
def change_name(nodes: list[dict], rng: random.Random) -> None:
    node = rng.choice(nodes)
    if rng.random() < 0.5:
        node["__module__"], node["__class__"] = rng.choice(NAMES)
    else:
        other = rng.choice(nodes)
        node["__module__"], node["__class__"] = other["__module__"], other["__class__"]


@_edit
def swap_nodes(nodes: list[dict], rng: random.Random) -> None:
    first, second = rng.sample(nodes, 2)
    kept = copy.deepcopy(first)
    _become(first, second)
    _become(second, kept)


@_edit
def copy_node(nodes: list[dict], rng: random.Random) -> None:
    first, second = rng.sample(nodes, 2)
    _become(first, second)


@_edit
def share_node(nodes: list[dict], rng: random.Random) -> None:
    first, second = rng.sample(nodes, 2)
    first["__id__"] = second["__id__"]


@_edit
def drop_key(nodes: list[dict], rng: random.Random) -> None:
    node = rng.choice(nodes)
    part = rng.choice([node, *(v for v in node.values() if isinstance(v, dict))])
    del part[rng.choice(sorted(part))]


@_edit
def change_list(nodes: list[dict], rng: random.Random) -> None:
    lists = [n["content"] for n in nodes if isinstance(n.get("content"), list) and n["content"]]
    content = rng.choice(lists)
    kind = rng.randrange(4)
    if kind == 0:
        del content[rng.randrange(len(content))]
    elif kind == 1:
        content += copy.deepcopy(content)
    elif kind == 2:
        content.clear()
    else:
        content[rng.randrange(len(content))] = copy.deepcopy(rng.choice(nodes))


@_edit
def rename_attribute(nodes: list[dict], rng: random.Random) -> None:
    dicts = [n["content"] for n in nodes if isinstance(n.get("content"), dict)]
    content = rng.choice([d for d in dicts if d and "__loader__" not in d])
    name = rng.choice(sorted(content))
    others = sorted({key for d in dicts for key in d})
    content[rng.choice(others)] = content.pop(name)


@_edit
def put_function(nodes: list[dict], rng: random.Random) -> None:
    module, name = rng.choice(NAMES)
    loader = rng.choice(("FunctionNode", "TypeNode"))
    _become(
        rng.choice(nodes),
        {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 5},
    )


def put_sparse(entries: Entries, rng: random.Random) -> None:
    """Put a sparse matrix with indices that lie outside in an array's place."""
    schema = json.loads(entries["schema.json"])
    node = rng.choice([n for n in _nodes(schema) if n["__loader__"] == "NdArrayNode"])
    array = np.load(io.BytesIO(entries[node["file"]])) if "file" in node else np.zeros((2, 2))
    shape = array.shape if array.ndim == 2 else (1, max(array.size, 1))
    buffer = io.BytesIO()
    indices = np.array([rng.choice((0, -5, 10**6, 2**31 - 1)) for _ in range(4)], "i4")
    indptr = np.linspace(0, 4, shape[0] + 1).astype("i4")
    np.savez(
        buffer, format=np.array(b"csr"), shape=np.array(shape), data=np.ones(4),
        indices=indices, indptr=indptr,
    )  # fmt: skip
    entries["1.npz"] = buffer.getvalue()
    identity = node["__id__"]
    node.clear()
    node |= {
        "__loader__": "SparseMatrixNode", "__module__": "scipy.sparse", "__class__": "spmatrix",
        "type": "scipy", "file": "1.npz", "__id__": identity,
    }  # fmt: skip
    entries["schema.json"] = json.dumps(schema).encode()


def nest_deeply(entries: Entries, rng: random.Random) -> None:
    name = rng.choice(("schema.json", "skgenre.json"))
    depth = rng.choice((100, 2_000, 200_000))
    if rng.random() < 0.5:
        entries[name] = b"[" * depth + b"]" * depth
        return
    schema = json.loads(entries["schema.json"])
    node = rng.choice([n for n in _nodes(schema) if n["__loader__"] == "JsonNode"])
    node["content"] = "MARK"
    text = json.dumps(schema)
    inner = '{"__loader__":"ListNode","__module__":"builtins","__class__":"list","content":['
    nested = rng.choice(('"' + "[" * depth + "]" * depth + '"', inner * depth + "]}" * depth))
    entries["schema.json"] = text.replace('"MARK"', nested).encode()


def share_doubly(entries: Entries, rng: random.Random) -> None:
    """Put lists of two that share their items: few bytes, 2**40 leaves."""
    schema = json.loads(entries["schema.json"])
    node = rng.choice([n for n in _nodes(schema) if n["__loader__"] == "JsonNode"])
    inner: dict[str, Any] = dict(node)
    for depth in range(40):
        identity = 10**16 + depth
        first = {
            "__loader__": "ListNode", "__module__": "builtins", "__class__": "list",
            "__id__": identity, "content": [inner, dict(inner, content=[])],
        }  # fmt: skip
        inner = first
    _become(node, inner)
    entries["schema.json"] = json.dumps(schema).encode()


def repeat_text(entries: Entries, rng: random.Random) -> None:
    """Make an entry big in a way that packs well."""
    size = rng.choice((10**5, 10**6, 2 * 10**7))
    name = rng.choice(("schema.json", "skgenre.json", "README.md", "more.bin"))
    if name == "more.bin" or rng.random() < 0.3:
        entries[name] = entries.get(name, b"") + b" " * size
        return
    content = json.loads(entries[name]) if name != "README.md" else {}
    content["more"] = "MARK"
    fill = rng.choice(("{},", "[],", "0,", '{"a":0},'))
    text = json.dumps(content)
    entries[name] = text.replace('"MARK"', "[" + fill * (size // len(fill)) + "0]").encode()


def drop_entry(entries: Entries, rng: random.Random) -> None:
    del entries[rng.choice(sorted(entries))]


def change_genres(entries: Entries, rng: random.Random) -> None:
    """Change the genres in both places that name them."""
    info = json.loads(entries["skgenre.json"])
    genres = rng.choice(
        (
            ["blues"],
            ["blues"] * 3,
            ["pop", "jazz", "blues"],
            ["a", "b", "c", "d"],
            [],
            ["", "a", "b"],
        )
    )
    info["classes"] = genres
    entries["skgenre.json"] = json.dumps(info).encode()
    for name in _arrays(entries):
        array = np.load(io.BytesIO(entries[name]))
        if array.dtype.kind == "U":
            entries[name] = _save(np.array(genres, array.dtype))


# Boosters


def _booster(entries: Entries) -> str:
    return next(
        name for name in sorted(entries)
        if name.endswith((".bin", ".json")) and b"left_children" in entries[name]
    )  # fmt: skip


def change_booster(entries: Entries, rng: random.Random) -> None:
    name = _booster(entries)
    try:
        content = json.loads(entries[name])
    except ValueError:
        entries[name] = _change_ubjson(entries[name], rng)
        return
    model = content.get("Model", content)
    lists, dicts = [], []
    rest = [model]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            dicts.append(part)
            rest += part.values()
        elif isinstance(part, list):
            lists.append(part)
            rest += part
    kind = rng.randrange(5)
    if kind == 0:
        place = rng.choice([part for part in lists if part])
        place[rng.randrange(len(place))] = rng.choice((*NUMBERS, *FLOATS[3:], "x", [], {}))
    elif kind == 1:
        place = rng.choice([part for part in lists if part])
        del place[rng.randrange(len(place))]
    elif kind == 2:
        place = rng.choice(dicts)
        key = rng.choice(sorted(place))
        place[key] = rng.choice((*NUMBERS, *map(str, NUMBERS), "x", [], {}, None))
    elif kind == 3:
        place = rng.choice(dicts)
        del place[rng.choice(sorted(place))]
    else:
        trees = model["learner"]["gradient_booster"]["model"]["trees"]
        tree = rng.choice(trees)
        field = rng.choice(
            ("left_children", "right_children", "split_indices", "parents", "split_type")
        )
        tree[field][rng.randrange(len(tree[field]))] = rng.choice((*NUMBERS, 0, 1, 2, 3))
    entries[name] = json.dumps(content).encode()


def _change_ubjson(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    field = rng.choice((b"left_children", b"right_children", b"split_indices", b"parents"))
    start = -1
    for _ in range(rng.randrange(1, 4)):
        found = changed.find(field, start + 1)
        start = found if found >= 0 else start
    # [$l#L and eight bytes of length stand between the name and the numbers.
    place = start + len(field) + 5 + 8 + 4 * rng.randrange(3)
    struct.pack_into(">i", changed, place, rng.choice((-1, -2, 10**6, 2**31 - 1, 0, 1)))
    if rng.random() < 0.3:
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


CHANGES = (
    change_values, change_values, change_values, change_values, change_shape, change_shape,
    change_dtype, lie_in_header, put_archive, swap_arrays, grow_array, change_scalar,
    change_number, change_number, change_loader, change_name, swap_nodes, copy_node, share_node,
    drop_key, change_list, change_list, rename_attribute, put_function, put_sparse, nest_deeply,
    share_doubly, repeat_text, drop_entry, change_genres, change_booster, change_booster,
)  # fmt: skip
