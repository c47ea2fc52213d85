"""What is done to the rows before the estimator sees them, inside the exported graph."""

from modelet.train.features.description import Features
from modelet.train.features.encoder import telling
from modelet.train.features.precision import doubled, doubling
from modelet.train.features.preprocessing import preprocessing
from modelet.train.features.target import learnt_target, on_own_scale

__all__ = ["Features", "doubled", "doubling", "learnt_target", "on_own_scale", "preprocessing", "telling"]
