"""The first thing that a reader wants to know: what came out, how good it is, and why it was or was not refused."""

from modelet.train.evaluation.catalogue import METRICS, ROWS
from modelet.train.evaluation.evaluating import Evaluation
from modelet.train.gate.comparing import Comparison
from modelet.train.report.findings import Findings
from modelet.train.report.markup import EMPTY, Markup, element, joined, listed, number, section, table
from modelet.train.report.tables import between

LEADING = {
    "regression": ("r2", "rmse", "mae"),
    "binary": ("accuracy", "roc_auc", "log_loss", "calibration_error"),
    "multiclass": ("accuracy", "macro_f1", "log_loss", "calibration_error"),
}


def heading(findings: Findings) -> Markup:
    """The model, the run, and whether the candidate was accepted."""
    passed = findings.decision.passed
    verdict = element("span", "Accepted" if passed else "Refused", class_=f"verdict {'good' if passed else 'bad'}")
    told = f"candidate of job {findings.job}, run {findings.run}"
    return joined(
        (
            element("h1", findings.model),
            element("p", verdict, " · ", told),
            element("p", findings.description, class_="faint") if findings.description else EMPTY,
        )
    )


def tiles(evaluation: Evaluation) -> Markup:
    """The metrics that say most of a task, with their intervals."""
    held = [
        element(
            "div",
            element("span", METRICS[name].title, class_="faint"),
            element("b", number(evaluation.metrics[name])),
            element("span", between(evaluation.intervals.get(name)), class_="faint"),
            class_="tile",
        )
        for name in LEADING[evaluation.held.task]
        if name in evaluation.metrics
    ]
    said = f"On {evaluation.metrics[ROWS]:.0f} rows that training never saw; below each figure, its 95 % interval."
    return joined((element("div", *held, class_="tiles"), element("p", said, class_="faint"))) if held else EMPTY


def gate(findings: Findings) -> Markup:
    """The gate's decision: every reason, the live version beside the candidate, and what it costs to serve."""
    decision = findings.decision
    measured = decision.footprint
    costs = () if measured is None else ((measured.latency_ms, measured.size_mb),)
    said = "The candidate passed the gate." if decision.passed else "The candidate was refused:"
    return section(
        "Gate",
        element("p", said),
        listed(decision.reasons),
        listed(decision.notes),
        _beside(decision.comparison) if decision.comparison else EMPTY,
        table(("Milliseconds a row, median", "Size in MB"), costs),
    )


def _beside(found: Comparison) -> Markup:
    row = (
        found.metric,
        found.candidate,
        found.live,
        found.gain,
        between(found.between),
        f"{found.chance_of_worse:.1%}",
    )
    heads = (
        "Metric",
        "Candidate",
        f"Version {found.version}, live",
        "Gain",
        f"Bounds of it, each at {found.confidence:g}",
        f"Draws worse by over {found.margin:g}",
    )
    return table(heads, [row], "Both answered the same held-out rows; a gain below zero is a loss.")
