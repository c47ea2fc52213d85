"""Versions to publish: small blobs with a manifest around them. The registry never looks into an artifact."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from modelet.manifest import Artifact, Manifest, Signature, TensorSpec
from modelet.registry.blobs import Source
from modelet.registry.publishing import publish
from modelet.store.base import Store

SIGNATURE = Signature((TensorSpec("x", "FP32", (-1, 4)),), (TensorSpec("y", "FP32", (-1,)),), batched=True)


def artifact_of(data: bytes) -> Artifact:
    return Artifact(sha256(data).hexdigest(), len(data))


def draft_of(model: str, data: bytes, **fields: Any) -> Manifest:
    return Manifest(model=model, artifact=artifact_of(data), signature=SIGNATURE, **fields)


def source_of(data: bytes) -> Source:
    return lambda: [data]


def publish_bytes(store: Store, model: str, data: bytes, **fields: Any) -> Manifest:
    return publish(store, draft_of(model, data, **fields), {artifact_of(data).sha256: source_of(data)})


def with_blob(draft: Manifest, role: str, data: bytes) -> Manifest:
    return draft._replace(blobs={**draft.blobs, role: artifact_of(data)})


def failing_source(error: BaseException, *before: bytes) -> Callable[[], Iterable[bytes]]:
    def opened() -> Iterable[bytes]:
        yield from before
        raise error

    return opened


def snapshot(store: Store, prefix: str = "") -> dict[str, bytes]:
    """The bytes of every object but the alias documents, which alone may change."""
    keys = [entry.key for entry in store.scan(prefix) if not entry.key.endswith("/aliases.json")]
    return {key: b"".join(store.stream(key)) for key in keys}
