"""Where a candidate is most wrong: what to look at first, for such rows are mislabelled, or show what is missing."""

from typing import TYPE_CHECKING, Any, NamedTuple

from modelet.train.evaluation.classification import ClassScorer, class_scorer, surprise

if TYPE_CHECKING:
    import numpy as np

    from modelet.train.evaluation.evaluating import Evaluation

    Array = np.ndarray[Any, Any]

SHOWN = 12


class Wrong(NamedTuple):
    """A held-out row at position `row`, its truth, what was answered instead, and how bad that is: for classes the
    share that the right one was given, for numbers the distance.
    """

    row: int
    truth: Any
    predicted: Any
    figure: float | None


def worst(evaluation: "Evaluation", count: int = SHOWN) -> tuple[Wrong, ...]:
    """The worst answers, worst first; of classes, only wrong ones."""
    held, answers = evaluation.held, evaluation.answers
    if evaluation.unanswered:
        return ()
    import numpy as np

    order: Array
    given: Array | None
    if held.task == "regression":
        given = np.abs(answers.predicted.astype(np.float64) - held.truth)
        order = np.argsort(-given, kind="stable")[:count]
    else:
        classes = held.classes if evaluation.classes is None else evaluation.classes
        order, given = _wrong_classes(class_scorer(held.truth, answers, classes.tolist(), ranked=False), count)
    truth, predicted = held.truth.tolist(), answers.predicted.tolist()
    return tuple(
        Wrong(int(row), truth[row], predicted[row], None if given is None else float(given[row])) for row in order
    )


def _wrong_classes(scorer: ClassScorer, count: int) -> "tuple[Array, Array | None]":
    import numpy as np

    wrong = np.flatnonzero(scorer.truth != scorer.predicted)
    if scorer.shares is None:
        return wrong[:count], None
    own = scorer.shares[np.arange(len(scorer.truth)), scorer.truth]
    return wrong[np.argsort(-surprise(own[wrong]), kind="stable")][:count], own
