"""Collecting blobs that no version names: what interrupted publishes and deleted versions leave behind."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from modelet.registry.blobs import GRACE_SECONDS
from modelet.registry.reading import current_aliases, list_versions, read_manifest
from modelet.store.base import Entry, Store


@dataclass(frozen=True, slots=True)
class Garbage:
    """One blob that nothing names. `size` is in bytes."""

    model: str
    digest: str
    size: int


def find_garbage(store: Store, grace_seconds: float = GRACE_SECONDS) -> list[Garbage]:
    """All blobs older than the grace period that no version names, deleted versions not counted."""
    return [garbage for model in _folders(store) for garbage in _garbage_of(store, model, grace_seconds)]


def collect(store: Store, garbage: Garbage, grace_seconds: float = GRACE_SECONDS) -> bool:
    """Delete one blob, unless it has been named or written again since it was found."""
    again = _garbage_of(store, garbage.model, grace_seconds, only=garbage.digest)
    for found in again:
        store.delete(f"models/{found.model}/blobs/{found.digest}")
    return bool(again)


def _folders(store: Store) -> list[str]:
    return store.folders("models/")


def _garbage_of(store: Store, model: str, grace_seconds: float, only: str = "") -> list[Garbage]:
    # Blobs are listed before manifests are read: a blob whose manifest appears in between is named by then.
    old = [entry for entry in _blobs(store, model, only) if time.time() - entry.modified >= grace_seconds]
    named = _named(store, model) if old else set()
    found = ((entry.key.rsplit("/", 1)[-1], entry.size) for entry in old)
    return [Garbage(model, digest, size) for digest, size in found if digest not in named]


def _blobs(store: Store, model: str, only: str) -> Iterator[Entry]:
    if not only:
        yield from store.scan(f"models/{model}/blobs/")
        return
    try:
        yield store.head(f"models/{model}/blobs/{only}")
    except FileNotFoundError:
        return


def _named(store: Store, model: str) -> set[str]:
    versions = list_versions(store, model)
    if not versions:
        return set()
    deleted = current_aliases(store, model).aliases.deleted
    manifests = (read_manifest(store, model, version) for version in versions if version not in deleted)
    return set().union(*(manifest.named() for manifest in manifests))
