"""Trees of any library as one ONNX node, whose rows take the very paths that they take in the library.

A row goes left where its value is at most the threshold, or below it. Libraries compare in double precision what was
FP32 in the rows; so in a single-precision graph, "at most" a threshold becomes at most the largest FP32 number that
is not above it: no FP32 value lies between the two. Rounded to the nearest instead, a threshold between two
neighbouring values can become the upper one, and a row that has it flips.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from modelet.train.export.graph import ML, Graph

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree as arrays over its nodes, of which the first is the root: the `feature` and FP64 `threshold` by which a
    node splits, its children, whether missing values go `left`, and which are leaves. A leaf's `values`, of shape
    [nodes, targets], are added to the targets from `target` on.
    """

    feature: "Array"
    threshold: "Array"
    left: "Array"
    right: "Array"
    missing_left: "Array"
    leaf: "Array"
    values: "Array"
    target: int = 0


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees whose values are added to `base`, one number per target."""

    trees: Sequence[Tree]
    base: "Array"
    mode: Literal["BRANCH_LEQ", "BRANCH_LT"] = "BRANCH_LEQ"
    sees_single: bool = False
    """Whether the library rounds rows to FP32 before it compares them."""


def add_ensemble(graph: Graph, ensemble: Ensemble, rows: str) -> str:
    """Add the trees and answer the name of their sums: of shape [n, targets], in the graph's precision."""
    double = graph.precision.name == "double"
    if double and ensemble.sees_single:
        rows = graph.cast(graph.cast(rows, "float32"), "float64")
    sums = graph.add("TreeEnsembleRegressor", [rows], ML, **_attributes(ensemble), **_numbers(ensemble, double))
    return graph.cast(sums, "float64") if double else sums


def _attributes(ensemble: Ensemble) -> dict[str, Any]:
    import numpy as np

    trees = ensemble.trees
    leaf = _joined([tree.leaf for tree in trees])
    node = _joined([np.arange(len(tree.leaf)) for tree in trees])
    number = np.repeat(np.arange(len(trees)), [len(tree.leaf) for tree in trees])
    missing = _joined([tree.missing_left & ~tree.leaf for tree in trees])
    targets = _targets(ensemble)
    held = {
        "n_targets": len(ensemble.base),
        "nodes_treeids": number.tolist(),
        "nodes_nodeids": node.tolist(),
        "nodes_featureids": np.where(leaf, 0, _joined([tree.feature for tree in trees])).tolist(),
        "nodes_modes": np.where(leaf, "LEAF", ensemble.mode).tolist(),
        "nodes_truenodeids": np.where(leaf, 0, _joined([tree.left for tree in trees])).tolist(),
        "nodes_falsenodeids": np.where(leaf, 0, _joined([tree.right for tree in trees])).tolist(),
        "target_treeids": _per_value(ensemble, number, leaf),
        "target_nodeids": _per_value(ensemble, node, leaf),
        "target_ids": targets,
    }
    return held | ({"nodes_missing_value_tracks_true": missing.astype(int).tolist()} if missing.any() else {})


def _numbers(ensemble: Ensemble, double: bool) -> dict[str, Any]:
    import numpy as np
    from onnx import numpy_helper

    leaf = _joined([tree.leaf for tree in ensemble.trees])
    thresholds = np.where(leaf, 0.0, _joined([tree.threshold for tree in ensemble.trees]))
    weights = _joined([tree.values[tree.leaf].reshape(-1) for tree in ensemble.trees])
    found = {"nodes_values": thresholds, "target_weights": weights, "base_values": ensemble.base}
    if double:
        return {
            f"{name}_as_tensor": numpy_helper.from_array(np.asarray(held, np.float64), name)
            for name, held in found.items()
        }
    if ensemble.mode == "BRANCH_LEQ":
        found["nodes_values"] = rounded_down(thresholds)
    return {name: np.asarray(held, np.float32).tolist() for name, held in found.items()}


def rounded_down(numbers: "Array") -> "Array":
    """The largest FP32 numbers that are not above FP64 ones."""
    import numpy as np

    with np.errstate(over="ignore"):
        nearest = numbers.astype(np.float32)
    return np.where(nearest > numbers, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _joined(parts: "Sequence[Array]") -> "Array":
    import numpy as np

    return np.concatenate(parts)


def _per_value(ensemble: Ensemble, numbers: "Array", leaf: "Array") -> list[int]:
    import numpy as np

    repeats = _joined([np.full(int(tree.leaf.sum()), tree.values.shape[1]) for tree in ensemble.trees])
    repeated: list[int] = np.repeat(numbers[leaf], repeats).tolist()
    return repeated


def _targets(ensemble: Ensemble) -> list[int]:
    import numpy as np

    held: list[int] = _joined(
        [
            np.tile(np.arange(tree.target, tree.target + tree.values.shape[1]), int(tree.leaf.sum()))
            for tree in ensemble.trees
        ]
    ).tolist()
    return held
