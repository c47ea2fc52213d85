"""How good a classifier is on rows that it has never seen, and whether that is good enough."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelet.errors import CandidateRefused
from modelet.train.job import Gate

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a classifier answers to n rows: `labels` of shape [n] and `probabilities` of shape [n, classes]."""

    labels: "Array"
    probabilities: "Array"


def answers_of(pipeline: Any, rows: "Array") -> Answers:
    """What a fitted pipeline itself answers."""
    return Answers(pipeline.predict(rows), pipeline.predict_proba(rows))


def evaluate(truth: "Array", answers: Answers, classes: "Array") -> dict[str, float]:
    """The metrics of a classification, each a share of 1 but for `log_loss`, in nats, and `held_out_rows`.

    Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html
    """
    from sklearn import metrics

    shares = answers.probabilities.astype("float64")  # in float32, they sum to one only roughly
    recalls = metrics.recall_score(truth, answers.labels, labels=sorted(set(truth.tolist())), average=None)
    found = {
        "accuracy": metrics.accuracy_score(truth, answers.labels),
        "balanced_accuracy": recalls.mean(),
        "macro_f1": metrics.f1_score(truth, answers.labels, average="macro", zero_division=0),
        "log_loss": metrics.log_loss(truth, shares / shares.sum(axis=1, keepdims=True), labels=classes),
        "held_out_rows": len(truth),
    }
    return {name: round(float(value), 6) for name, value in found.items()}


def check_gate(gate: Gate, metrics: dict[str, float]) -> None:
    """Raise CandidateRefused, naming every metric that misses its threshold."""
    missed = [
        f"{name} is {metrics[name]:g}, and must be at least {threshold:g}"
        for name, threshold in gate.minimum.items()
        if not metrics[name] >= threshold
    ] + [
        f"{name} is {metrics[name]:g}, and must be at most {threshold:g}"
        for name, threshold in gate.maximum.items()
        if not metrics[name] <= threshold
    ]
    if missed:
        raise CandidateRefused(
            f"The candidate is refused, and nothing was published: on {metrics['held_out_rows']:.0f} held-out rows, "
            f"{'; '.join(missed)}."
        )
