"""Variants as they were derived → the records and blobs to publish them by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from modelet.manifest import Artifact
from modelet.manifest.variant import RANGE_BYTES
from modelet.publish.sandbox import Derived
from modelet.registry.variants import VariantRecord


@dataclass(frozen=True, slots=True)
class Described:
    """Records by profile, the blob that all of them name, and the file that holds it."""

    path: Path
    blob: Artifact | None = None
    records: Mapping[str, VariantRecord] = field(default_factory=dict)

    def files(self) -> dict[Artifact, Path]:
        """The blob and its file; nothing where nothing was derived."""
        return {self.blob: self.path} if self.blob else {}


def describe(derived: Derived, canonical: Artifact) -> Described:
    """The records of what was derived from this canonical artifact; none where nothing was."""
    report = derived.report
    if not derived.profiles:
        return Described(derived.path)
    ranges, whole, size = [], sha256(), 0
    for data in _ranges_of(derived.path):
        ranges.append(sha256(data).hexdigest())
        whole.update(data)
        size += len(data)
    blob = Artifact(whole.hexdigest(), size)
    records = {
        profile: VariantRecord(
            artifact=canonical,
            runtime=report["runtime"],
            architecture=report["architecture"],
            profile=profile,
            format=report["format"],
            blob=blob,
            range_bytes=RANGE_BYTES,
            ranges=tuple(ranges),
            options={"prepacking": found["prepacking"]},
            measured=found["measured"],
            parity=found["parity"],
        )
        for profile, found in derived.profiles.items()
    }
    return Described(derived.path, blob, records)


def _ranges_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(RANGE_BYTES):
            yield data
