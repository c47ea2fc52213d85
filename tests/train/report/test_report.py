"""The report: one file that holds everything, asks nobody for anything, and cannot be broken by what it shows."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelet.train.answers import Answers
from modelet.train.evaluation import LearningCurve, evaluate
from modelet.train.evaluation.importance import Importance
from modelet.train.gate import Footprint, Gate, Rival, decide
from modelet.train.report import Findings, report
from modelet.train.table import Field, Table
from tests.train.evaluation.made import noisy, sure, table

HOSTILE = "</td></svg><script>alert('1')</script> & $x_1$ \"quoted\""
VOID = {"meta", "img"}


class Page(HTMLParser):
    """What a browser finds: text, addresses, identifiers, and whether every element is closed where it should be."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.headings: list[str] = []
        self._open: list[str] = []
        self.feed(data.decode())
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.addresses.append(value or "")
            self.addresses += re.findall(r"url\(([^)]*)\)", value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._open and self._open[-1] == "h2":
            self.headings.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def plots(self) -> list[str]:
        return [name for name in PLOTS if f"{name} " in self.text]


PLOTS = (
    "Confusion matrix",
    "ROC",
    "Precision and recall",
    "Calibration",
    "Answers beside the truth",
    "Residuals",
    "Residuals by answer",
    "Learning curve",
    "Feature importance",
    "Trials",
)


def findings(held: Table, answers: Answers, classes: Any = None, **more: Any) -> Findings:
    evaluation = evaluate(held, answers, classes)
    return Findings("flowers", "weekly", "20261124-1", evaluation, decide(Gate(), evaluation), **more)


def classified(rows: int = 120, classes: int = 3) -> Findings:
    return findings(*noisy(rows, classes))


def full() -> Findings:
    """Everything that a run may find."""
    held, answers, labels = noisy(120, 2)
    evaluation = replace(evaluate(held, answers, labels), importance=(Importance("f1", 0.4, 0.1),))
    gate = Gate({"accuracy": 0.99})
    rival = Rival(3, sure(held.truth, labels, 0.99), labels)
    return Findings(
        model="flowers",
        job="weekly",
        run="20261124-1",
        evaluation=evaluation,
        decision=decide(gate, evaluation, rival).within(gate, Footprint(0.5, 1.5)),
        description="Which flower it is.",
        learning=LearningCurve("Loss", (3.0, 2.0, 1.0), (3.0, 2.5, 2.0)),
        trials=[
            {"index": 0, "parameters": {"estimator.C": 0.1}, "score": 0.5, "failed": None},
            {"index": 1, "parameters": {"estimator.C": 1.0}, "score": None, "failed": "it did not converge"},
            {"index": 2, "parameters": {"estimator.C": 10.0}, "score": 0.4, "failed": None},
        ],
        leaks=["3 of 120 held-out rows are also among those to learn from."],
        notes=["lbfgs failed to converge"],
        parity={"label_flips": 0},
        optimised={"chosen": "int8"},
        lineage={"job": {"sha256": "ab" * 32}, "search": {"metric": "log_loss"}},
    )


def test_a_report_tells_everything_that_a_run_found() -> None:
    page = Page(report(full()))

    assert page.headings == [
        "Gate",
        "Leaks",
        "Warnings",
        "Plots",
        "Metrics",
        "Classes",
        "Worst errors",
        "Search",
        "ONNX form beside the estimator",
        "Forms that were tried",
        "Lineage",
    ]
    for told in (
        "Refused",
        "run 20261124-1",
        "Which flower it is.",
        "and must be at least 0.99",
        "Version 3, live",
        "held-out rows are also among",
        "it did not converge",
        "parameters.estimator.C",
        "int8",
        "ab" * 32,
    ):
        assert told in page.text
    assert [plot for plot in PLOTS if "esidual" not in plot and "truth" not in plot] == page.plots
    accuracy = full().evaluation.metrics["accuracy"]
    assert f"{accuracy:.4g}" in page.words


def test_a_report_of_numbers_has_their_plots() -> None:
    truth = np.linspace(1, 50_000, 2000)
    page = Page(report(findings(table(truth), Answers(truth * 1.1))))

    assert page.plots == ["Answers beside the truth", "Residuals", "Residuals by answer"]
    assert "Accepted" in page.text
    assert {"Worst errors", "Metrics"} <= set(page.headings)
    assert {"Search", "Leaks", "Warnings", "Lineage", "Classes"}.isdisjoint(page.headings)


def test_the_same_findings_make_the_same_file() -> None:
    assert report(full()) == report(full())


def test_a_report_asks_no_address_for_anything_and_runs_nothing() -> None:
    data = report(full())
    page = Page(data)

    assert {address[:1] for address in page.addresses} <= {"#", "d"}
    assert all(address.startswith(("#", "data:image/png")) for address in page.addresses)
    assert {"script", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert b"default-src &#x27;none&#x27;" in data or b"default-src 'none'" in data
    assert set(re.findall(rb"https?://[^\"' ]+", data)) <= {
        b"http://www.w3.org/2000/svg",
        b"http://www.w3.org/1999/xlink",
    }


def test_every_identifier_is_there_once_and_every_reference_leads_to_one() -> None:
    page = Page(report(full()))

    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)


def test_plots_have_the_colours_of_the_page_in_light_and_dark() -> None:
    data = report(full()).decode()

    assert not re.search(r"#0101[0-9a-f]{2}", data)
    assert "prefers-color-scheme:dark" in data
    drawn = "".join(re.findall(r"<svg.*?</svg>", data, re.DOTALL))
    assert set(re.findall(r"(?:fill|stroke): ([^;\"]+)", drawn)) <= {
        "none",
        *(f"var(--{name})" for name in ("ink", "faint", "line", *(f"s{place}" for place in range(8)))),
    }


def test_nothing_that_is_shown_breaks_the_page() -> None:
    rows = pd.DataFrame({HOSTILE: pd.Series([HOSTILE, "日本語"] * 10, dtype=object)})
    truth = np.array([HOSTILE, "日本語"] * 10)
    held = Table("made", (Field(HOSTILE, "text", False),), rows, truth, "binary")
    hostile = findings(
        held,
        sure(truth, np.unique(truth), wrong=5),
        np.unique(truth),
        description=HOSTILE,
        leaks=[HOSTILE],
        notes=[HOSTILE],
        trials=[{HOSTILE: HOSTILE, "score": 1}],
        lineage={HOSTILE: [HOSTILE, {"a": HOSTILE}]},
    )

    page = Page(report(replace(hostile, model=HOSTILE, run=HOSTILE)))

    assert "script" not in page.tags
    assert page.text.count("alert('1')") > 10
    assert "日本語" in page.text


def test_a_name_with_dollars_is_no_formula() -> None:
    truth = np.array(["$x_1$", "$y$"] * 10)

    drawn = report(findings(table(truth), sure(truth, np.unique(truth)), np.unique(truth))).decode()

    assert drawn.count(">$x_1$</text>") >= 2


def test_pictures_are_shown_where_the_fields_are_pixels() -> None:
    truth = np.arange(40) % 2
    fields = tuple(Field(f"pixel_{place}") for place in range(64))
    held = Table("made", fields, np.random.default_rng(0).random((40, 64), np.float32), truth, "binary")

    page = Page(report(findings(held, sure(truth, np.array([0, 1]), wrong=3))))

    pictures = [address for address in page.addresses if address.startswith("data:image/png;base64,")]
    assert len(pictures) == page.tags.count("img") == 3


@pytest.mark.parametrize("classes", [12, 30])
def test_many_classes_are_told_by_what_matters_most(classes: int) -> None:
    page = Page(report(classified(40 * classes, classes)))

    assert ("Confusion matrix" in page.plots) == (classes == 12)
    assert ("Most confused" in page.headings) == (classes == 30)
    assert "of the 8 classes where it is smallest" in page.text


def test_answers_that_are_no_numbers_are_told_without_plots() -> None:
    truth = np.array([1.0, 2.0, 3.0])

    page = Page(report(findings(table(truth), Answers(np.array([1.0, np.nan, 3.0])))))

    assert "1 are answered with numbers that are not finite" in page.text
    assert page.headings == ["Gate"]


def test_what_has_no_probabilities_and_few_rows_is_told_nevertheless() -> None:
    truth = np.array([0, 1, 1])

    page = Page(report(findings(table(truth), Answers(np.array([0, 1, 0])), np.array([0, 1]))))

    assert page.plots == ["Confusion matrix"]
