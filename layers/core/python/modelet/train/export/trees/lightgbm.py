"""The trees of LightGBM, from its model text: https://lightgbm.readthedocs.io/en/latest/"""

from typing import TYPE_CHECKING, Any

from modelet.train.export.trees.tree import Ensemble, Tree

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DEFAULT_LEFT, MISSING_NAN = 2, 8
"""Bits of decision_type. https://github.com/microsoft/LightGBM/blob/master/include/LightGBM/tree.h"""


def lightgbm_trees(model: Any) -> Ensemble:
    """The trees of a fitted LGBMClassifier or LGBMRegressor, those after its best iteration left out."""
    import numpy as np

    header, *blocks = model.booster_.model_to_string().split("\nTree=")
    targets = int(_entries(header)["num_tree_per_iteration"])
    trees = [_tree(_entries(block), number % targets) for number, block in enumerate(blocks)]
    return Ensemble(trees, np.zeros(targets))


def _entries(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _tree(entries: dict[str, str], target: int) -> Tree:
    import numpy as np

    values = _numbers(entries, "leaf_value")
    leaves = len(values)
    splits = leaves - 1
    decisions = _numbers(entries, "decision_type").astype(int) if splits else np.zeros(0, int)
    threshold = _numbers(entries, "threshold")
    # Where training saw no missing value, one is taken for 0 when predicting.
    missing_left = np.where(decisions & MISSING_NAN, decisions & DEFAULT_LEFT > 0, threshold >= 0)
    leaf = np.arange(splits + leaves) >= splits
    return Tree(
        feature=_padded(_numbers(entries, "split_feature").astype(int), leaves),
        threshold=_padded(threshold, leaves),
        left=_padded(_children(entries, "left_child", splits), leaves),
        right=_padded(_children(entries, "right_child", splits), leaves),
        missing_left=_padded(missing_left, leaves),
        leaf=leaf,
        values=np.concatenate([np.zeros(splits), values]).reshape(-1, 1),
        target=target,
    )


def _numbers(entries: dict[str, str], name: str) -> "Array":
    import numpy as np

    return np.array(entries.get(name, "").split(), np.float64)


def _children(entries: dict[str, str], name: str, splits: int) -> "Array":
    import numpy as np

    held = _numbers(entries, name).astype(int)
    return np.where(held < 0, splits + ~held, held)  # leaves are counted from -1 downwards


def _padded(splits: "Array", leaves: int) -> "Array":
    import numpy as np

    return np.concatenate([splits, np.zeros(leaves, splits.dtype)])
