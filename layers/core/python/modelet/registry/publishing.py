"""Publishing: blobs first, the manifest last and if absent. A version exists when its manifest does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modelet.errors import CorruptObject, InvalidRequest, RegistryBusy, StoreUnavailable, UnknownSchema
from modelet.manifest import Artifact, Manifest
from modelet.registry.blobs import Source, write_blob
from modelet.registry.names import check_model
from modelet.registry.operations import WRITE_FAILURES, attempts, new_operation, now
from modelet.registry.reading import list_versions, read_manifest, version_key
from modelet.store.base import AlreadyExists, Store

FRUITLESS_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Once:
    """A publication that may be begun again, by another process even, and still makes one version: its operation id,
    and the newest version when it was first decided on (0 for none).
    """

    operation: str
    after: int


def publish(store: Store, draft: Manifest, sources: Mapping[str, Source], once: Once | None = None) -> Manifest:
    """Publish a draft as the next version of its model and answer the published manifest.

    `sources` opens each blob that the draft names, by digest. The number is the lowest that is free: a loser of a race
    takes the next one, and only because this one exists. Raises InvalidRequest, before anything is written, for a draft
    that could not be read back; RegistryBusy or StoreUnavailable: then no version was made by us that we know of, and
    blobs that nothing names are collected later. With `once`, answers the version that an earlier try has made.
    """
    model = check_model(draft.model)
    operation = once.operation if once else new_operation()
    draft = replace(draft, operation=operation, created=now(), version=1)
    _check(draft)
    _write_blobs(store, draft, sources)
    versions = list_versions(store, model)
    made = once and _made(store, model, once, versions)
    if made:
        return read_manifest(store, model, made)
    version = (versions or [0])[-1] + 1
    while _create(store, replace(draft, version=version)) != draft.operation:
        version += 1
    # A collection may have looked at an old blob before we wrote it again, and deleted it after; now it is named.
    _write_blobs(store, draft, sources)
    return read_manifest(store, model, version) if once else replace(draft, version=version)


def _made(store: Store, model: str, once: Once, versions: list[int]) -> int | None:
    # The versions that are published from now on are looked at one by one when they are found to be taken.
    for version in versions:
        key = version_key(model, version)
        if version > once.after and (found := store.get(key)) and _operation(found.data, key) == once.operation:
            return version
    return None


def _check(draft: Manifest) -> None:
    try:
        Manifest.parse(draft.dump(), f"The manifest of {draft.model!r}")
    except CorruptObject as error:
        raise InvalidRequest(error.message) from None


def _write_blobs(store: Store, draft: Manifest, sources: Mapping[str, Source]) -> None:
    for blob in _named(draft):
        write_blob(store, draft.model, blob, sources[blob.sha256])


def _named(draft: Manifest) -> list[Artifact]:
    return list({blob.sha256: blob for blob in (draft.artifact, *draft.blobs.values())}.values())


def _create(store: Store, manifest: Manifest) -> str:
    # Answers the operation that made this version: ours, or the winner's.
    key, data = version_key(manifest.model, manifest.version), manifest.dump()
    failures: list[StoreUnavailable] = []
    for _ in attempts(FRUITLESS_ATTEMPTS):
        try:
            store.put_if_absent(key, data)
            return manifest.operation
        except AlreadyExists:
            pass  # by our own write, another's, or one that is still under way: reading tells
        except StoreUnavailable as error:
            failures.append(error)
        try:
            found = store.get(key)
        except FileNotFoundError:
            found = None
        if found is not None:
            return _operation(found.data, key)
        if len(failures) == WRITE_FAILURES:
            raise failures[-1]
    raise RegistryBusy(f"Version {manifest.version} of {manifest.model!r} could not be created; try again.")


def _operation(data: bytes, key: str) -> str:
    try:
        return Manifest.parse(data, key).operation
    except (CorruptObject, UnknownSchema):
        return ""  # somebody's, and not ours: ours is well formed
