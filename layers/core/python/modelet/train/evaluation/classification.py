"""The metrics of a classification."""

from typing import TYPE_CHECKING, Any

from modelet.train.answers import Answers

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def classification(truth: "Array", answers: Answers, classes: "Array") -> dict[str, float]:
    """The metrics of a classification, each a share of 1 but for `log_loss`, in nats, and `held_out_rows`.

    Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html
    """
    from sklearn import metrics

    assert answers.probabilities is not None
    shares = answers.probabilities.astype("float64")  # in float32, they sum to one only roughly
    recalls = metrics.recall_score(truth, answers.predicted, labels=sorted(set(truth.tolist())), average=None)
    found = {
        "accuracy": metrics.accuracy_score(truth, answers.predicted),
        "balanced_accuracy": recalls.mean(),
        "macro_f1": metrics.f1_score(truth, answers.predicted, average="macro", zero_division=0),
        "log_loss": metrics.log_loss(truth, shares / shares.sum(axis=1, keepdims=True), labels=classes),
        "held_out_rows": len(truth),
    }
    return {name: round(float(value), 6) for name, value in found.items()}
