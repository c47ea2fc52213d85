"""Running a job: from its data to a version that has earned its place, or to a refusal that leaves the registry alone.

A run has a record from its beginning. What training makes is kept as the run's candidate before anything is decided,
and publishing is the last step: an interrupt, a failure or a kill before it changes no version and no alias, and
whoever resumes the run afterwards publishes the very same bytes, once.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from modelet.errors import OutOfMemory
from modelet.jobs.keeping import Keeper
from modelet.jobs.record import Job as Record
from modelet.manifest import Manifest
from modelet.publish import push
from modelet.registry.names import LIVE
from modelet.registry.publishing import Once
from modelet.store.base import Store
from modelet.train.candidate import Candidate, keep_candidate, read_candidate
from modelet.train.disk import disk_room
from modelet.train.fitting import one_thread
from modelet.train.job import Job
from modelet.train.promotion import Judged, Overtaken, promote_version
from modelet.train.record import begin, described, go_on, recorded, succeed
from modelet.train.refusing import refusal
from modelet.train.stages import Report, noted, silent, stage
from modelet.train.training import HeldOut, train

Begun = Callable[[str], None]
"""Called with the id of a run as soon as it has a record."""


def untold(run: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run made. `alias` is the one that the job leads to it, or `live`, and `shares` are those of that alias, by
    version; there are none where it leads elsewhere. `promoted` says that `live` leads to the new version, and to no
    other; `notes` are warnings for the user. A run that was resumed after its training knows no held-out rows.
    """

    run: str
    manifest: Manifest
    held_out: HeldOut | None
    alias: str
    shares: dict[int, float]
    promoted: bool
    notes: tuple[str, ...]

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics on the held-out rows."""
        return dict(self.manifest.metrics)


def run(store: Store, job: Job, report: Report | None = None, begun: Begun = untold) -> Outcome:
    """Run a job and publish the version that it makes; `begun` is told the run's id before there is any work.

    Raises CandidateRefused where that misses the gate, InvalidJob where data and job do not fit, OutOfMemory, and what
    publishing raises; nothing is published then, and the run's record says why.
    """
    record = begin(store, job)  # also: a store that cannot be reached is told before training, not after
    begun(record.id)
    return _run(store, record, report or silent)


def resume(store: Store, run_id: str, report: Report | None = None, begun: Begun = untold) -> Outcome:
    """Go on with a run that was interrupted, or whose worker died, from the last step that was kept; raises what `run`
    raises, JobNotFound, and Conflict where it has ended or is being worked on.
    """
    record = go_on(store, run_id)
    begun(record.id)
    return _run(store, record, report or silent)


def _run(store: Store, record: Record, report: Report) -> Outcome:
    with recorded(store, record) as keeper:
        job, report = described(record), _telling(report, keeper)
        candidate, held_out = read_candidate(store, record.id), None
        if candidate is None:
            candidate, held_out = trained(store, record, job, report)
            candidate = keep_candidate(store, record.id, candidate)
        if candidate.refusals:
            rows = candidate.described["metrics"]["held_out_rows"]
            reasons = f"on {rows:.0f} held-out rows, {'; '.join(candidate.refusals)}"
            doubts = "".join(f"; {note.rstrip('.')}" for note in candidate.notes)
            raise refusal(f"{reasons} (its report: modelet runs show {record.id} --report FILE){doubts}")
        with stage(report, "publish"), disk_room():
            manifest = _publish(store, record, candidate)
            shares, left = _promote(store, job, manifest, record.id)
    succeed(store, record, {"model": manifest.model, "version": manifest.version, "metrics": manifest.metrics})
    alias = job.promote.alias if job.promote else LIVE
    is_live = shares == {manifest.version: 1.0} if alias == LIVE else manifest.version == 1
    return Outcome(record.id, manifest, held_out, alias, shares, is_live, (*candidate.notes, *left))


def _telling(report: Report, keeper: Keeper) -> Report:
    def tell(stage: str, fraction: float | None) -> None:
        keeper.tell({"stage": stage, "fraction": fraction})
        report(stage, fraction)

    return tell


def trained(store: Store, record: Record, job: Job, report: Report) -> tuple[Candidate, HeldOut]:
    """Make the candidate of a run, with what libraries warned of as notes; raises what training raises, OutOfMemory."""
    try:
        with noted() as notes, one_thread():
            candidate, held_out = train(store, record, job, report)
    except MemoryError:
        raise OutOfMemory(f"Job {job.name!r} needs more memory than there is.") from None
    told = (*notes, *candidate.notes)
    lineage = {**candidate.described["lineage"], "notes": told}
    return replace(candidate, described={**candidate.described, "lineage": lineage}, notes=told), held_out


def _publish(store: Store, record: Record, candidate: Candidate) -> Manifest:
    with tempfile.TemporaryDirectory(prefix="modelet-") as name:
        folder, model = Path(name), record.request["model"]
        path = folder / f"{model}.onnx"
        path.write_bytes(candidate.artifact)
        (beside := folder / "beside").mkdir()
        once = Once(record.id, record.request["after"])
        return push(store, path, model, candidate.draft(beside), once=once)


def _promote(store: Store, job: Job, made: Manifest, run_id: str) -> tuple[dict[int, float], tuple[str, ...]]:
    # What may be worse than what is live by now waits for somebody to decide.
    if job.promote is None:
        return {1: 1.0} if made.version == 1 else {}, ()
    judged = Judged(made.lineage.get("compared"), job.gate.against == "none")
    try:
        return promote_version(store, made, job.promote, run_id, judged), ()
    except Overtaken as overtaken:
        return {}, (overtaken.message,)
