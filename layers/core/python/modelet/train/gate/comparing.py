"""Whether a candidate is worse than the version that is live: both answer the same held-out rows, and the difference
is measured on the same draws of them.

A paired bootstrap, for it works for every metric, also for those that are no mean over rows:
P. Koehn, Statistical Significance Tests for Machine Translation Evaluation (2004), https://aclanthology.org/W04-3250/.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from modelet.train.answers import Answers
from modelet.train.evaluation.bootstrap import Interval, Scorer, draws_from
from modelet.train.evaluation.catalogue import RANKED, Metric
from modelet.train.evaluation.classification import class_scorer
from modelet.train.evaluation.evaluating import Evaluation, scorer_of, unanswered_rows
from modelet.train.gate.description import NoWorse
from modelet.train.gate.mapping import Unfit
from modelet.train.gate.rival import Rival
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

ROUNDING = 1e-6
"""The share of a metric by which a model in single precision and the same in double precision may differ."""


class Comparison(NamedTuple):
    """A candidate beside the version that is live. `gain` is by how much it is better, below zero where it is worse;
    `between` are the one-sided bounds of that at the gate's confidence; and `chance_of_worse` is the share of all draws
    in which it was worse by more than the margin.
    """

    version: int
    metric: str
    candidate: float
    live: float
    gain: float
    between: Interval
    chance_of_worse: float
    margin: float
    confidence: float
    passed: bool

    def sentence(self) -> str:
        """The result in words."""
        return (
            f"{self.metric} is {self.candidate:.6g}, and {self.live:.6g} for version {self.version}, which is live: "
            f"with the confidence of {self.confidence:g}, between {_shown(self.between.low)} and "
            f"{_shown(self.between.high)}"
        )


def compared(evaluation: Evaluation, rival: Rival, rule: NoWorse, seed: int = 0) -> Comparison:
    """Compare a candidate with the version that is live; raises Unfit where that metric cannot be compared."""
    import numpy as np

    held, metric = evaluation.held, rule.decides(evaluation.held.task)
    new, old = _scorers(evaluation, rival, metric)
    everything = np.ones((1, len(held)))
    candidate, live = (float(scorer.scores(everything).get(metric.name, [np.nan])[0]) for scorer in (new, old))
    if not np.isfinite([candidate, live]).all():
        raise Unfit(f"{metric.name} cannot be measured for both on these rows")
    drawn = np.concatenate(
        [
            metric.gain(new.scores(weights)[metric.name], old.scores(weights)[metric.name])
            for weights in draws_from(held, seed).weights()
        ]
    )
    drawn = drawn[np.isfinite(drawn)]
    forgiven = rule.margin + ROUNDING * max(1.0, abs(live))
    low, high = (float(bound) for bound in np.quantile(drawn, [1 - rule.confidence, rule.confidence]))
    return Comparison(
        version=rival.version,
        metric=metric.name,
        candidate=round(candidate, 6),
        live=round(live, 6),
        gain=round(metric.gain(candidate, live), 6) + 0.0,  # never -0.0
        between=Interval(round(low, 6) + 0.0, round(high, 6) + 0.0),
        chance_of_worse=float((drawn < -forgiven).mean()),
        margin=rule.margin,
        confidence=rule.confidence,
        passed=(low if rule.proof == "no_worse" else high) >= -forgiven,
    )


def _scorers(evaluation: Evaluation, rival: Rival, metric: Metric) -> tuple[Scorer, Scorer]:
    if rival.answers is None:
        raise Unfit(rival.incomparable or "it gave no answers")
    if unanswered_rows(rival.answers):
        raise Unfit("it answers with numbers that are not finite")
    held, ranked = evaluation.held, metric.name in RANKED
    if held.task == "regression":
        return scorer_of(held, evaluation.answers), scorer_of(held, rival.answers)
    own, other = _labels(evaluation.classes, held), _labels(rival.classes, held)
    order = list(dict.fromkeys((*own, *other)))
    return (
        class_scorer(held.truth, _in_order(evaluation.answers, own, order), order, ranked),
        class_scorer(held.truth, _in_order(rival.answers, other, order), order, ranked),
    )


def _labels(classes: "Array | None", held: Table) -> list[Any]:
    labels: list[Any] = (held.classes if classes is None else classes).tolist()
    return labels


def _in_order(answers: Answers, labels: Sequence[Any], order: Sequence[Any]) -> Answers:
    # Some metrics look at one of two classes, or at how many there are, which must be the same for both.
    import numpy as np

    if answers.probabilities is None:
        return answers
    shares = np.zeros((len(answers.predicted), len(order)))
    shares[:, [order.index(label) for label in labels]] = answers.probabilities
    return Answers(answers.predicted, shares)


def _shown(gain: float) -> str:
    return f"{abs(gain):.3g} {'better' if gain >= 0 else 'worse'}"
