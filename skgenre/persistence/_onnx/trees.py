"""Convert XGBoost's trees of several genres per clip to an operator of ONNX."""

import json
from typing import Any

import numpy as np
from scipy.special import logit

from .._safe.boosters import check_booster, dump_booster
from .graph import Graph


def add_trees_of_genres(graph: Graph, booster: Any, table: str) -> str:
    """Add trees whose targets are genres, and return the name of their logits in double precision.

    Parameters
    ----------
    graph : Graph
        The graph.
    booster : xgboost.Booster
        Trees with one target each, or with a value for each target in every leaf.
    table : str
        Name of the table, float32 of shape (n_clips, n_columns).

    Returns
    -------
    str
        Name of the logits (n_clips, n_genres).

    Raises
    ------
    ValueError
        If the trees are of a kind that model files don't hold either.
    """
    learner = check_booster(json.loads(dump_booster(booster)))["learner"]
    n_targets = int(learner["learner_model_param"]["num_target"])
    scores = learner["learner_model_param"]["base_score"].strip("[]").split(",")
    base = np.broadcast_to(logit(np.array(scores, dtype=np.float64)), n_targets)
    trees = learner["gradient_booster"]["model"]
    nodes: dict[str, list[Any]] = {name: [] for name in _NODES}
    leaves: dict[str, list[Any]] = {name: [] for name in _LEAVES}
    for number, (tree, target) in enumerate(zip(trees["trees"], trees["tree_info"], strict=True)):
        _add_tree(nodes, leaves, tree, number, target)
    margins = graph.op(
        "TreeEnsembleRegressor",
        table,
        domain="ai.onnx.ml",
        n_targets=n_targets,
        base_values=np.zeros(n_targets).tolist(),
        post_transform="NONE",
        aggregate_function="SUM",
        **nodes,
        **leaves,
    )
    return graph.op("Add", graph.cast(margins, np.float64), base.copy())


_NODES = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_values",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
)
_LEAVES = ("target_treeids", "target_nodeids", "target_ids", "target_weights")


def _add_tree(
    nodes: dict[str, list[Any]],
    leaves: dict[str, list[Any]],
    tree: dict[str, Any],
    number: int,
    target: int,
) -> None:
    """Append the nodes of a tree that can be reached, and the values of its leaves."""
    left, right = tree["left_children"], tree["right_children"]
    size = int(tree["tree_param"]["size_leaf_vector"])
    rest = [0]
    while rest:
        node = rest.pop()
        is_leaf = left[node] == -1
        values: tuple[Any, ...] = (number, node, 0, "LEAF", 0.0, 0, 0, 0)
        if not is_leaf:
            rest += (left[node], right[node])
            split = (tree["split_indices"][node], "BRANCH_LT", tree["split_conditions"][node])
            values = (number, node, *split, left[node], right[node], tree["default_left"][node])
        for name, value in zip(_NODES, values, strict=True):
            nodes[name].append(value)
        if not is_leaf:
            continue
        if size == 1:
            weights = {target: tree["split_conditions"][node]}
        else:
            first = right[node] * size
            weights = dict(enumerate(tree["leaf_weights"][first : first + size]))
        for genre, weight in weights.items():
            for name, value in zip(_LEAVES, (number, node, genre, weight), strict=True):
                leaves[name].append(value)
