"""From a job's data to a candidate: everything that happens before anything is decided for others to see.

Held-out rows are looked at only after fitting: neither the search nor the preprocessing nor early stopping sees them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from modelet.errors import CandidateRefused
from modelet.jobs.record import Job as Record
from modelet.store.base import Store
from modelet.train.answers import Answers, answers_of
from modelet.train.baseline import background, example_rows, examples, sketch
from modelet.train.candidate import Candidate
from modelet.train.data import Leak, check_leaks, describe, find_leaks, load
from modelet.train.evaluation import Evaluation, evaluate, explained, learning_curve
from modelet.train.export import Exported, check_parity, compare, export, exported_answers, inputs_of, optimise
from modelet.train.export.asking import opened
from modelet.train.export.optimising import Optimised
from modelet.train.fitting import fit
from modelet.train.gate import Decision, Rival, decide, find_rival, footprint
from modelet.train.job import Job
from modelet.train.lineage import lineage_of
from modelet.train.refusing import reason_of
from modelet.train.report import Findings
from modelet.train.report import report as page
from modelet.train.search.choosing import Chosen, choose
from modelet.train.stages import Report, stage
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The rows that training never saw: arrays by input name, and the class or the number of each row."""

    inputs: "dict[str, Array]"
    truth: "Array"


@dataclass(frozen=True, slots=True)
class _Rows:
    table: Table
    held: "Array"
    learning: Table
    holding: Table
    leaks: tuple[Leak, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    evaluation: Evaluation
    decision: Decision
    optimised: Optimised
    live: int | None


def train(store: Store, record: Record, job: Job, report: Report) -> tuple[Candidate, HeldOut]:
    """Make the candidate of a run. Raises InvalidJob where data and job do not fit, and StoreUnavailable."""
    rows = _read(job, report)
    chosen = choose(store, record.id, job, lambda: rows.learning, report)
    job = chosen.job
    with stage(report, "fit") as progress:
        pipeline = fit(job, rows.learning, progress)
    judged = _judge(store, job, rows, pipeline, report)
    return _described(record, job, rows, chosen, pipeline, judged, report)


def _read(job: Job, report: Report) -> _Rows:
    with stage(report, "read the data"):
        table = load(job.data, job.seed)
        job.gate.check_metrics(table.task)
        learnt, held = job.split.positions(table, job.seed)
    with stage(report, "look for leaks"):
        leaks = find_leaks(table, learnt, held)
        check_leaks(job.data, leaks)
    return _Rows(table, held, table.take(learnt), table.take(held), leaks)


def _judge(store: Store, job: Job, rows: _Rows, pipeline: Any, report: Report) -> _Judged:
    holding, classes = rows.holding, getattr(pipeline, "classes_", None)
    with stage(report, "evaluate"):
        own = answers_of(pipeline, holding.rows, holding.task)
        evaluation = evaluate(holding, own, classes, seed=job.seed)
        rival = find_rival(store, job.model, holding) if job.gate.against == "live" else None
        decision = decide(job.gate, evaluation, rival, job.seed)
    with stage(report, "export"):
        exported = export(job, pipeline, rows.learning)
    with stage(report, "compare with the estimator"):
        optimised, refusals = _optimised(job, exported, holding, own, _passes(job, evaluation, rival))
        if optimised.record["chosen"] == "int8":  # and so the version's figures are those of its answers
            evaluation = evaluate(holding, optimised.answers, classes, seed=job.seed)
            decision = decide(job.gate, evaluation, rival, job.seed)
        for reason in refusals:
            decision = decision.refused(reason)
    with stage(report, "measure"):
        session = opened(optimised.exported)
        decision = decision.within(job.gate, footprint(session, inputs_of(optimised.exported, holding)))
    with stage(report, "explain") as progress:
        evaluation = explained(
            evaluation, lambda table: exported_answers(optimised.exported, table, session), job.seed, progress
        )
    return _Judged(evaluation, decision, optimised, rival.version if rival else None)


def _passes(job: Job, evaluation: Evaluation, rival: Rival | None) -> Callable[[Answers], list[str]]:
    def passes(answers: Answers) -> list[str]:
        judged = evaluate(evaluation.held, answers, evaluation.classes, seed=job.seed)
        return list(decide(job.gate, judged, rival, job.seed).reasons)

    return passes


def _optimised(
    job: Job, exported: Exported, held: Table, own: Answers, passes: Callable[[Answers], list[str]]
) -> tuple[Optimised, list[str]]:
    refusals = []
    try:
        optimised = optimise(job.export, exported, held, own, passes)
    except CandidateRefused as refused:
        answers = exported_answers(exported, held)
        optimised = Optimised(exported, answers, compare(own, answers), {"chosen": job.export.precision})
        refusals.append(reason_of(refused))
    if optimised.record["chosen"] != "int8":  # which has a tolerance of its own
        try:
            check_parity(job.gate.parity, optimised.parity, job.export.precision)
        except CandidateRefused as refused:
            refusals.append(reason_of(refused))
    return optimised, refusals


def _described(  # noqa: PLR0913, PLR0917 - everything that was found comes together here
    record: Record, job: Job, rows: _Rows, chosen: Chosen, pipeline: Any, judged: _Judged, report: Report
) -> tuple[Candidate, HeldOut]:
    exported, evaluation, decision = judged.optimised.exported, judged.evaluation, judged.decision
    lineage = {
        **lineage_of(job, rows.table, rows.held, record),
        "search": chosen.summary(),
        "leaks": [leak.message for leak in rows.leaks],
        "optimised": judged.optimised.record["chosen"],
        "compared": judged.live,
    }
    findings = Findings(
        model=job.model,
        job=job.name,
        run=record.id,
        evaluation=evaluation,
        decision=decision,
        description=job.description,
        learning=learning_curve(pipeline),
        trials=[trial.to_json() for trial in chosen.trials],
        leaks=lineage["leaks"],
        notes=rows.table.notes,
        parity=judged.optimised.parity,
        optimised=judged.optimised.record,
        lineage=lineage,
    )
    with stage(report, "report"):
        beside = _beside(job, rows, exported, findings)
    said = {
        "description": job.description,
        "licence": job.licence,
        "labels": {exported.probabilities: pipeline.classes_.tolist()} if exported.probabilities else {},
        "columns": [field.name for field in rows.table.fields],
        "metrics": evaluation.metrics,
        "lineage": lineage,
        "parity": judged.optimised.parity,
    }
    held_out = HeldOut(inputs_of(exported, rows.holding), rows.holding.truth)
    notes = (*rows.table.notes, *lineage["leaks"], *decision.notes)
    return Candidate(exported.artifact, said, beside, decision.reasons, notes), held_out


def _beside(job: Job, rows: _Rows, exported: Exported, findings: Findings) -> dict[str, bytes]:
    figures = {
        **findings.evaluation.full,
        "gate": findings.decision.to_json(),
        "optimised": findings.optimised,
        "trials": findings.trials,
    }
    return {
        "report": page(findings),
        "metrics": _json(figures),
        "schema": _json([column.to_json() for column in describe(rows.table)]),
        "baseline": _json(sketch(rows.learning)),
        "background": background(rows.learning, job.seed),
        "examples": examples(exported.signature, inputs_of(exported, example_rows(rows.learning))),
    }


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)
