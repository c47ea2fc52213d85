"""What manifests and aliases say of variants: optional, strict, kept whole across code versions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelet.errors import CorruptObject
from modelet.manifest import BATCH, LATENCY, Artifact, Manifest, Signature, Variant
from modelet.manifest.variant import merged

WHERE = "models/m/versions/3.json"

DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
PARTS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+]{0,12}", fullmatch=True)
NOTHING: st.SearchStrategy[dict[str, Any]] = st.just({})
BLOBS = st.builds(Artifact, DIGESTS, st.integers(0, 2**40), NOTHING)
VARIANTS = st.builds(Variant, PARTS, PARTS, PARTS, DIGESTS, BLOBS, st.booleans(), NOTHING)


def manifest(*variants: Variant) -> Manifest:
    return Manifest("m", Artifact("a" * 64, 17), Signature((), ()), version=3, variants=variants)


def variant(runtime: str = "1.32.0", profile: str = LATENCY, blob: str = "b") -> Variant:
    return Variant(runtime, "x86_64", profile, "c" * 64, Artifact(blob * 64, 9))


def read_back(held: Manifest, change: Callable[[dict[str, Any]], object] = lambda _: None) -> Manifest:
    document = json.loads(held.dump())
    change(document)
    return Manifest.parse(json.dumps(document).encode(), WHERE)


@given(st.lists(VARIANTS, max_size=3))
def test_what_is_dumped_is_what_is_parsed(variants: list[Variant]) -> None:
    assert read_back(manifest(*variants)) == manifest(*variants)


def test_a_manifest_without_variants_is_as_it_always_was() -> None:
    assert b"variants" not in manifest().dump()
    assert read_back(manifest(), lambda d: d.update(variants=None)) == manifest()


def test_fields_of_newer_code_survive() -> None:
    held = json.loads(manifest(variant()).dump())
    held["variants"][0]["layout"] = "nchwc16"
    held["variants"][0]["blob"]["parts"] = [1]

    assert json.loads(Manifest.parse(json.dumps(held).encode(), WHERE).dump()) == held


def test_variants_of_newer_code_are_read_too() -> None:
    newer = variant()._replace(architecture="riscv64", profile="throughput")

    assert read_back(manifest(newer)).variants == (newer,)


WRONG: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d.update(variants={}), "variants must be a list"),
    (lambda d: d["variants"].append(1), r"variants\[1\] must be a JSON object"),
    (lambda d: d["variants"][0].update(runtime=1), r"variants\[0\]: runtime must be text"),
    (lambda d: d["variants"][0].update(runtime="1/../2"), r"variants\[0\]: runtime must be 1 to 64 letters"),
    (lambda d: d["variants"][0].update(architecture=""), r"variants\[0\]: architecture must be 1 to 64 letters"),
    (lambda d: d["variants"][0].update(profile="a-b"), r"variants\[0\]: profile must be 1 to 64 letters"),
    (lambda d: d["variants"][0].update(record="c"), r"variants\[0\]: record must be 64 hexadecimal digits"),
    (lambda d: d["variants"][0]["blob"].pop("size"), r"variants\[0\]: blob: size must be a whole number"),
    (lambda d: d["variants"][0].update(prepacking=1), r"variants\[0\]: prepacking must be true or false"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_wrong_field_is_named_with_its_path(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    with pytest.raises(CorruptObject, match=f"^{WHERE}: {problem}"):
        read_back(manifest(variant()), change)


def test_the_blobs_of_variants_are_needed_each_once_and_the_artifact_first() -> None:
    held = manifest(variant(), variant(profile=BATCH), variant("1.33.0", blob="d"))

    assert [blob.sha256[0] for blob in held.needs()] == ["a", "b", "d"]
    assert held.named() == {"a" * 64, "b" * 64, "d" * 64}


def test_merging_keeps_what_is_known_and_adds_the_rest_in_the_order_of_what_they_are_for() -> None:
    known = variant("1.33.0"), variant()
    found = [variant("1.34.0"), variant(blob="d"), variant(profile=BATCH)]

    assert merged(known, found) == (found[2], known[1], known[0], found[0])
    assert merged(known, []) == (known[1], known[0])
