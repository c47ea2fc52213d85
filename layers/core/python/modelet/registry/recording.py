"""Writing and listing the records of variants: what only publishing and promoting do."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial

from modelet.errors import CorruptObject, UnknownSchema
from modelet.manifest import Variant
from modelet.manifest.variant import Variants, merged
from modelet.registry.blobs import Source, blob_key, stream_blob, write_blob
from modelet.registry.creating import create
from modelet.registry.names import check_model
from modelet.registry.variants import Fits, VariantRecord, parse_found, read_found, record_key, records_prefix
from modelet.store.base import Store

PARTS = 3
"""Of a record's name: runtime version, architecture and profile."""


def write_record(store: Store, model: str, record: VariantRecord) -> Variant:
    """Create a record unless there is one for the same runtime, architecture and profile; answers what that names.

    Raises CorruptObject or UnknownSchema for one that is there and cannot be read; RegistryBusy or StoreUnavailable.
    """
    key = record_key(check_model(model), record.artifact.sha256, record.fits)
    data = create(store, key, record.dump())
    return parse_found(store, key, data, record.artifact.sha256, record.fits)[1]


def write_variants(
    store: Store, model: str, records: Iterable[VariantRecord], sources: Mapping[str, Source]
) -> dict[Variant, Source]:
    """Write the bytes of variants, which `sources` opens by digest, and then their records; answers the variants that
    there are now, and what opens each.

    Where somebody recorded other bytes first, those are the variant. It is left out where they are gone, or where the
    record that is there cannot be read.
    """
    written: dict[Variant, Source] = {}
    for record in records:
        source = sources[record.blob.sha256]
        write_blob(store, model, record.blob, source)
        with suppress(CorruptObject, UnknownSchema):
            variant = write_record(store, model, record)
            if variant.blob != record.blob:
                source = partial(stream_blob, store, model, variant.blob)
                write_blob(store, model, variant.blob, source)
            written[variant] = source
    return written


def list_variants(store: Store, model: str, artifact: str) -> list[Variant]:
    """The variants of a canonical artifact, by its SHA-256, whoever derived them; in order of what they are for.

    Raises CorruptObject or UnknownSchema for a record that cannot be read.
    """
    return [read_found(store, model, artifact, fits)[1] for fits in _scan(store, model, artifact)]


def find_variants(store: Store, model: str, artifact: str, known: Variants) -> Variants:
    """The known variants of an artifact and those that were derived later.

    Passed over are records that this code cannot read, and those whose bytes were collected while no version named the
    artifact.
    """
    have = {variant.fits for variant in known}
    found = []
    for fits in _scan(store, model, artifact):
        if fits not in have:
            with suppress(CorruptObject, UnknownSchema, FileNotFoundError):
                variant = read_found(store, model, artifact, fits)[1]
                if store.head(blob_key(model, variant.blob.sha256)).size == variant.blob.size:
                    found.append(variant)
    return merged(known, found)


def _scan(store: Store, model: str, artifact: str) -> list[Fits]:
    keys = (entry.key for entry in store.scan(records_prefix(check_model(model), artifact)))
    return sorted(fits for key in keys if (fits := _fits_of(key)))


def _fits_of(key: str) -> Fits | None:
    # What newer code may keep there under other names is passed over.
    name, _, kind = key.rsplit("/", 1)[-1].rpartition(".")
    parts = name.split("-")
    return (parts[0], parts[1], parts[2]) if kind == "json" and len(parts) == PARTS else None
