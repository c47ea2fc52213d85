"""Publishing: blobs first, then the records of variants, the manifest last and if absent. A version exists when its
manifest does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelet.errors import CorruptObject, InvalidRequest, UnknownSchema
from modelet.manifest import Manifest
from modelet.manifest.variant import merged
from modelet.registry.blobs import Source, write_blob
from modelet.registry.creating import create
from modelet.registry.keys import version_key
from modelet.registry.names import check_model
from modelet.registry.operations import new_operation, now
from modelet.registry.reading import list_versions, read_manifest
from modelet.registry.recording import write_variants
from modelet.registry.variants import VariantRecord
from modelet.store.base import Store


@dataclass(frozen=True, slots=True)
class Once:
    """A publication that may be begun again, by another process even, and still makes one version: its operation id,
    and the newest version when it was first decided on (0 for none).
    """

    operation: str
    after: int


def publish(
    store: Store,
    draft: Manifest,
    sources: Mapping[str, Source],
    once: Once | None = None,
    records: Iterable[VariantRecord] = (),
) -> Manifest:
    """Publish a draft as the next version of its model, with the variants that `records` describe, and answer the
    published manifest.

    `sources` opens each blob that the draft or a record names, by digest. The number is the lowest that is free: a
    loser of a race takes the next one, and only because this one exists. Raises InvalidRequest, before anything is
    written, for a draft that could not be read back; RegistryBusy or StoreUnavailable: then no version was made by us
    that we know of, and blobs that nothing names are collected later. With `once`, answers the version that an earlier
    try has made.
    """
    model = check_model(draft.model)
    operation = once.operation if once else new_operation()
    draft = draft._replace(operation=operation, created=now(), version=1, variants=())
    _check(draft)
    _write_blobs(store, draft, sources)
    variants = write_variants(store, model, records, sources)
    draft = draft._replace(variants=merged(variants, ()))
    versions = list_versions(store, model)
    made = once and _made(store, model, once, versions)
    if made:
        return read_manifest(store, model, made)
    version = (versions or [0])[-1] + 1
    while _create(store, draft._replace(version=version)) != draft.operation:
        version += 1
    # A collection may have looked at an old blob before we wrote it again, and deleted it after; now it is named.
    _write_blobs(store, draft, {**sources, **{variant.blob.sha256: source for variant, source in variants.items()}})
    return read_manifest(store, model, version) if once else draft._replace(version=version)


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
    for blob in draft.needs():
        write_blob(store, draft.model, blob, sources[blob.sha256])


def _create(store: Store, manifest: Manifest) -> str:
    # Answers the operation that made this version: ours, or the winner's.
    key = version_key(manifest.model, manifest.version)
    return _operation(create(store, key, manifest.dump()), key)


def _operation(data: bytes, key: str) -> str:
    try:
        return Manifest.parse(data, key).operation
    except (CorruptObject, UnknownSchema):
        return ""  # somebody's, and not ours: ours is well formed
