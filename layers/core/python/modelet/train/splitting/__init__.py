"""Which rows are learnt from and which are held out, by a seed; and folds of those that are learnt from."""

from modelet.train.splitting.description import Split
from modelet.train.splitting.folds import folds
from modelet.train.splitting.methods import Method

__all__ = ["Method", "Split", "folds"]
