"""Reading a registry: models, versions, manifests and aliases on a store. Nothing here writes."""

import re
from hashlib import sha256
from typing import NamedTuple

from modelet.errors import CorruptObject, ModelNotFound, VersionNotFound
from modelet.manifest import Manifest
from modelet.registry.aliases import Aliases, Target, first_alias
from modelet.registry.keys import aliases_key, version_key
from modelet.registry.names import check_model, is_model, parse_ref
from modelet.store.base import Store

_MANIFEST = re.compile(r"([1-9][0-9]{0,8})\.json")


class AliasState(NamedTuple):
    """The alias document as it was read. `etag` is None where there is no document yet."""

    aliases: Aliases
    etag: str | None


def list_models(store: Store) -> list[str]:
    """The names of all models that have at least one version; whatever else lies there is passed over."""
    return [name for name in store.folders("models/") if is_model(name) and list_versions(store, name)]


def list_versions(store: Store, model: str) -> list[int]:
    """All version numbers ever published, ascending, deleted ones included; empty for an unknown model."""
    folder = f"models/{check_model(model)}/versions/"
    names = (entry.key.removeprefix(folder) for entry in store.scan(folder))
    return sorted(int(found[1]) for name in names if (found := _MANIFEST.fullmatch(name)))


def read_manifest(store: Store, model: str, version: int, digest: str | None = None) -> Manifest:
    """Read one manifest, verified against `digest` where that is known.

    Raises VersionNotFound, or ModelNotFound where the model has no version at all; CorruptObject; UnknownSchema.
    """
    return load_manifest(store, model, version, digest)[0]


def load_manifest(store: Store, model: str, version: int, digest: str | None = None) -> tuple[Manifest, str]:
    """Like read_manifest, and the SHA-256 of the bytes that were read."""
    key = version_key(check_model(model), version)
    try:
        found = store.get(key)
    except FileNotFoundError:
        raise _no_version(store, model, version) from None
    assert found is not None  # only a get with an ETag answers None
    actual = sha256(found.data).hexdigest()
    if digest is not None and actual != digest:
        raise CorruptObject(f"{key} in {store.url} must have sha256:{digest}, but has sha256:{actual}.")
    manifest = Manifest.parse(found.data, key)
    if (manifest.model, manifest.version) != (model, version):
        raise CorruptObject(f"{key} in {store.url} describes {manifest.model!r} version {manifest.version}.")
    return manifest, actual


def read_aliases(store: Store, model: str, unless: str | None = None) -> AliasState | None:
    """The alias document, or None when its ETag still is `unless`; raises ModelNotFound.

    Where nothing was promoted yet there is no document, and `live` leads to version 1.
    """
    key = aliases_key(check_model(model))
    try:
        found = store.get(key, unless)
    except FileNotFoundError:
        return AliasState(first_alias(make_target(store, model, 1)), None)
    return None if found is None else AliasState(Aliases.parse(found.data, key), found.etag)


def current_aliases(store: Store, model: str) -> AliasState:
    """The alias document as it is now; raises ModelNotFound."""
    state = read_aliases(store, model)
    assert state is not None
    return state


def make_target(store: Store, model: str, version: int, weight: float = 1.0) -> Target:
    """The alias target for a published version, with the variants of its manifest; raises VersionNotFound or
    ModelNotFound.
    """
    manifest, digest = load_manifest(store, model, version)
    return Target(version, weight, digest, manifest.artifact, manifest.variants)


def find_version(store: Store, model: str, ref: str) -> int:
    """The version that a number or an alias names; of a split alias, the one with the largest share.

    Raises InvalidName, AliasNotFound, ModelNotFound, or VersionNotFound for a version that was deleted.
    """
    return _locate(store, model, ref)[0]


def find_manifest(store: Store, model: str, ref: str) -> tuple[Manifest, str]:
    """The manifest of the version that find_version finds, and the SHA-256 of its bytes; verified, where an alias leads
    to the version or has led to it. Raises CorruptObject and UnknownSchema, too.
    """
    version, digest = _locate(store, model, ref)
    return load_manifest(store, model, version, digest)


def _locate(store: Store, model: str, ref: str) -> tuple[int, str | None]:
    parsed = parse_ref(ref)
    aliases = current_aliases(store, model).aliases
    if isinstance(parsed, int):
        if parsed in aliases.deleted:
            raise VersionNotFound(f"Version {parsed} of model {model!r} was deleted.")
        states = (targets for alias in aliases.aliases.values() for targets in (alias.named, *alias.previous))
        known = {target.version: target.manifest for targets in states for target in targets}
        return parsed, known.get(parsed)
    target = max(aliases.alias(parsed).targets, key=lambda target: target.weight)
    return target.version, target.manifest


def _no_version(store: Store, model: str, version: int) -> ModelNotFound | VersionNotFound:
    versions = list_versions(store, model)
    if versions:
        return VersionNotFound(f"Model {model!r} has no version {version}; the newest is {versions[-1]}.")
    return ModelNotFound(f"There is no model {model!r}.")
