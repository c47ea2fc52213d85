"""Collecting blobs that no version names: what interrupted publishes and deleted versions leave behind."""

import time
from dataclasses import dataclass

from modelet.registry.blobs import GRACE_SECONDS, blob_key
from modelet.registry.names import is_model
from modelet.registry.reading import current_aliases, list_versions, read_manifest
from modelet.registry.recording import list_variants
from modelet.store.base import Entry, Store


@dataclass(frozen=True, slots=True)
class Garbage:
    """One blob that nothing names. `size` is in bytes."""

    model: str
    digest: str
    size: int


def find_garbage(store: Store, grace_seconds: float = GRACE_SECONDS) -> list[Garbage]:
    """All blobs older than the grace period that no version names, and no record of a variant of its artifact; deleted
    versions are not counted.
    """
    models = [name for name in store.folders("models/") if is_model(name)]
    return [garbage for model in models for garbage in _garbage_of(store, model, grace_seconds)]


def collect(store: Store, garbage: Garbage, grace_seconds: float = GRACE_SECONDS) -> bool:
    """Delete one blob, unless it has been named or written again since it was found."""
    key = blob_key(garbage.model, garbage.digest)
    if garbage.digest in _named(store, garbage.model):
        return False
    # Its age is looked at last: whoever is about to name it has written it again by then.
    try:
        found = store.head(key)
    except FileNotFoundError:
        return False
    if not _is_old(found, grace_seconds):
        return False
    store.delete(key)
    return True


def _garbage_of(store: Store, model: str, grace_seconds: float) -> list[Garbage]:
    old = [entry for entry in store.scan(f"models/{model}/blobs/") if _is_old(entry, grace_seconds)]
    named = _named(store, model) if old else set()
    found = ((entry.key.rsplit("/", 1)[-1], entry.size) for entry in old)
    return [Garbage(model, digest, size) for digest, size in found if digest not in named]


def _is_old(entry: Entry, grace_seconds: float) -> bool:
    return time.time() - entry.modified >= grace_seconds


def _named(store: Store, model: str) -> set[str]:
    versions = list_versions(store, model)
    if not versions:
        return set()
    deleted = current_aliases(store, model).aliases.deleted
    manifests = [read_manifest(store, model, version) for version in versions if version not in deleted]
    derived = (list_variants(store, model, artifact) for artifact in {held.artifact.sha256 for held in manifests})
    named = {variant.blob.sha256 for variants in derived for variant in variants}
    return named.union(*(manifest.named() for manifest in manifests))
