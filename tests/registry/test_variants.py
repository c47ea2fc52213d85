"""Records of variants: strict, verified by whoever names them, written once, added to and never changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelet.errors import CorruptObject, InvalidName, RegistryBusy, StoreUnavailable, UnknownSchema
from modelet.manifest import Artifact, Variant
from modelet.registry.blobs import blob_key, read_blob
from modelet.registry.recording import find_variants, list_variants, write_record
from modelet.registry.variants import SCHEMA, VariantRecord, read_record, record_key
from modelet.store import open_store
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, snapshot
from tests.registry.faulty_store import Fault, FaultyStore
from tests.registry.variants import RUNTIME, derive_later, record_of

ONE = artifact_of(b"one").sha256
FITS = (RUNTIME, "x86_64", "latency")
KEY = f"models/m/variants/{ONE}/{RUNTIME}-x86_64-latency.json"

DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
PARTS = st.from_regex(r"[a-z0-9][a-z0-9._+]{0,12}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def records(draw: st.DrawFn) -> VariantRecord:
    size, range_bytes = draw(st.integers(0, 40)), draw(st.integers(1, 10))
    count = -(-size // range_bytes)
    return VariantRecord(
        artifact=Artifact(draw(DIGESTS), draw(st.integers(0, 2**40))),
        runtime=draw(PARTS),
        architecture=draw(PARTS),
        profile=draw(PARTS),
        format=draw(TEXT),
        blob=Artifact(draw(DIGESTS), size),
        range_bytes=range_bytes,
        ranges=tuple(draw(st.lists(DIGESTS, min_size=count, max_size=count))),
        options=draw(st.dictionaries(TEXT, st.booleans() | TEXT, max_size=3)),
        measured=draw(st.dictionaries(TEXT, NUMBERS, max_size=3)),
        parity=draw(NUMBERS),
    )


@given(records())
def test_what_is_dumped_is_what_is_parsed(record: VariantRecord) -> None:
    data = record.dump()

    assert VariantRecord.parse(data, KEY) == record
    assert VariantRecord.parse(data, KEY).dump() == data


def document() -> dict[str, Any]:
    held: dict[str, Any] = json.loads(record_of(b"one", b"one, ready").dump())
    return held


def test_fields_of_newer_code_survive() -> None:
    held = document()
    held["compression"] = "zstd"
    held["blob"]["parts"] = [1]

    assert json.loads(VariantRecord.parse(json.dumps(held).encode(), KEY).dump()) == held


WRONG: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d.pop("artifact"), "artifact must be an object"),
    (lambda d: d.update(runtime="../1"), "runtime must be 1 to 64 letters"),
    (lambda d: d.update(architecture="x86-64"), "architecture must be 1 to 64 letters"),
    (lambda d: d.update(profile=""), "profile must be 1 to 64 letters"),
    (lambda d: d.update(format=1), "format must be text"),
    (lambda d: d["blob"].update(size=-1), "blob: size must be at least 0"),
    (lambda d: d.update(range_bytes=0), "range_bytes must be at least 1, but is 0"),
    (lambda d: d["ranges"].pop(), "ranges must be 3 digests, but are 2"),
    (lambda d: d["ranges"].append("a" * 64), "ranges must be 3 digests, but are 4"),
    (lambda d: d["ranges"].__setitem__(0, 7), "ranges must be 64 hexadecimal digits, but is 7"),
    (lambda d: d.update(options=[]), "options must be an object"),
    (lambda d: d["measured"].update(load_ms="fast"), "measured: load_ms must be a number"),
    (lambda d: d.pop("parity"), "parity must be a number"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_wrong_field_is_named_with_its_path(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    held = document()
    change(held)

    with pytest.raises(CorruptObject, match=f"^{KEY}: (.*: )?{problem}"):
        VariantRecord.parse(json.dumps(held).encode(), KEY)


def test_a_record_lies_where_the_design_says(store: Store) -> None:
    derive_later(store, b"one", b"one, ready")

    assert record_key("m", ONE, FITS) == KEY
    assert set(snapshot(store)) == {KEY, blob_key("m", artifact_of(b"one, ready").sha256)}


def test_a_record_is_read_by_what_names_it(store: Store) -> None:
    record = record_of(b"one", b"one, ready")

    (variant,) = derive_later(store, b"one", b"one, ready")

    assert read_record(store, "m", ONE, variant) == record
    assert (variant.fits, variant.blob, variant.prepacking) == (FITS, record.blob, False)
    assert read_blob(store, "m", variant.blob) == b"one, ready"


@pytest.mark.parametrize("prepacking", [True, False])
def test_a_variant_says_how_it_is_loaded(store: Store, prepacking: bool) -> None:
    (variant,) = derive_later(store, b"one", b"ready", options={"prepacking": prepacking})

    assert variant.prepacking is prepacking


OTHERS: dict[str, Callable[[Store, Variant], object]] = {
    "missing": lambda store, _: store.delete(KEY),
    "has sha256": lambda store, _: store.put(KEY, [record_of(b"one", b"one, ready", parity=0.5).dump()]),
    f"{KEY}.* describes": lambda store, _: store.put(KEY, [record_of(b"two", b"one, ready").dump()]),
    "for 1.0 x86_64": lambda store, _: store.put(KEY, [record_of(b"one", b"one, ready", runtime="1.0").dump()]),
    "is not JSON": lambda store, _: store.put(KEY, [b"{"]),
}


@pytest.mark.parametrize("problem", OTHERS)
def test_a_record_that_is_another_is_refused(store: Store, problem: str) -> None:
    (variant,) = derive_later(store, b"one", b"one, ready")
    OTHERS[problem](store, variant)

    with pytest.raises(CorruptObject, match=problem):
        read_record(store, "m", ONE, variant)


def test_a_record_that_names_another_blob_than_the_manifest_is_refused(store: Store) -> None:
    (variant,) = derive_later(store, b"one", b"one, ready")

    with pytest.raises(CorruptObject, match=KEY):
        read_record(store, "m", ONE, variant._replace(blob=artifact_of(b"other")))


def test_the_first_record_stays_and_the_second_deriver_takes_it(store: Store) -> None:
    first = write_record(store, "m", record_of(b"one", b"one, ready"))

    second = write_record(store, "m", record_of(b"one", b"one, ready", measured={"load_ms": 9.0}))

    assert second == first
    assert read_record(store, "m", ONE, second).measured == {"load_ms": 0.5}


def test_where_somebody_recorded_other_bytes_those_are_the_variant(store: Store) -> None:
    (first,) = derive_later(store, b"one", b"one, ready")

    assert derive_later(store, b"one", b"one, otherwise") == (first,)


def test_a_recorded_variant_whose_bytes_are_gone_is_left_out(store: Store) -> None:
    (first,) = derive_later(store, b"one", b"one, ready")
    store.delete(blob_key("m", first.blob.sha256))

    assert derive_later(store, b"one", b"one, otherwise") == ()
    assert derive_later(store, b"one", b"one, ready") == (first,)


@pytest.mark.parametrize("found", [b"{", b'{"schema": 99}'])
def test_a_variant_whose_record_cannot_be_read_is_left_out(store: Store, found: bytes) -> None:
    store.put(KEY, [found])

    assert derive_later(store, b"one", b"one, ready") == ()


def test_variants_are_listed_by_what_they_are_for(store: Store) -> None:
    wanted = [("1.31.0", "arm64", "batch"), ("1.31.0", "x86_64", "latency"), ("1.32.0", "arm64", "latency")]
    for runtime, architecture, profile in reversed(wanted):
        derive_later(store, b"one", b"ready", runtime=runtime, architecture=architecture, profile=profile)
    derive_later(store, b"two", b"another's")
    store.put(f"models/m/variants/{ONE}/notes.txt", [b"of newer code"])

    assert [variant.fits for variant in list_variants(store, "m", ONE)] == wanted
    assert list_variants(store, "m", artifact_of(b"three").sha256) == []
    with pytest.raises(InvalidName):
        list_variants(store, "../m", ONE)


def test_what_is_found_later_is_added_and_what_cannot_be_read_or_is_gone_is_passed_over(store: Store) -> None:
    (known,) = derive_later(store, b"one", b"ready")
    (later,) = derive_later(store, b"one", b"ready", runtime="1.33.0")
    store.put(record_key("m", ONE, ("2.0", "x86_64", "latency")), [json.dumps({"schema": SCHEMA + 1}).encode()])

    derive_later(store, b"one", b"collected", runtime="1.34.0")
    store.delete(blob_key("m", artifact_of(b"collected").sha256))

    assert find_variants(store, "m", ONE, (known,)) == (known, later)
    with pytest.raises(UnknownSchema):
        list_variants(store, "m", ONE)


SCRIPTS = [[Fault.BEFORE], [Fault.AFTER], [Fault.RETRIED], [Fault.CONFLICT] * 3, [Fault.BEFORE, Fault.AFTER]]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: "+".join(fault.name for fault in script))
def test_a_record_whose_writing_goes_wrong_on_the_way_is_there_in_the_end(tmp_path: Path, script: list[Fault]) -> None:
    record = record_of(b"one", b"one, ready")
    real = open_store(f"file://{tmp_path}/store")

    variant = write_record(FaultyStore(real, *script), "m", record)

    assert read_record(real, "m", ONE, variant) == record


@pytest.mark.parametrize(("fault", "error"), [(Fault.BEFORE, StoreUnavailable), (Fault.CONFLICT, RegistryBusy)])
def test_a_store_that_fails_for_ever_is_given_up(tmp_path: Path, fault: Fault, error: type[Exception]) -> None:
    failing = FaultyStore(open_store(f"memory://{tmp_path}"), fault, forever=True)

    with pytest.raises(error):
        write_record(failing, "m", record_of(b"one", b"one, ready"))
