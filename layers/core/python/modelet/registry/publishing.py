"""Publishing: blobs first, the manifest last and if absent. A version exists when its manifest does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from modelet.errors import CorruptObject, RegistryBusy, StoreUnavailable, UnknownSchema
from modelet.manifest import Artifact, Manifest
from modelet.registry.blobs import write_blob
from modelet.registry.names import check_model
from modelet.registry.operations import attempts, new_operation, now
from modelet.registry.reading import list_versions, version_key
from modelet.store.base import AlreadyExists, Store

Source = Callable[[], Iterable[bytes]]
"""Opens a blob's content; called only when it has to be uploaded, and again when it has to be uploaded again."""

FRUITLESS_ATTEMPTS = 8


def publish(store: Store, draft: Manifest, sources: Mapping[str, Source]) -> Manifest:
    """Publish a draft as the next version of its model and answer the published manifest.

    `sources` opens each blob that the draft names, by digest. The number is the lowest that is free: a loser of a race
    takes the next one, and only because this one exists. Raises RegistryBusy or StoreUnavailable; then no version was
    made by us that we know of, and blobs that nothing names are collected later.
    """
    model = check_model(draft.model)
    for blob in _named(draft):
        write_blob(store, model, blob, sources[blob.sha256]())
    draft = replace(draft, operation=new_operation(), created=now())
    version = (list_versions(store, model) or [0])[-1] + 1
    while True:
        published = replace(draft, version=version)
        winner = _create(store, published)
        if winner == draft.operation:
            return published
        version += 1


def _named(draft: Manifest) -> list[Artifact]:
    return list({blob.sha256: blob for blob in (draft.artifact, *draft.blobs.values())}.values())


def _create(store: Store, manifest: Manifest) -> str:
    # Answers the operation that made this version: ours, or the winner's.
    key, data = version_key(manifest.model, manifest.version), manifest.dump()
    failure: Exception | None = None
    for _ in attempts(FRUITLESS_ATTEMPTS):
        try:
            store.put_if_absent(key, data)
            return manifest.operation
        except (AlreadyExists, StoreUnavailable) as error:
            failure = error
        try:
            found = store.get(key)
        except FileNotFoundError:
            continue
        except StoreUnavailable as error:
            failure = error
            continue
        assert found is not None
        return _operation(found.data, key)
    if isinstance(failure, StoreUnavailable):
        raise failure
    raise RegistryBusy(
        f"Version {manifest.version} of {manifest.model!r} could not be created; try again."
    ) from failure


def _operation(data: bytes, key: str) -> str:
    try:
        return Manifest.parse(data, key).operation
    except (CorruptObject, UnknownSchema):
        return ""  # somebody's, and not ours: ours is well formed
