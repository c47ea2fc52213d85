"""Running a job: from its data to a version that has earned its place, or to a refusal that leaves the store alone.

Publishing is the last step, so that an interrupt or a failure before it changes no version and no alias.
"""

import tempfile
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelet.errors import OutOfMemory
from modelet.manifest import Artifact, Manifest
from modelet.publish import Draft, push
from modelet.registry.changing import promote
from modelet.registry.names import LIVE
from modelet.store.base import Store
from modelet.train import parity
from modelet.train.data import load
from modelet.train.evaluation import answers_of, check_gate, evaluate
from modelet.train.export import export, signature_of
from modelet.train.fitting import fit, one_thread
from modelet.train.job import Job
from modelet.train.lineage import lineage_of, live_version
from modelet.train.stages import Report, noted, silent, stage

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The rows that training never saw: arrays by input name, and the class of each row."""

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
        data = load(job.data.source)
        learnt, held = job.split.positions(data.truth, job.seed)
    rows, truth = data.rows[held], data.truth[held]
    with stage(report, "fit") as progress:
        pipeline = fit(job, data.rows[learnt], data.truth[learnt], progress)
    with stage(report, "evaluate"):
        own = answers_of(pipeline, rows)
        metrics = evaluate(truth, own, pipeline.classes_)
        check_gate(job.gate, metrics)
    with stage(report, "export"):
        artifact = export(job, pipeline, rows.shape[1], pipeline.classes_)
    with stage(report, "compare with the estimator"):
        exported = parity.answers_of(_manifest(job, artifact, pipeline), artifact, job.export, rows)
        measured = parity.compare(own, exported)
        parity.check_parity(job.gate.parity, measured)
    draft = Draft(
        description=job.description,
        licence=job.licence,
        labels={job.export.probabilities: pipeline.classes_.tolist()},
        columns=data.columns,
        metrics=metrics,
        lineage=lineage_of(job, data, held, parent),
        parity=measured,
    )
    return _Candidate(artifact, draft, HeldOut({job.export.input: rows}, truth))


def _manifest(job: Job, artifact: bytes, pipeline: Any) -> Manifest:
    blob = Artifact(sha256(artifact).hexdigest(), len(artifact))
    return Manifest(job.model, blob, signature_of(job, pipeline.n_features_in_, pipeline.classes_))


def _publish(store: Store, job: Job, artifact: bytes, draft: Draft) -> Manifest:
    with tempfile.TemporaryDirectory(prefix="modelet-") as folder:
        path = Path(folder) / f"{job.model}.onnx"
        path.write_bytes(artifact)
        manifest = push(store, path, job.model, draft, promoted=job.promote == LIVE)
    if job.promote not in (None, LIVE):
        promote(store, job.model, manifest.version, job.promote)
    return manifest
