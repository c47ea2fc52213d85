"""The manifest is strict both ways: what is wrong is named with its path, what is unknown is kept."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelet.errors import CorruptObject, InvalidRequest, UnknownSchema
from modelet.manifest import SCHEMA, Artifact, Column, Manifest, Signature, TensorSpec
from modelet.tensors.datatypes import DATATYPES

WHERE = "models/m/versions/3.json"

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NOTHING: st.SearchStrategy[dict[str, Any]] = st.just({})
ARTIFACTS = st.builds(Artifact, st.from_regex(r"[0-9a-f]{64}", fullmatch=True), st.integers(0, 2**40), NOTHING)
SPECS = st.builds(
    TensorSpec,
    TEXT,
    st.sampled_from(sorted(DATATYPES)),
    st.none() | st.lists(st.integers(-1, 2**40), max_size=4).map(tuple),
    NOTHING,
)
COLUMNS = st.builds(Column, TEXT, st.sampled_from(sorted(DATATYPES)), NOTHING)
SIGNATURES = st.builds(
    Signature, st.lists(SPECS, max_size=3).map(tuple), st.lists(SPECS, max_size=3).map(tuple), st.booleans(), NOTHING
)
MANIFESTS = st.builds(
    Manifest,
    model=TEXT,
    artifact=ARTIFACTS,
    signature=SIGNATURES,
    version=st.integers(1, 10**9),
    created=TEXT,
    operation=TEXT,
    description=st.none() | TEXT,
    licence=st.none() | TEXT,
    labels=st.dictionaries(TEXT, st.lists(st.integers(-5, 5) | TEXT, max_size=3), max_size=2),
    opsets=st.dictionaries(TEXT, st.integers(1, 30), max_size=2),
    metrics=st.dictionaries(TEXT, NUMBERS, max_size=2),
    lineage=st.dictionaries(TEXT, PLAIN, max_size=3),
    parity=st.dictionaries(TEXT, PLAIN, max_size=3),
    limits=st.dictionaries(TEXT, NUMBERS, max_size=2),
    blobs=st.dictionaries(TEXT, ARTIFACTS, max_size=2),
    variants=st.just(()),
    columns=st.lists(COLUMNS, max_size=3).map(tuple),
    rest=NOTHING,
)


def document() -> dict[str, Any]:
    """A complete manifest as JSON."""
    return {
        "schema": SCHEMA,
        "model": "m",
        "version": 3,
        "created": "2026-01-02T03:04:05Z",
        "operation": "abc",
        "description": "digits",
        "licence": None,
        "artifact": {"sha256": "a" * 64, "size": 17},
        "signature": {
            "inputs": [{"name": "x:0", "datatype": "FP32", "shape": [-1, 64]}],
            "outputs": [{"name": "label", "datatype": "INT64", "shape": None}],
            "batched": True,
        },
        "labels": {"label": [0, "one"]},
        "opsets": {"": 17, "ai.onnx.ml": 3},
        "metrics": {"accuracy": 0.97},
        "lineage": {"job": "digits", "seed": 7, "parameters": {"layers": [64, 32]}},
        "parity": {"largest_difference": 1e-6},
        "limits": {"load_ms": 3.5, "peak_bytes": 1000.0},
        "blobs": {"report": {"sha256": "b" * 64, "size": 2}},
    }


def parse(held: object) -> Manifest:
    return Manifest.parse(json.dumps(held).encode(), WHERE)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    held = document()
    change(held)
    return held


def test_a_manifest_is_read_into_values() -> None:
    manifest = parse(document())

    assert manifest.artifact == Artifact("a" * 64, 17)
    assert manifest.signature.inputs == (TensorSpec("x:0", "FP32", (-1, 64)),)
    assert manifest.signature.outputs == (TensorSpec("label", "INT64", None),)
    assert (manifest.description, manifest.licence) == ("digits", None)
    assert manifest.named() == {"a" * 64, "b" * 64}


@given(MANIFESTS)
def test_what_is_dumped_is_what_is_parsed(manifest: Manifest) -> None:
    data = manifest.dump()

    assert Manifest.parse(data, WHERE) == manifest
    assert Manifest.parse(data, WHERE).dump() == data


@given(st.dictionaries(TEXT.map(lambda name: f"new-{name}"), PLAIN, min_size=1, max_size=2))
def test_fields_of_newer_code_survive_wherever_they_are(unknown: dict[str, Any]) -> None:
    held = document()
    places = [
        held,
        held["artifact"],
        held["blobs"]["report"],
        held["signature"],
        held["signature"]["inputs"][0],
        held["signature"]["outputs"][0],
        held["lineage"],
        held["parity"],
    ]
    for place in places:
        place.update(unknown)

    assert json.loads(parse(held).dump()) == held


def test_unknown_fields_do_not_make_a_value_unhashable() -> None:
    held = changed(lambda d: (d["artifact"].update(new=[1]), d["signature"].update(new={})))

    assert len({parse(held).artifact, parse(document()).artifact}) == 2
    assert hash(parse(held).signature) == hash(parse(document()).signature)


@pytest.mark.parametrize("schema", [0, 2, 99, -1])
def test_another_schema_is_refused_by_name(schema: int) -> None:
    with pytest.raises(UnknownSchema, match=rf"^{WHERE} has schema {schema}, but this Modelet knows {SCHEMA}"):
        parse({"schema": schema, "anything": "else"})


WRONG: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d.pop("schema"), "schema must be a whole number, but is None"),
    (lambda d: d.update(schema="1"), "schema must be a whole number, but is '1'"),
    (lambda d: d.update(schema=True), "schema must be a whole number, but is True"),
    (lambda d: d.pop("model"), "model must be text, but is None"),
    (lambda d: d.update(version=1.0), "version must be a whole number, but is 1.0"),
    (lambda d: d.update(version=0), "version must be at least 1, but is 0"),
    (lambda d: d.update(created=None), "created must be text"),
    (lambda d: d.update(operation=1), "operation must be text, but is 1"),
    (lambda d: d.update(description=[]), "description must be text"),
    (lambda d: d.update(licence={}), "licence must be text"),
    (lambda d: d.update(artifact="a" * 64), "artifact must be an object"),
    (lambda d: d["artifact"].update(sha256="A" * 64), "artifact: sha256 must be 64 hexadecimal digits"),
    (lambda d: d["artifact"].update(sha256="a" * 63), "artifact: sha256 must be 64 hexadecimal digits"),
    (lambda d: d["artifact"].update(sha256="a" * 64 + "\n"), "artifact: sha256 must be 64 hexadecimal digits"),
    (lambda d: d["artifact"].update(size=-1), "artifact: size must be at least 0, but is -1"),
    (lambda d: d["artifact"].update(size="17"), "artifact: size must be a whole number"),
    (lambda d: d.update(signature=[]), "signature must be an object"),
    (lambda d: d["signature"].pop("batched"), "signature: batched must be true or false"),
    (lambda d: d["signature"].update(inputs={}), "signature: inputs must be a list"),
    (lambda d: d["signature"]["inputs"].append(7), r"signature: inputs\[1\] must be a JSON object"),
    (lambda d: d["signature"]["inputs"][0].update(name=7), r"signature: inputs\[0\]: name must be text"),
    (
        lambda d: d["signature"]["outputs"][0].update(datatype="float"),
        r"outputs\[0\]: datatype must be one of BOOL",
    ),
    (lambda d: d["signature"]["inputs"][0].update(shape=[-2]), r"inputs\[0\]: shape must be whole numbers of at least"),
    (lambda d: d["signature"]["inputs"][0].update(shape=[True]), r"inputs\[0\]: shape must be whole numbers"),
    (lambda d: d["signature"]["inputs"][0].update(shape="x"), r"inputs\[0\]: shape must be a list"),
    (lambda d: d.update(labels=[]), "labels must be an object"),
    (lambda d: d["labels"].update(label="a"), "labels: label must be a list"),
    (lambda d: d["opsets"].update({"": "17"}), "opsets:  must be a whole number"),
    (lambda d: d["metrics"].update(accuracy="high"), "metrics: accuracy must be a number, but is 'high'"),
    (lambda d: d["metrics"].update(accuracy=True), "metrics: accuracy must be a number, but is True"),
    (lambda d: d.update(lineage=None), "lineage must be an object"),
    (lambda d: d.update(parity=1), "parity must be an object"),
    (lambda d: d["limits"].update(load_ms=None), "limits: load_ms must be a number"),
    (lambda d: d.update(blobs=[]), "blobs must be an object"),
    (lambda d: d["blobs"].update(report=1), "blobs: report must be an object"),
    (lambda d: d["blobs"]["report"].pop("size"), "blobs: report: size must be a whole number"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_wrong_field_is_named_with_its_path(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    with pytest.raises(CorruptObject, match=rf"^{WHERE}: (.*: )?{problem}"):
        parse(changed(change))


@pytest.mark.parametrize("field", sorted(set(document()) - {"description", "licence"}))
def test_every_field_but_the_texts_for_people_is_required(field: str) -> None:
    with pytest.raises(CorruptObject, match=f"^{WRONG_FIELD.format(field)}"):
        parse(changed(lambda d: d.pop(field)))


WRONG_FIELD = WHERE + ": {} must be"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b'{"schema": NaN}', b"[" * 2000, b'{"schema": 1} trailing', b"\xef\xbb\xbf{}"],
)
def test_what_is_not_json_is_named(data: bytes) -> None:
    with pytest.raises(CorruptObject, match=f"^{WHERE} is not JSON"):
        Manifest.parse(data, WHERE)


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"text"'])
def test_what_is_not_an_object_is_named(data: bytes) -> None:
    with pytest.raises(CorruptObject, match=f"^{WHERE} must be a JSON object"):
        Manifest.parse(data, WHERE)


@pytest.mark.parametrize("value", ["\udc80", 2**64, {1, 2}])
def test_what_json_cannot_hold_is_refused_when_it_is_written(value: object) -> None:
    manifest = Manifest("m", Artifact("a" * 64, 1), Signature((), ()), lineage={"value": value})

    with pytest.raises(InvalidRequest, match="cannot be written as JSON"):
        manifest.dump()
