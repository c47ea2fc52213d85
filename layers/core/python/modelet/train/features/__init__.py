"""What is done to the rows before the estimator sees them, inside the exported graph."""

from modelet.train.features.description import Features
from modelet.train.features.preprocessing import preprocessing

__all__ = ["Features", "preprocessing"]
