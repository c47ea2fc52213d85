"""Records of variants: what each is for, how its bytes verify range by range, and how it was measured.

A record is never changed, and a new runtime only adds some. So two that derive the same variant at once agree on the
record of the one who was first.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from modelet.errors import CorruptObject
from modelet.manifest import Artifact, Variant
from modelet.manifest.artifact import check_digest
from modelet.manifest.fields import Fields, encode
from modelet.manifest.variant import take_fit
from modelet.store.base import Store

SCHEMA = 1

Fits = tuple[str, str, str]
"""What a variant is for: runtime version, architecture and profile."""


class VariantRecord(NamedTuple):
    """One variant of a canonical artifact.

    `ranges` holds the SHA-256 of each `range_bytes` bytes of the blob, the last one shorter. `options` is how the
    runtime loads it, as `{"prepacking": False}`; `measured` is milliseconds and bytes by name, `parity` the largest
    difference of an output from the canonical artifact's, both from when it was derived.
    """

    artifact: Artifact
    runtime: str
    architecture: str
    profile: str
    format: str
    blob: Artifact
    range_bytes: int
    ranges: tuple[str, ...]
    options: Mapping[str, Any] = {}
    measured: Mapping[str, float] = {}
    parity: float = 0.0
    rest: Mapping[str, Any] = {}

    @property
    def fits(self) -> Fits:
        """What it is for."""
        return self.runtime, self.architecture, self.profile

    @classmethod
    def parse(cls, data: bytes, where: str) -> "VariantRecord":
        """Read a record from JSON bytes; `where` names it in errors. Raises CorruptObject or UnknownSchema."""
        fields = Fields.parse(where, data, SCHEMA)
        runtime, architecture, profile = take_fit(fields)
        measured = fields.within("measured")
        record = cls(
            artifact=Artifact.read(fields.within("artifact")),
            runtime=runtime,
            architecture=architecture,
            profile=profile,
            format=fields.take("format", str),
            blob=Artifact.read(fields.within("blob")),
            range_bytes=fields.take("range_bytes", int),
            ranges=tuple(check_digest(fields, "ranges", digest) for digest in fields.take("ranges", list)),
            options=fields.take("options", dict),
            measured={name: measured.number(name) for name in list(measured.rest)},
            parity=fields.number("parity"),
            rest=fields.rest,
        )
        record._check_ranges(fields)
        return record

    def dump(self) -> bytes:
        """The JSON bytes, with a stable order of keys; raises InvalidRequest for a value that JSON cannot hold."""
        return encode(
            {
                "schema": SCHEMA,
                "artifact": self.artifact.dump(),
                "runtime": self.runtime,
                "architecture": self.architecture,
                "profile": self.profile,
                "format": self.format,
                "blob": self.blob.dump(),
                "range_bytes": self.range_bytes,
                "ranges": list(self.ranges),
                "options": self.options,
                "measured": {name: float(value) for name, value in self.measured.items()},
                "parity": float(self.parity),
                **self.rest,
            }
        )

    def variant(self, data: bytes) -> Variant:
        """What a manifest or an alias says of the variant whose record has these bytes."""
        prepacking = self.options.get("prepacking") is not False
        return Variant(self.runtime, self.architecture, self.profile, sha256(data).hexdigest(), self.blob, prepacking)

    def _check_ranges(self, fields: Fields) -> None:
        if self.range_bytes < 1:
            raise fields.wrong("range_bytes", f"must be at least 1, but is {self.range_bytes}")
        wanted = -(-self.blob.size // self.range_bytes)
        if len(self.ranges) != wanted:
            raise fields.wrong("ranges", f"must be {wanted} digests, but are {len(self.ranges)}")


def records_prefix(model: str, artifact: str) -> str:
    """Where the records of an artifact's variants live, by the artifact's SHA-256."""
    return f"models/{model}/variants/{artifact}/"


def record_key(model: str, artifact: str, fits: Fits) -> str:
    """Where one record lives."""
    return f"{records_prefix(model, artifact)}{'-'.join(fits)}.json"


def read_record(store: Store, model: str, artifact: str, variant: Variant) -> VariantRecord:
    """Read the record of a variant of the canonical artifact that has this SHA-256, verified against what names it.

    Raises CorruptObject where it is missing or another, UnknownSchema.
    """
    key = record_key(model, artifact, variant.fits)
    record, found = read_found(store, model, artifact, variant.fits)
    if found.record != variant.record or record.blob != variant.blob:
        raise CorruptObject(f"{key} in {store.url} must have sha256:{variant.record}, but has sha256:{found.record}.")
    return record


def read_found(store: Store, model: str, artifact: str, fits: Fits) -> tuple[VariantRecord, Variant]:
    """Read whatever record there is for these, and answer what names it too; raises CorruptObject or UnknownSchema."""
    key = record_key(model, artifact, fits)
    try:
        found = store.get(key)
    except FileNotFoundError:
        raise CorruptObject(f"{key} is missing in {store.url}.") from None
    assert found is not None  # only a get with an ETag answers None
    return parse_found(store, key, found.data, artifact, fits)


def parse_found(store: Store, key: str, data: bytes, artifact: str, fits: Fits) -> tuple[VariantRecord, Variant]:
    """Read the bytes of the record at `key`, and answer what names it too; raises CorruptObject or UnknownSchema."""
    record = VariantRecord.parse(data, key)
    if (record.artifact.sha256, record.fits) != (artifact, fits):
        described = " ".join(record.fits)
        raise CorruptObject(f"{key} in {store.url} describes sha256:{record.artifact.sha256} for {described}.")
    return record, record.variant(data)
