"""The trees of scikit-learn: histogram gradient boosting and random forests."""

from typing import Any

from modelet.train.export.trees.tree import Ensemble, Tree


def boosted(model: Any) -> Ensemble:
    """The trees of a fitted HistGradientBoostingClassifier or …Regressor, which has no other way to them."""
    import numpy as np

    return Ensemble(
        trees=[
            _predictor(predictor.nodes, target)
            for iteration in model._predictors  # noqa: SLF001
            for target, predictor in enumerate(iteration)
        ],
        base=np.asarray(model._baseline_prediction, np.float64).reshape(-1),  # noqa: SLF001
    )


def _predictor(nodes: Any, target: int) -> Tree:
    return Tree(
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=nodes["left"].astype("int64"),
        right=nodes["right"].astype("int64"),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        leaf=nodes["is_leaf"].astype(bool),
        values=nodes["value"].reshape(-1, 1),
        target=target,
    )


def forest(model: Any) -> Ensemble:
    """The trees of a fitted RandomForestClassifier, whose sums are probabilities, or of a …Regressor."""
    import numpy as np

    trees = [estimator.tree_ for estimator in model.estimators_]
    classes = len(getattr(model, "classes_", [0]))
    return Ensemble([_grown(tree, classes, len(trees)) for tree in trees], np.zeros(classes), sees_single=True)


def _grown(tree: Any, classes: int, trees: int) -> Tree:
    leaf = tree.children_left < 0
    values = tree.value.reshape(-1, classes)
    if classes > 1:
        values = values / values.sum(axis=1, keepdims=True)
    return Tree(
        feature=tree.feature,
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=tree.missing_go_to_left.astype(bool),
        leaf=leaf,
        values=values / trees,
    )
