"""The metrics of a classification, for many weightings of the same rows at once: a bootstrap is then a few products of
matrices instead of a thousand evaluations.

Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelet.train.answers import Answers
from modelet.train.evaluation.calibration import calibration_error
from modelet.train.evaluation.ranking import Ranking, average, rankings

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class ClassScorer:
    """Answers to n rows: the class of each row and the one that was answered, as places among `count` classes, and
    FP64 `shares` of shape [n, count] where there are probabilities.
    """

    truth: "Array"
    predicted: "Array"
    shares: "Array | None"
    count: int
    ranked: tuple[Ranking, ...] = ()

    def scores(self, weights: "Array") -> "dict[str, Array]":
        """Each metric for weightings of shape [b, n], of shape [b]; NaN where a weighting leaves it undefined."""
        import numpy as np

        total = weights.sum(axis=1)
        figures = self.by_class(weights)
        support, there, known = figures["support"], figures["support"] > 0, figures["known"] > 0
        found = {
            "accuracy": figures["right"].sum(axis=1) / total,
            "balanced_accuracy": average(figures["recall"], there),
        }
        for name in ("precision", "recall", "f1"):
            found[f"macro_{name}"] = average(figures[name], known)
            found[f"weighted_{name}"] = (figures[name] * support).sum(axis=1) / total
        if self.shares is None:
            return found
        own = self.shares[np.arange(len(self.truth)), self.truth]
        found["log_loss"] = weights @ surprise(own) / total
        found["brier"] = weights @ squared(self.shares, self.truth) / total
        found["calibration_error"] = calibration_error(self.shares, self.truth, weights)
        if self.ranked:
            areas = [ranking.areas(weights) for ranking in self.ranked]
            for place, name in enumerate(("roc_auc", "average_precision")):
                values = np.stack([area[place] for area in areas], axis=1)
                found[name] = average(values, np.isfinite(values))
        return found

    def by_class(self, weights: "Array") -> "dict[str, Array]":
        """For weightings of shape [b, n], the figures of each class, of shape [b, count]: `support`, how many of them
        are `right`, `precision`, `recall` and `f1`, zero where there is nothing to divide by; and `known`, which is
        zero for a class that neither is there nor was answered.
        """
        import numpy as np

        support = weights @ _membership(self.truth, self.count)
        answered = weights @ _membership(self.predicted, self.count)
        hits = np.where(self.truth == self.predicted, weights, 0.0)
        right = hits @ _membership(self.truth, self.count)
        known = support + answered
        return {
            "support": support,
            "right": right,
            "known": known,
            "precision": _ratio(right, answered),
            "recall": _ratio(right, support),
            "f1": _ratio(2 * right, known),
        }

    def confusion(self) -> "Array":
        """How often each class (row) was answered with each (column), of shape [count, count]."""
        import numpy as np

        cells = np.bincount(self.truth * self.count + self.predicted, minlength=self.count**2)
        return cells.reshape(self.count, self.count)


def class_scorer(truth: "Array", answers: Answers, classes: Sequence[Any], ranked: bool = True) -> ClassScorer:
    """A scorer of answers, whose probabilities have the order of `classes`; what is true or was answered and is no
    such class counts as one of its own, that nobody gave a probability.
    """
    import numpy as np

    known = {label: place for place, label in enumerate(classes)}
    for label in (*truth.tolist(), *answers.predicted.tolist()):
        known.setdefault(label, len(known))
    places = np.array([known[label] for label in truth.tolist()], np.int64)
    predicted = np.array([known[label] for label in answers.predicted.tolist()], np.int64)
    if answers.probabilities is None:
        return ClassScorer(places, predicted, None, len(known))
    given = answers.probabilities.astype(np.float64)  # in float32, they sum to one only roughly
    given = np.pad(given, ((0, 0), (0, len(known) - given.shape[1])))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.nan_to_num(given / given.sum(axis=1, keepdims=True))
    # Dividing tells apart what was equal, and so would give other areas under curves.
    return ClassScorer(places, predicted, shares, len(known), rankings(given, places) if ranked else ())


def surprise(own: "Array") -> "Array":
    """The log loss of each row, in nats, from the share that its own class was given."""
    import numpy as np

    losses: Array = -np.log(np.clip(own, np.finfo(np.float64).eps, 1.0))
    return losses


def squared(shares: "Array", truth: "Array") -> "Array":
    """The Brier score of each row: of two classes half the sum over both, as is usual, of more the whole sum."""
    import numpy as np

    off = shares.copy()
    off[np.arange(len(truth)), truth] -= 1.0
    summed: Array = (off**2).sum(axis=1)
    return summed / 2 if shares.shape[1] == 2 else summed


def _membership(places: "Array", count: int) -> Any:
    import numpy as np
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    rows = len(places)
    return csr_array((np.ones(rows), places, np.arange(rows + 1)), shape=(rows, count))


def _ratio(over: "Array", under: "Array") -> "Array":
    import numpy as np

    return np.divide(over, under, out=np.zeros_like(over), where=under > 0)
