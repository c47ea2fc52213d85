"""How a search goes about it: one small file per strategy, each proposing trials round by round."""

from modelet.train.evaluation import Metric
from modelet.train.search.description import Search
from modelet.train.search.strategies.grid import Grid
from modelet.train.search.strategies.halving import Halving
from modelet.train.search.strategies.optuna import Optuna
from modelet.train.search.strategies.random import Random
from modelet.train.search.strategies.strategy import Proposal, Strategy


def strategy_of(search: Search, seed: int, rows: int, metric: Metric) -> Strategy:
    """The strategy that a search names, for so many learning rows."""
    if search.strategy == "grid":
        return Grid(search)
    if search.strategy == "random":
        return Random(search, seed)
    if search.strategy == "halving":
        return Halving(search, seed, rows, metric)
    return Optuna(search, seed, metric)


__all__ = ["Proposal", "Strategy", "strategy_of"]
