"""Decision trees of scikit-learn, checked before they are built from the numbers in a file.

scikit-learn uses the indices of nodes and features without checking them.
"""

from typing import Any

import numpy as np

_MOST_OUTPUTS = 2**16


def make_tree(arguments: Any, state: Any) -> Any:
    """Return a tree from the result of ``Tree.__reduce__``.

    Parameters
    ----------
    arguments : tuple
        Numbers of features, of classes of each output, and of outputs.
    state : dict
        Depth, nodes and their values.

    Raises
    ------
    ValueError
        When it is not a tree, or one that points outside itself.
    """
    from sklearn.tree._tree import NODE_DTYPE, Tree

    if not isinstance(arguments, tuple) or len(arguments) != 3 or not isinstance(state, dict):
        raise ValueError("a decision tree has other parts")
    n_features, n_classes, n_outputs = arguments
    nodes, values = state.get("nodes"), state.get("values")
    if not isinstance(nodes, np.ndarray) or nodes.ndim != 1 or nodes.dtype != NODE_DTYPE:
        raise ValueError("a decision tree has no nodes, or nodes of another kind")
    is_sized = type(n_features) is int and 1 <= n_features < 2**31
    is_sized = is_sized and type(n_outputs) is int and 1 <= n_outputs < _MOST_OUTPUTS
    is_classes = isinstance(n_classes, np.ndarray) and n_classes.shape == (n_outputs,)
    if not is_sized or not is_classes or n_classes.dtype.kind != "i" or n_classes.min() < 1:
        raise ValueError("a decision tree has other numbers of features or classes")
    expected = (len(nodes), n_outputs, int(n_classes.max()))
    if not isinstance(values, np.ndarray) or values.shape != expected or values.dtype != np.float64:
        raise ValueError("a decision tree has values that are not its nodes'")
    if not np.isfinite(values).all():
        raise ValueError("a decision tree has values that are no numbers")
    if type(state.get("node_count")) is not int or state["node_count"] != len(nodes):
        raise ValueError("a decision tree says another number of nodes")
    depth = check_nodes(
        nodes["left_child"],
        nodes["right_child"],
        nodes["feature"],
        nodes["left_child"] == -1,
        n_features,
    )
    if type(state.get("max_depth")) is not int or not depth <= state["max_depth"] <= len(nodes):
        raise ValueError("a decision tree says another depth")
    kept = {**state, "nodes": np.ascontiguousarray(nodes), "values": np.ascontiguousarray(values)}
    tree = Tree(n_features, n_classes.astype(np.intp), n_outputs)
    tree.__setstate__(kept)
    return tree


def check_nodes(
    left: np.ndarray,
    right: np.ndarray,
    feature: np.ndarray,
    is_leaf: np.ndarray,
    n_features: int,
) -> int:
    """Refuse nodes that point outside the tree, in cycles, or to a feature that does not exist.

    Returns the depth.
    """
    n_nodes = len(left)
    if not n_nodes:
        raise ValueError("a decision tree has no nodes")
    # Children come after their parents, so that every path ends.
    numbers = np.arange(n_nodes)
    inner = np.flatnonzero(~is_leaf)
    for children in (left, right):
        if not ((children > numbers) & (children < n_nodes))[inner].all():
            raise ValueError("a decision tree points outside itself")
    if not ((feature >= 0) & (feature < n_features))[inner].all():
        raise ValueError("a decision tree asks for a feature that there is not")
    children = np.concatenate([left[inner], right[inner]])
    if len(children) != n_nodes - 1 or len(np.unique(children)) != len(children):
        raise ValueError("a decision tree has nodes that share a child, or that nothing leads to")
    depths = np.zeros(n_nodes, dtype=np.int64)
    for node in inner.tolist():
        depths[left[node]] = depths[right[node]] = depths[node] + 1
    return int(depths.max())
