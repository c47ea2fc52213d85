"""What Optuna proposes: its tree-structured Parzen estimator learns from generations of trials where to look next.

https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization
"""

import warnings
from collections.abc import Sequence
from typing import Any

from modelet.errors import InvalidJob
from modelet.train.evaluation import Metric
from modelet.train.search.description import Search
from modelet.train.search.strategies.drawing import rounded
from modelet.train.search.strategies.strategy import Proposal
from modelet.train.search.trial import Trial
from modelet.train.search.values import Range, Values

GENERATION = 8
"""Trials that are proposed at once, on whatever number of processes they run: what is proposed depends on it."""


class Optuna:
    """Rounds of GENERATION trials, of which it is told in their order before it proposes more."""

    def __init__(self, search: Search, seed: int, metric: Metric) -> None:
        optuna = _imported()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        direction = "maximize" if metric.higher_is_better else "minimize"
        self._study = optuna.create_study(sampler=sampler, direction=direction)
        self._failed = optuna.trial.TrialState.FAIL
        self._search = search
        self._asked: list[Any] = []
        self.expected = search.trials

    def next(self, trials: Sequence[Trial]) -> Sequence[Proposal]:
        told = len(trials) - len(self._asked)
        for asked, trial in zip(self._asked, trials[told:], strict=True):
            if trial.score is None:
                self._study.tell(asked, state=self._failed)
            else:
                self._study.tell(asked, trial.score)
        count = min(GENERATION, self._search.trials - len(trials))
        self._asked = [self._study.ask() for _ in range(count)]
        return [Proposal(self._parameters(asked)) for asked in self._asked]

    def _parameters(self, asked: Any) -> dict[str, Any]:
        return {path: _suggested(asked, path, values) for path, values in self._search.space.items()}


def _suggested(asked: Any, path: str, values: Values) -> Any:
    if not isinstance(values, Range):
        return values[asked.suggest_categorical(path, list(range(len(values))))]
    if values.int:
        return asked.suggest_int(path, int(values.low), int(values.high), log=values.log)
    return rounded(values, asked.suggest_float(path, values.low, values.high, log=values.log))


def _imported() -> Any:
    try:
        import optuna
    except ImportError:
        raise InvalidJob("Strategy 'optuna' needs Optuna: pip install 'modelet[search]', or use random.") from None
    return optuna
