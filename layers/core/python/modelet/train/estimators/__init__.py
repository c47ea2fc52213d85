"""What can be fitted: one small file per estimator, its dataclass's fields the keys of a job. To add one, write the
file and name it here.
"""

from modelet.train.estimators.estimator import Estimator, Fitting
from modelet.train.estimators.logistic import Logistic
from modelet.train.estimators.mlp import Mlp

ESTIMATORS: dict[str, type[Estimator]] = {"logistic": Logistic, "mlp": Mlp}

__all__ = ["ESTIMATORS", "Estimator", "Fitting", "Logistic", "Mlp"]
