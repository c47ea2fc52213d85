"""Variants to record: small blobs beside the canonical ones. The registry never looks into them either."""

from hashlib import sha256
from typing import Any

from modelet.manifest import LATENCY, Manifest
from modelet.manifest.variant import Variants
from modelet.registry.publishing import publish
from modelet.registry.recording import write_variants
from modelet.registry.variants import VariantRecord
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, draft_of, source_of

RUNTIME = "1.32.0"
RANGE_BYTES = 4


def record_of(canonical: bytes, data: bytes, **changed: Any) -> VariantRecord:
    """The record of a variant with these bytes, for x86_64 and single rows unless another is wanted."""
    ranges = [data[start : start + RANGE_BYTES] for start in range(0, len(data), RANGE_BYTES)]
    fields = {
        "artifact": artifact_of(canonical),
        "runtime": RUNTIME,
        "architecture": "x86_64",
        "profile": LATENCY,
        "format": "ort",
        "blob": artifact_of(data),
        "range_bytes": RANGE_BYTES,
        "ranges": tuple(sha256(part).hexdigest() for part in ranges),
        "options": {"prepacking": False},
        "measured": {"load_ms": 0.5},
        "parity": 1e-7,
    }
    return VariantRecord(**{**fields, **changed})


def publish_with(store: Store, canonical: bytes, data: bytes, **changed: Any) -> Manifest:
    """Publish a version with one variant."""
    sources = {artifact_of(held).sha256: source_of(held) for held in (canonical, data)}
    return publish(store, draft_of("m", canonical), sources, records=[record_of(canonical, data, **changed)])


def derive_later(store: Store, canonical: bytes, data: bytes, **changed: Any) -> Variants:
    """Record one variant of a version that is published already, and tell nobody."""
    record = record_of(canonical, data, **changed)
    return tuple(write_variants(store, "m", [record], {record.blob.sha256: source_of(data)}))
