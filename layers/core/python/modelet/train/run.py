"""Running a job: from its data to a version that has earned its place, or to a refusal that leaves the store alone.

Publishing is the last step, so that an interrupt or a failure before it changes no version and no alias.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelet.errors import OutOfMemory
from modelet.manifest import Manifest
from modelet.publish import Draft, push
from modelet.registry.changing import promote
from modelet.registry.names import LIVE
from modelet.store.base import Store
from modelet.train.answers import answers_of
from modelet.train.data import load
from modelet.train.evaluation import evaluate
from modelet.train.export import check_parity, compare, export, exported_answers
from modelet.train.export.parity import inputs_of
from modelet.train.fitting import fit, one_thread
from modelet.train.gate import check_thresholds
from modelet.train.job import Job
from modelet.train.lineage import lineage_of, live_version
from modelet.train.stages import Report, noted, silent, stage

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The rows that training never saw: arrays by input name, and the class or the number of each row."""

    inputs: "dict[str, Array]"
    truth: "Array"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run made. `promoted` says that `live` leads to the new version; `notes` are warnings for the user."""

    manifest: Manifest
    held_out: HeldOut
    promoted: bool
    notes: tuple[str, ...]

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics on the held-out rows."""
        return dict(self.manifest.metrics)


@dataclass(frozen=True, slots=True)
class _Candidate:
    artifact: bytes
    draft: Draft
    held_out: HeldOut


def run(store: Store, job: Job, report: Report | None = None) -> Outcome:
    """Run a job and publish the version that it makes.

    Raises CandidateRefused where that misses the gate, InvalidJob where data and job do not fit, OutOfMemory, and what
    publishing raises; nothing is published then.
    """
    report = report or silent
    parent = live_version(store, job.model)  # also: a store that cannot be reached is told before training, not after
    try:
        with noted() as notes, one_thread():
            candidate = _train(job, parent, report)
    except MemoryError:
        raise OutOfMemory(f"Job {job.name!r} needs more memory than there is.") from None
    draft = replace(candidate.draft, lineage={**candidate.draft.lineage, "notes": notes})
    with stage(report, "publish"):
        manifest = _publish(store, job, candidate.artifact, draft)
    promoted = job.promote == LIVE or manifest.version == 1
    return Outcome(manifest, candidate.held_out, promoted, tuple(notes))


def _train(job: Job, parent: int | None, report: Report) -> _Candidate:
    with stage(report, "read the data"):
        table = load(job.data)
        learnt, held = job.split.positions(table, job.seed)
    learning, holding = table.take(learnt), table.take(held)
    with stage(report, "fit") as progress:
        pipeline = fit(job, learning, progress)
    with stage(report, "evaluate"):
        own = answers_of(pipeline, holding.rows, table.task)
        evaluation = evaluate(holding, own, getattr(pipeline, "classes_", None))
        check_thresholds(job.gate, evaluation.metrics)
    with stage(report, "export"):
        exported = export(job, pipeline, learning)
    with stage(report, "compare with the estimator"):
        measured = compare(own, exported_answers(exported, holding))
        check_parity(job.gate.parity, measured)
    draft = Draft(
        description=job.description,
        licence=job.licence,
        labels={exported.probabilities: pipeline.classes_.tolist()} if exported.probabilities else {},
        columns=tuple(field.name for field in table.fields),
        metrics=evaluation.metrics,
        lineage=lineage_of(job, table, held, parent),
        parity=measured,
    )
    return _Candidate(exported.artifact, draft, HeldOut(inputs_of(exported, holding), holding.truth))


def _publish(store: Store, job: Job, artifact: bytes, draft: Draft) -> Manifest:
    with tempfile.TemporaryDirectory(prefix="modelet-") as folder:
        path = Path(folder) / f"{job.model}.onnx"
        path.write_bytes(artifact)
        manifest = push(store, path, job.model, draft, promoted=job.promote == LIVE)
    if job.promote not in (None, LIVE):
        promote(store, job.model, manifest.version, job.promote)
    return manifest
