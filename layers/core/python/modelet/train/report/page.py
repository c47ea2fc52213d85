"""The page as a whole: one file without scripts, in which nothing is fetched from anywhere."""

from modelet.train.report import tables
from modelet.train.report.findings import Findings
from modelet.train.report.markup import EMPTY, Markup, element, joined, listed, section
from modelet.train.report.plotted import most_confused, plots, search_plot
from modelet.train.report.style import STYLE
from modelet.train.report.verdict import gate, heading, tiles

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser lets the page do, whatever it may hold: https://www.w3.org/TR/CSP3/"""


def report(findings: Findings) -> bytes:
    """The report of a run as an HTML file: the same bytes for the same findings."""
    evaluation = findings.evaluation
    body = element(
        "main",
        heading(findings),
        tiles(evaluation),
        gate(findings),
        section("Leaks", listed(findings.leaks)),
        section("Warnings", listed(findings.notes)),
        plots(findings),
        section("Metrics", tables.metrics(evaluation)),
        section("Classes", tables.by_class(evaluation)),
        most_confused(evaluation),
        section("Worst errors", tables.worst_errors(evaluation)),
        section("Search", search_plot(findings), tables.trials(findings.trials)),
        section("ONNX form beside the estimator", tables.lineage(findings.parity)),
        section("Forms that were tried", tables.lineage(findings.optimised)),
        _folded("Lineage", tables.lineage(findings.lineage)),
    )
    return _document(f"{findings.model} · {findings.run}", body).encode()


def _folded(title: str, body: Markup) -> Markup:
    if not body:
        return EMPTY
    return element("section", element("h2", title), element("details", element("summary", "All of it"), body))


def _document(title: str, body: Markup) -> str:
    head = joined(
        (
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", title),
            element("style", Markup(STYLE)),
        )
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'
