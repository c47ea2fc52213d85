"""The plots that a task has."""

from modelet.train.evaluation.calibration import calibration as calibration_of
from modelet.train.evaluation.catalogue import METRICS
from modelet.train.evaluation.classification import ClassScorer
from modelet.train.evaluation.evaluating import Evaluation, scorer_of
from modelet.train.evaluation.figures import confused
from modelet.train.evaluation.regression import NumberScorer
from modelet.train.report.drawing import SIZE, figure
from modelet.train.report.findings import Findings
from modelet.train.report.markup import EMPTY, Markup, element, section, table
from modelet.train.report.plots.calibration import calibration
from modelet.train.report.plots.confusion import MOST_CLASSES, confusion
from modelet.train.report.plots.importance import SHOWN, importance
from modelet.train.report.plots.learning import learning
from modelet.train.report.plots.ranking import MOST_CURVES, hardest, precision_recall, roc
from modelet.train.report.plots.residuals import beside_truth, by_answer, histogram
from modelet.train.report.plots.trials import trials

MOST_CONFUSED = 20


def plots(findings: Findings) -> Markup:
    """All plots of a candidate; none where it gave no finite answers."""
    evaluation = findings.evaluation
    if evaluation.unanswered:
        return EMPTY
    scorer = scorer_of(evaluation.held, evaluation.answers, evaluation.classes)
    drawn = _of_classes(evaluation, scorer) if isinstance(scorer, ClassScorer) else _of_numbers(scorer)
    return section("Plots", element("div", *drawn, *_of_any(findings), class_="plots"))


def search_plot(findings: Findings) -> Markup:
    """The scores of the trials."""
    metric = METRICS.get(str((findings.lineage or {}).get("search", {}).get("metric")))
    up = metric.higher_is_better if metric else False
    drawn = figure("Trials", "The score of each trial, and the best so far.", trials(findings.trials, up))
    return element("div", drawn, class_="plots") if drawn else EMPTY


def most_confused(evaluation: Evaluation) -> Markup:
    """The pairs of classes that were confused, where there are too many classes for a matrix."""
    if evaluation.unanswered or len(evaluation.by_class) <= MOST_CLASSES:
        return EMPTY
    scorer = scorer_of(evaluation.held, evaluation.answers, evaluation.classes, ranked=False)
    assert isinstance(scorer, ClassScorer)
    pairs = confused(scorer.confusion(), [each.label for each in evaluation.by_class], MOST_CONFUSED)
    rows = [(pair["truth"], pair["predicted"], pair["rows"]) for pair in pairs]
    return section("Most confused", table(("Truth", "Answered", "Rows"), rows))


def _of_classes(evaluation: Evaluation, scorer: ClassScorer) -> list[Markup]:
    labels = [each.label for each in evaluation.by_class]
    rows = len(evaluation.held)
    curves = hardest(scorer.ranked, rows)
    which = f", of the {MOST_CURVES} classes where it is smallest" if len(scorer.ranked) > MOST_CURVES else ""
    bins = () if scorer.shares is None else calibration_of(scorer.shares, scorer.truth)
    size = (SIZE[0], max(SIZE[1], 0.24 * len(labels)))
    return [
        figure("Confusion matrix", "Rows by truth and answer.", confusion(scorer.confusion(), labels), size),
        figure("ROC", f"The area under each curve{which}.", roc(curves, rows, labels)),
        figure("Precision and recall", f"The average precision{which}.", precision_recall(curves, rows, labels)),
        figure("Calibration", "What was claimed, and how often that was right.", calibration(bins)),
    ]


def _of_numbers(scorer: NumberScorer) -> list[Markup]:
    truth, predicted = scorer.truth, scorer.predicted
    return [
        figure("Answers beside the truth", "On the line, they are right.", beside_truth(truth, predicted)),
        figure("Residuals", "How often which distance occurs.", histogram(truth, predicted)),
        figure("Residuals by answer", "A pattern is what was not learnt.", by_answer(truth, predicted)),
    ]


def _of_any(findings: Findings) -> list[Markup]:
    found, curve = findings.evaluation.importance, findings.learning
    what = "Squared error" if findings.evaluation.held.task == "regression" else "Cost of an answer"
    size = (SIZE[0], max(2.0, 0.6 + 0.22 * min(SHOWN, len(found))))
    told = "What shuffling a field costs; the line is the spread of repetitions."
    return [
        figure("Learning curve", "After every step of learning.", learning(curve)),
        figure("Feature importance", told, importance(found, what), size),
    ]
