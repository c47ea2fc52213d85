"""The trees of XGBoost, from its model as JSON: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html"""

import json
from typing import TYPE_CHECKING, Any

from modelet.train.export.trees.tree import Ensemble, Tree

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def xgboost_trees(model: Any) -> Ensemble:
    """The trees of a fitted XGBClassifier or XGBRegressor, those after its best iteration left out."""
    import numpy as np

    booster = model.get_booster()
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    held = learner["gradient_booster"]["model"]
    targets = max(1, int(learner["learner_model_param"]["num_class"]))
    best = getattr(model, "best_iteration", None) if model.early_stopping_rounds else None
    kept = len(held["trees"]) if best is None else held["iteration_indptr"][best + 1]
    base = np.array(json.loads(learner["learner_model_param"]["base_score"]), np.float64).reshape(-1)
    if learner["objective"]["name"] == "binary:logistic":
        base = np.log(base / (1 - base))
    trees = [_tree(tree, target) for tree, target in zip(held["trees"][:kept], held["tree_info"][:kept], strict=True)]
    return Ensemble(trees, np.broadcast_to(base, targets), mode="BRANCH_LT", sees_single=True)


def _tree(held: dict[str, Any], target: int) -> Tree:
    import numpy as np

    left = np.array(held["left_children"])
    conditions = np.array(held["split_conditions"], np.float32).astype(np.float64)  # of leaves: their values
    return Tree(
        feature=np.array(held["split_indices"]),
        threshold=conditions,
        left=left,
        right=np.array(held["right_children"]),
        missing_left=np.array(held["default_left"]).astype(bool),
        leaf=left < 0,
        values=conditions.reshape(-1, 1),
        target=target,
    )
