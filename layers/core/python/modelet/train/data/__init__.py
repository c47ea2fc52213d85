"""From a source to a table: where the rows are, what their columns hold, and what is wrong with them."""

from modelet.train.data.describing import Described, describe
from modelet.train.data.description import Data
from modelet.train.data.leaks import Leak, check_leaks, find_leaks
from modelet.train.data.loading import load

__all__ = ["Data", "Described", "Leak", "check_leaks", "describe", "find_leaks", "load"]
