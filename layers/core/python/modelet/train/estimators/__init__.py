"""What can be fitted: one small file per estimator, its dataclass's fields the keys of a job. To add one, write the
file and name it here.
"""

from modelet.train.estimators.boosting import Boosting
from modelet.train.estimators.estimator import Estimator, Fitting
from modelet.train.estimators.forest import Forest
from modelet.train.estimators.lightgbm import LightGbm
from modelet.train.estimators.linear import Linear
from modelet.train.estimators.logistic import Logistic
from modelet.train.estimators.mlp import Mlp
from modelet.train.estimators.torch import Convolutional, Dense
from modelet.train.estimators.xgboost import XgBoost

ESTIMATORS: dict[str, type[Estimator]] = {
    "linear": Linear,
    "logistic": Logistic,
    "boosting": Boosting,
    "lightgbm": LightGbm,
    "xgboost": XgBoost,
    "forest": Forest,
    "mlp": Mlp,
    "dense": Dense,
    "convolutional": Convolutional,
}

__all__ = [
    "ESTIMATORS",
    "Boosting",
    "Convolutional",
    "Dense",
    "Estimator",
    "Fitting",
    "Forest",
    "LightGbm",
    "Linear",
    "Logistic",
    "Mlp",
    "XgBoost",
]
