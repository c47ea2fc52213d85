"""Every metric by name: which tasks have it, and which way is up. A gate, a search and a report choose among these."""

from typing import Any, Literal, NamedTuple

from modelet.train.task import CLASSIFICATION, Task

Higher = Literal[
    "accuracy",
    "balanced_accuracy",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "weighted_precision",
    "weighted_recall",
    "weighted_f1",
    "roc_auc",
    "average_precision",
    "r2",
]
"""Metrics of which more is better; 1 is the best there is."""

Lower = Literal["log_loss", "brier", "calibration_error", "mse", "rmse", "mae"]
"""Metrics of which less is better; 0 is the best there is."""

Name = Literal[Higher, Lower]

ROWS = "held_out_rows"
"""What stands among the metrics without being one: how many rows they were measured on."""


RANKED = frozenset({"roc_auc", "average_precision"})
"""Those for which rows are put in order, which takes longest."""


class Metric(NamedTuple):
    """A metric: its name, what to call it, whether more of it is better, and the tasks that have it."""

    name: str
    title: str
    higher_is_better: bool
    tasks: frozenset[Task] = CLASSIFICATION

    def gain(self, new: Any, old: Any) -> Any:
        """By how much one is better than the other, as numbers or arrays of them; below zero where it is worse."""
        return new - old if self.higher_is_better else old - new


NUMBERS: frozenset[Task] = frozenset({"regression"})

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "Accuracy", True),
        Metric("balanced_accuracy", "Balanced accuracy", True),
        Metric("macro_precision", "Precision, mean of classes", True),
        Metric("macro_recall", "Recall, mean of classes", True),
        Metric("macro_f1", "F1, mean of classes", True),
        Metric("weighted_precision", "Precision, by frequency", True),
        Metric("weighted_recall", "Recall, by frequency", True),
        Metric("weighted_f1", "F1, by frequency", True),
        Metric("roc_auc", "Area under ROC", True),
        Metric("average_precision", "Average precision", True),
        Metric("log_loss", "Log loss, in nats", False),
        Metric("brier", "Brier score", False),
        Metric("calibration_error", "Calibration error", False),
        Metric("r2", "R²", True, NUMBERS),
        Metric("rmse", "Root mean squared error", False, NUMBERS),
        Metric("mse", "Mean squared error", False, NUMBERS),
        Metric("mae", "Mean absolute error", False, NUMBERS),
    )
}


def metrics_of(task: Task) -> dict[str, Metric]:
    """The metrics that a task has, by name."""
    return {name: metric for name, metric in METRICS.items() if task in metric.tasks}


def leading_metric(task: Task) -> Metric:
    """The one that decides where nobody says which: it looks at every answer, not only at which side it falls on."""
    return METRICS["rmse" if task == "regression" else "log_loss"]
