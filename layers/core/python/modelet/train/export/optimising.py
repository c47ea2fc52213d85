"""Choosing the form of a model that is served: with FP32 weights, or with INT8 ones where those are as good.

What decides is size and answers, which are the same in every run of a job; how fast both are is measured and told.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from modelet.train.answers import Answers
from modelet.train.export.asking import exported_answers, inputs_of, opened
from modelet.train.export.conversion import Exported
from modelet.train.export.description import Drift, Export
from modelet.train.export.parity import compare
from modelet.train.refusing import refusal
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Passes = Callable[[Answers], list[str]]
"""Asked with a form's answers to the held-out rows: the reasons why the gate refuses them, none where it does not."""

WORTH_BYTES = 1024 * 1024
"""A smaller model loads in no time as it is."""

MUCH_SMALLER = 0.6
"""The share of the bytes of the FP32 form."""

ALONE = 100
"""So many rows are also asked one by one, for an INT8 model answers a row alone a little differently."""

RUNS = 15
BATCH = 64


@dataclass(frozen=True, slots=True)
class Optimised:
    """The chosen form, what it answers to the held-out rows, how far that is from the estimator's own answers, and for
    the lineage all figures and the reason.
    """

    exported: Exported
    answers: Answers
    parity: dict[str, Any]
    record: dict[str, Any]


def optimise(export: Export, exported: Exported, held: Table, own: Answers, passes: Passes) -> Optimised:
    """Choose between an exported model and its INT8 form by their answers to held-out rows, to which the estimator
    itself gave its `own`. Raises CandidateRefused where the job wants INT8 and that is not as good.
    """
    answers = exported_answers(exported, held)
    plain = Optimised(exported, answers, compare(own, answers), {})
    forms: dict[str, Any] = {export.precision: {"bytes": len(exported.artifact)}}
    from modelet.publish.quantising import Unquantisable

    try:
        small, untried = _small(export, exported), _untried(export, exported)
    except Unquantisable as failed:
        if export.quantise == "int8":
            raise refusal(f"export.quantise is int8, but the quantiser failed ({failed})") from None
        small, untried = None, f"the quantiser failed ({failed})"
    if small is None:
        why = f"INT8 was not tried: {untried}"
        return replace(plain, record={"chosen": export.precision, "why": why, "forms": forms})
    tried = _tried(small, held, own)
    reasons = _reasons(export, exported, tried, passes)
    figures = _timed([exported, small], held)
    forms[export.precision] |= figures[0]
    forms["int8"] = tried.record | figures[1]
    if export.quantise == "int8" and reasons:
        raise refusal(f"export.quantise is int8, but with INT8 weights {'; '.join(reasons)}")
    if reasons:
        why = f"INT8 was tried, but {'; '.join(reasons)}"
        return replace(plain, record={"chosen": export.precision, "why": why, "forms": forms})
    why = "INT8 passes the gate" + (" and is what the job wants" if export.quantise == "int8" else " and is smaller")
    return replace(tried, record={"chosen": "int8", "why": why, "forms": forms})


def _small(export: Export, exported: Exported) -> Exported | None:
    from modelet.publish.quantising import quantised

    worth = export.quantise == "int8" or len(exported.artifact) >= WORTH_BYTES
    if export.quantise == "none" or export.precision == "double" or not worth:
        return None
    artifact = quantised(exported.artifact)
    return None if artifact is None else replace(exported, artifact=artifact)


def _untried(export: Export, exported: Exported) -> str:
    if export.quantise == "none":
        return "the job says export.quantise: none"
    if export.precision == "double":
        return "the job wants double precision"
    if export.quantise == "auto" and len(exported.artifact) < WORTH_BYTES:
        return f"the model has less than {WORTH_BYTES} bytes"
    return "the model has no weights that can be quantised"


def _tried(small: Exported, held: Table, own: Answers) -> Optimised:
    answers = exported_answers(small, held)
    parity = compare(own, answers)
    alone = compare(_first(own, ALONE), _one_by_one(small, held))
    parity["largest_difference"] = max(parity["largest_difference"], alone["largest_difference"])
    record = {"bytes": len(small.artifact)} | {
        name: parity[name] for name in ("label_flips", "largest_difference") if name in parity
    }
    return Optimised(small, answers, parity, record)


def _first(answers: Answers, count: int) -> Answers:
    shares = answers.probabilities
    return Answers(answers.predicted[:count], None if shares is None else shares[:count])


def _one_by_one(small: Exported, held: Table) -> Answers:
    import numpy as np

    asked = [
        exported_answers(small, held.take(np.array([at])), session)
        for session in [opened(small)]
        for at in range(min(ALONE, len(held)))
    ]
    shares = [answers.probabilities for answers in asked if answers.probabilities is not None]
    return Answers(np.concatenate([answers.predicted for answers in asked]), np.concatenate(shares) if shares else None)


def _reasons(export: Export, exported: Exported, tried: Optimised, passes: Passes) -> list[str]:
    reasons = _drifted(export.drift, tried.parity) + passes(tried.answers)
    share = len(tried.exported.artifact) / len(exported.artifact)
    if export.quantise == "auto" and share > MUCH_SMALLER:
        reasons.append(f"the model still has {share:.0%} of its bytes")
    return reasons


def _drifted(drift: Drift, parity: dict[str, Any]) -> list[str]:
    flipped = parity["label_flips"] / parity["rows"]
    reasons = []
    if flipped > drift.label_flips:
        reasons.append(f"{flipped:.2%} of the rows get another label (export.drift.label_flips: {drift.label_flips:g})")
    if not parity["largest_difference"] <= drift.largest_difference:
        reasons.append(
            f"answers differ by up to {parity['largest_difference']:.3g} "
            f"(export.drift.largest_difference: {drift.largest_difference:g})"
        )
    return reasons


def _timed(forms: list[Exported], held: Table) -> list[dict[str, float]]:
    import numpy as np

    names = [name for name in (forms[0].label, forms[0].probabilities) if name]
    inputs = {
        "row_ms": inputs_of(forms[0], held.take(np.arange(1))),
        "batch_ms": inputs_of(forms[0], held.take(np.arange(min(BATCH, len(held))))),
    }
    sessions = [opened(form) for form in forms]
    took: list[dict[str, list[float]]] = [{name: [] for name in inputs} for _ in forms]
    for _ in range(RUNS):  # they take turns, so that whatever else the machine does hits both
        for session, times in zip(sessions, took, strict=True):
            for name, given in inputs.items():
                began = perf_counter()
                session.run(given, names)
                times[name].append((perf_counter() - began) * 1000)
    return [{name: round(median(times), 4) for name, times in held.items()} for held in took]
