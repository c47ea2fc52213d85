"""Derive: add the variants of the runtime that is installed here to a version that was published before it was."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from modelet.manifest import PROFILES, Manifest, Variant
from modelet.manifest.variant import ARCHITECTURE, Variants, merged
from modelet.predict.runtime import installed_runtime
from modelet.publish.child import CANONICAL
from modelet.publish.sandbox import derived_from
from modelet.publish.step import Limits
from modelet.publish.uploading import Transfer, uploading
from modelet.publish.variants import describe
from modelet.registry.changing import announce
from modelet.registry.copying import pull
from modelet.registry.reading import read_manifest
from modelet.registry.recording import find_variants, write_variants
from modelet.store.base import Store


@dataclass(frozen=True, slots=True)
class Derivation:
    """What came of it: every variant of the version, those of them that are new, and by profile why there is none."""

    manifest: Manifest
    variants: Variants
    new: Variants
    without: dict[str, str]


def derive(
    store: Store, model: str, version: int, limits: Limits | None = None, transfer: Transfer | None = None
) -> Derivation:
    """Add the variants of the installed runtime and this architecture to a version, unless it has them, and tell the
    aliases that lead to its artifact.

    Raises ModelNotFound or VersionNotFound, CorruptObject for an artifact that is damaged, and RegistryBusy or
    StoreUnavailable: then the same call goes on where this one ended.
    """
    manifest = read_manifest(store, model, version)
    artifact = manifest.artifact.sha256
    known = find_variants(store, model, artifact, manifest.variants)
    wanted = {(installed_runtime(), ARCHITECTURE, profile) for profile in PROFILES}
    written: tuple[Variant, ...] = ()
    without: dict[str, str] = {}
    if not wanted <= {variant.fits for variant in known}:
        written, without = _write(store, manifest, limits or Limits(), transfer)
    variants = merged(known, written)
    new = tuple(variant for variant in variants if variant not in known)
    announce(store, model, artifact, variants, always=bool(new))
    return Derivation(manifest, variants, new, without)


def _write(
    store: Store, manifest: Manifest, limits: Limits, transfer: Transfer | None
) -> tuple[Variants, dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="modelet-") as folder:
        canonical = Path(folder) / CANONICAL
        pull(store, manifest, canonical)
        with derived_from(canonical, manifest.signature, manifest.opsets, limits) as derived:
            described = describe(derived, manifest.artifact)
            with uploading(described.files(), transfer) as sources:
                written = write_variants(store, manifest.model, described.records.values(), sources)
                # A collection may have looked at an old blob before it was written again, and deleted it after.
                written |= write_variants(store, manifest.model, described.records.values(), sources)
            return tuple(written), derived.without
