"""Taking versions elsewhere: to a local file, or to another store (staging to production) with digests kept."""

import secrets
from dataclasses import replace
from pathlib import Path

from modelet.manifest import Artifact, Manifest
from modelet.registry.blobs import Source, stream_blob
from modelet.registry.publishing import publish
from modelet.registry.reading import find_version, load_manifest
from modelet.store.base import Progress, Store


def pull(store: Store, manifest: Manifest, path: Path, progress: Progress | None = None) -> None:
    """Download the artifact to `path`, verified; the file appears whole or not at all. Raises CorruptObject."""
    being_written = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with being_written.open("xb") as file:
            for chunk in stream_blob(store, manifest.model, manifest.artifact, progress):
                file.write(chunk)
        being_written.replace(path)
    finally:
        being_written.unlink(missing_ok=True)


def copy(source: Store, model: str, version: int, target: Store, progress: Progress | None = None) -> Manifest:
    """Publish a version of `source` as the next version of the same model in `target`; blobs are verified on the way.

    The copy names its origin in its lineage. Raises as reading and publishing do.
    """
    manifest, digest = load_manifest(source, model, find_version(source, model, str(version)))
    lineage = {
        **manifest.lineage,
        "copied_from": {"store": source.url, "model": model, "version": version, "manifest": digest},
    }

    def opens(blob: Artifact) -> Source:
        return lambda: stream_blob(source, model, blob, progress)

    sources = {blob.sha256: opens(blob) for blob in (manifest.artifact, *manifest.blobs.values())}
    return publish(target, replace(manifest, lineage=lineage), sources)
