"""Trees of every library as one ONNX node."""

from modelet.train.export.trees.lightgbm import lightgbm_trees
from modelet.train.export.trees.scikit import boosted, forest
from modelet.train.export.trees.tree import Ensemble, Tree, add_ensemble, rounded_down
from modelet.train.export.trees.xgboost import xgboost_trees

__all__ = ["Ensemble", "Tree", "add_ensemble", "boosted", "forest", "lightgbm_trees", "rounded_down", "xgboost_trees"]
