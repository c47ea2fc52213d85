"""Examining a candidate in child processes, so that a hostile or huge model harms nobody: not the function, not the
store.
"""

import json
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelet.errors import RefusedModel
from modelet.manifest import PROFILES, Signature
from modelet.manifest.document import WEIGHTS, WEIGHTS_FILE
from modelet.manifest.fields import Fields
from modelet.publish.child import CANONICAL, DERIVE, DERIVED, LOAD, PREPARE
from modelet.publish.step import MIB, Failure, Limits, Step, started

MAX_REPORT_BYTES = 4 * MIB  # a manifest is read on every cold start

DERIVE_SECONDS, DERIVE_SECONDS_PER_BYTE = 30.0, 120.0 / 2**30
"""How long deriving variants may take at most: a model that loads and then runs for ages is published without."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Derived:
    """What deriving found: how each profile loads the file at `path`, as the child reported it, and why the others
    have no variant.
    """

    path: Path
    report: Json
    without: dict[str, str]

    @property
    def profiles(self) -> dict[str, Json]:
        """How each profile that has a variant loads it, and with what figures."""
        held: dict[str, Json] = self.report["profiles"]
        return held


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the children found: the canonical file, what lies `beside` it by the role that its manifest gives that,
    everything else that the manifest says of it, and its variants.
    """

    path: Path
    beside: Mapping[str, Path]
    signature: Signature
    facts: Json
    derived: Derived


@dataclass(frozen=True, slots=True)
class _Examination:
    folder: Path
    limits: Limits
    deadline: float

    def report(self, step: Step, request: Mapping[str, Any]) -> tuple[Json, Failure | None]:
        report, failure = self._run(step, request)
        # What loaded is not refused because a made-up input took too long or too much: its first report stands.
        if failure is not None and (report is None or failure.final):
            raise RefusedModel(failure.reason)
        if report is None:
            raise RefusedModel("examining it ended without a result.")
        if "refused" in report:
            raise RefusedModel(report["refused"])
        return report, failure

    def derive(self, step: Step, signature: Json, domains: Collection[str]) -> Derived:
        size = (self.folder / CANONICAL).stat().st_size + self.weights_size
        enough = time.monotonic() + DERIVE_SECONDS + DERIVE_SECONDS_PER_BYTE * size
        within = _Examination(self.folder, self.limits, min(self.deadline, enough))
        report, failure = within._run(step, {"signature": signature, "domains": list(domains)})
        if report is None or failure is not None:
            return self.underived(failure.reason if failure else "deriving ended without a result.")
        return Derived(self.folder / DERIVED, report, report.pop("without"))

    def underived(self, reason: str) -> Derived:
        return Derived(self.folder / DERIVED, {"profiles": {}}, dict.fromkeys(PROFILES, reason))

    @property
    def weights(self) -> Path | None:
        """The weights of the canonical file, where they lie beside it."""
        weights = self.folder / WEIGHTS_FILE
        return weights if weights.is_file() else None

    @property
    def weights_size(self) -> int:
        """Their bytes, 0 where there are none."""
        return self.weights.stat().st_size if self.weights else 0

    def _run(self, step: Step, request: Mapping[str, Any]) -> tuple[Json | None, Failure | None]:
        # Weights are mapped, in one form at a time: that is of the disk, and not of the memory.
        memory = self.limits.memory_bytes + self.weights_size
        asked = {**request, "memory_bytes": memory, "seconds": self.limits.seconds}
        (self.folder / "request.json").write_text(json.dumps(asked))
        failure = step.run(self.limits, self.deadline)
        return _read_report(self.folder / f"{step.name}.json"), failure


@contextmanager
def examined(path: Path, limits: Limits) -> Iterator[Candidate]:
    """Examine the model file at `path`; its canonical form and its variants live as long as the context. Raises
    RefusedModel with the reason.
    """
    deadline = time.monotonic() + limits.seconds
    with tempfile.TemporaryDirectory(prefix="modelet-") as name:
        try:
            candidate = _examine(path, _Examination(Path(name), limits, deadline))
        except RefusedModel as refused:
            raise RefusedModel(f"Model file {path.name!r} cannot be served: {refused.message}") from None
        yield candidate


@contextmanager
def derived_from(canonical: Path, signature: Signature, domains: Collection[str], limits: Limits) -> Iterator[Derived]:
    """Derive the variants of the canonical file at `canonical`, which is taken away, and so are weights beside it; they
    live as long as the context. `domains` are those of its operators.
    """
    with tempfile.TemporaryDirectory(prefix="modelet-") as name:
        folder = Path(name)
        for held in filter(Path.exists, (canonical, canonical.with_name(WEIGHTS_FILE))):
            held.replace(folder / held.name)
        examination = _Examination(folder, limits, time.monotonic() + limits.seconds)
        with started((DERIVE,), folder) as (step,):
            derived = examination.derive(step, signature.dump(), domains)
        yield derived


def _examine(path: Path, examination: _Examination) -> Candidate:
    with started((PREPARE, LOAD, DERIVE), examination.folder) as (prepare, load, derive):
        facts, _ = examination.report(
            prepare, {"path": str(path.absolute()), "one_file_bytes": examination.limits.one_file_bytes}
        )
        domains = list(facts["opsets"])
        found, failure = examination.report(load, {"declared": facts.pop("declared"), "domains": domains})
        signature = found.pop("signature")
        derived = examination.underived(failure.reason) if failure else examination.derive(derive, signature, domains)
    canonical = examination.folder / CANONICAL
    beside = {WEIGHTS: examination.weights} if examination.weights else {}
    return Candidate(canonical, beside, Signature.read(Fields("signature", signature)), {**facts, **found}, derived)


def _read_report(path: Path) -> Json | None:
    if not path.is_file():
        return None
    if path.stat().st_size > MAX_REPORT_BYTES:
        raise RefusedModel(f"its names, shapes and labels take more than {MAX_REPORT_BYTES // MIB} MB.")
    held: Json = json.loads(path.read_text())
    return held
