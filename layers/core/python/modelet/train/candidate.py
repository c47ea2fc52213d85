"""What training makes, before anybody decides whether it is published: kept below `runs/{id}/`, where nothing serves
it, so that a run which is killed after training goes on with the very same bytes, and a refused one can be looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from modelet.errors import CorruptObject
from modelet.publish import Draft
from modelet.store.base import AlreadyExists, Store

SCHEMA = 1
ARTIFACT = "artifact"
"""The role of the ONNX model itself, beside those that its manifest will name."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An ONNX model, what its manifest will say of it, and what lies `beside` it by role: the report, all metrics, the
    baseline and others. `refusals` are the reasons why it may not be published.
    """

    artifact: bytes
    described: Json
    beside: Mapping[str, bytes] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def draft(self, folder: Path) -> Draft:
        """The draft to publish; what lies beside the model is written into a folder that outlives it."""
        paths = {role: folder / role for role in self.beside}
        for role, path in paths.items():
            path.write_bytes(self.beside[role])
        columns = tuple(self.described["columns"])
        return Draft(**{**self.described, "columns": columns}, beside=paths)


def candidate_key(run_id: str) -> str:
    """Where the description of a run's candidate lives; it is written last."""
    return f"runs/{run_id}/candidate.json"


def blob_key(run_id: str, digest: str) -> str:
    """Where the bytes of a run's candidate live."""
    return f"runs/{run_id}/blobs/{digest}"


def keep_candidate(store: Store, run_id: str, candidate: Candidate) -> Candidate:
    """Keep a candidate, unless the run has one: the first one that is kept is the run's. Raises StoreUnavailable."""
    parts = {ARTIFACT: candidate.artifact, **candidate.beside}
    digests = {role: sha256(data).hexdigest() for role, data in parts.items()}
    for role, data in parts.items():
        store.put(blob_key(run_id, digests[role]), [data])
    held = {
        "schema": SCHEMA,
        "described": candidate.described,
        "parts": digests,
        "refusals": candidate.refusals,
        "notes": candidate.notes,
    }
    try:
        store.put_if_absent(candidate_key(run_id), orjson.dumps(held, option=orjson.OPT_INDENT_2))
    except AlreadyExists:
        kept = read_candidate(store, run_id)
        assert kept is not None
        return kept
    return candidate


def read_candidate(store: Store, run_id: str) -> Candidate | None:
    """The candidate of a run that has come so far; raises CorruptObject for one that is damaged."""
    held = describe_candidate(store, run_id)
    if held is None:
        return None
    parts = {role: _part(store, run_id, digest) for role, digest in held["parts"].items()}
    artifact = parts.pop(ARTIFACT)
    return Candidate(artifact, held["described"], parts, tuple(held["refusals"]), tuple(held["notes"]))


def describe_candidate(store: Store, run_id: str) -> Json | None:
    """What is said of a run's candidate, without its bytes, of which it names the digests."""
    key = candidate_key(run_id)
    try:
        found = store.get(key)
    except FileNotFoundError:
        return None
    assert found is not None  # only a get with an ETag answers None
    try:
        held = orjson.loads(found.data)
    except orjson.JSONDecodeError as error:
        raise CorruptObject(f"{key} is not JSON: {error}.") from None
    if not isinstance(held, dict) or held.get("schema") != SCHEMA:
        raise CorruptObject(f"{key} is of no schema that this Modelet knows.")
    return held


def read_part(store: Store, run_id: str, role: str) -> bytes | None:
    """One thing that lies beside a run's candidate, such as its report; None where there is none."""
    held = describe_candidate(store, run_id)
    digest = held and held["parts"].get(role)
    return _part(store, run_id, digest) if digest else None


def _part(store: Store, run_id: str, digest: str) -> bytes:
    key = blob_key(run_id, digest)
    try:
        data = b"".join(store.stream(key))
    except FileNotFoundError:
        raise CorruptObject(f"{key} is missing in {store.url}.") from None
    if sha256(data).hexdigest() != digest:
        raise CorruptObject(f"{key} is damaged in {store.url}.")
    return data
