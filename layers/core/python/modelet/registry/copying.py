"""Taking versions elsewhere: to a local file, or to another store (staging to production) with digests kept."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from modelet.errors import UnknownSchema
from modelet.manifest import Artifact, Manifest
from modelet.manifest.document import WEIGHTS_FILE
from modelet.manifest.variant import Variants
from modelet.registry.blobs import Source, stream_blob
from modelet.registry.publishing import publish
from modelet.registry.reading import find_manifest
from modelet.registry.recording import find_variants
from modelet.registry.variants import VariantRecord, read_record
from modelet.store.base import Progress, Store


def pull(store: Store, manifest: Manifest, path: Path, progress: Progress | None = None) -> None:
    """Download the artifact to `path`, and its weights beside it first, where they do not fit into it; verified, and
    each file appears whole or not at all. Raises CorruptObject.
    """
    if manifest.weights:
        _download(store, manifest.model, manifest.weights, path.with_name(WEIGHTS_FILE), progress)
    _download(store, manifest.model, manifest.artifact, path, progress)


def copy(source: Store, model: str, version: int, target: Store, progress: Progress | None = None) -> Manifest:
    """Publish a version of `source` as the next version of the same model in `target`, with every variant that there
    is of it; blobs are verified on the way.

    The copy names its origin in its lineage. Raises as reading and publishing do.
    """
    manifest, digest = find_manifest(source, model, str(version))
    lineage = {
        **manifest.lineage,
        "copied_from": {"store": source.url, "model": model, "version": version, "manifest": digest},
    }

    def opens(blob: Artifact) -> Source:
        return lambda: stream_blob(source, model, blob, progress)

    whole = complete(source, manifest)
    artifact = manifest.artifact.sha256
    records = list(_records(source, model, artifact, whole.variants))
    sources = {blob.sha256: opens(blob) for blob in whole.needs()}
    return publish(target, manifest._replace(lineage=lineage), sources, records=records)


def _download(store: Store, model: str, blob: Artifact, path: Path, progress: Progress | None) -> None:
    being_written = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with being_written.open("xb") as file:
            for chunk in stream_blob(store, model, blob, progress):
                file.write(chunk)
        being_written.replace(path)
    finally:
        being_written.unlink(missing_ok=True)


def _records(store: Store, model: str, artifact: str, variants: Variants) -> Iterator[VariantRecord]:
    for variant in variants:
        with suppress(UnknownSchema):  # newer code wrote it, and can derive it again
            yield read_record(store, model, artifact, variant)


def complete(store: Store, manifest: Manifest) -> Manifest:
    """The manifest with the variants that were derived after it was published."""
    found = find_variants(store, manifest.model, manifest.artifact.sha256, manifest.variants)
    return manifest._replace(variants=found)
