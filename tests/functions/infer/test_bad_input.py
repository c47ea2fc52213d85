"""Every mistake in a request for a prediction, by every way that it can come: a 4xx that names what is wrong."""

from typing import Any

import pytest

from modelet.predict import Models
from tests.entrances import WAYS, Answer, Way

every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())

FITTING = [[1.0, 2.0]]

# Mistake → model, inputs, datatype that v2 declares, and what the message must say.
INPUTS: dict[str, tuple[str, dict[str, Any], str, tuple[str, ...]]] = {
    "unknown-input": ("double", {"z": FITTING}, "FP32", ("'z'", "'x'")),
    "one-input-too-many": ("double", {"x": FITTING, "z": FITTING}, "FP32", ("'z'", "'x'")),
    "missing-input": ("add", {"a": FITTING}, "FP32", ("'b'", "missing", "'a'")),
    "text": ("double", {"x": [["1", "2"]]}, "FP32", ("'x'", "FP32", "text")),
    "text-for-a-tensor": ("double", {"x": "1"}, "FP32", ("'x'", "FP32", "text")),
    "bool-for-a-number": ("double", {"x": [[True, 1]]}, "FP32", ("'x'", "FP32", "true or false")),
    "null": ("double", {"x": [[1, None]]}, "FP32", ("'x'", "FP32", "null")),
    "object": ("double", {"x": [[1, {}]]}, "FP32", ("'x'", "FP32", "object")),
    "number-for-text": ("rows-bytes", {"x": [1]}, "BYTES", ("'x'", "BYTES", "number")),
    "number-for-bool": ("rows-bool", {"x": [1]}, "BOOL", ("'x'", "BOOL", "number")),
    "too-wide": ("double", {"x": [[1, 2, 3]]}, "FP32", ("'x'", "dimension 1", "must have 2", "has 3")),
    "too-narrow": ("double", {"x": [[1], [2]]}, "FP32", ("'x'", "dimension 1", "must have 2", "has 1")),
    "too-deep": ("double", {"x": [[[1, 2]]]}, "FP32", ("'x'", "2 dimensions", "[-1, 2]", "has 3")),
    "ragged": ("double", {"x": [[1, 2], [3]]}, "FP32", ("'x'", "ragged", "dimension 1", "list 1 has 1")),
    "list-among-numbers": ("double", {"x": [1, [2]]}, "FP32", ("'x'", "ragged")),
    "number-among-lists": ("double", {"x": [[1, 2], 3]}, "FP32", ("'x'", "ragged", "dimension 1")),
    "other-number-of-rows": ("add", {"a": FITTING, "b": FITTING * 2}, "FP32", ("'a' has 1", "'b' has 2")),
    "300-as-uint8": ("rows-uint8", {"x": [300]}, "UINT8", ("'x'", "UINT8", "0 to 255", "300")),
    "128-as-int8": ("rows-int8", {"x": [128]}, "INT8", ("'x'", "INT8", "-128 to 127", "128")),
    "minus-1-as-uint16": ("rows-uint16", {"x": [-1]}, "UINT16", ("'x'", "UINT16", "-1")),
    "minus-1-as-uint64": ("rows-uint64", {"x": [-1]}, "UINT64", ("'x'", "UINT64", "-1")),
    "1.5-as-int32": ("rows-int32", {"x": [1.5]}, "INT32", ("'x'", "INT32", "1.5")),
    "2**63-as-int64": ("rows-int64", {"x": [2**63]}, "INT64", ("'x'", "INT64", str(2**63))),
    "2**70-as-int64": ("rows-int64", {"x": [2**70]}, "INT64", ("'x'", "INT64", "1")),
    "2**64-as-uint64": ("rows-uint64", {"x": [2**64]}, "UINT64", ("'x'", "UINT64", "1")),
    "70000-as-fp16": ("rows-fp16", {"x": [70000]}, "FP16", ("'x'", "FP16", "65504", "70000")),
    "1e39-as-fp32": ("rows-fp32", {"x": [1e39]}, "FP32", ("'x'", "FP32", "3.40282e+38", "1e+39")),
    "minus-1e39-as-fp32": ("rows-fp32", {"x": [-1e39]}, "FP32", ("'x'", "FP32", "-1e+39")),
}


def assert_refused(answer: Answer, status: int, code: str, said: tuple[str, ...]) -> None:
    assert (answer.status, answer.body.get("code")) == (status, code), answer.body
    assert [words for words in said if words not in answer.body["error"]] == [], answer.body["error"]


@every_way
@pytest.mark.parametrize("mistake", INPUTS)
def test_an_input_that_does_not_fit_is_400_and_named(models: Models, way: Way, mistake: str) -> None:
    model, inputs, datatype, said = INPUTS[mistake]

    answer = way.ask(models, model, inputs, datatype)

    assert_refused(answer, 400, "invalid_input", said)


@every_way
def test_an_input_that_fits_is_answered(models: Models, way: Way) -> None:
    answer = way.ask(models, "double", {"x": FITTING})

    assert answer.status == 200, answer.body


@every_way
def test_an_unknown_model_is_404(models: Models, way: Way) -> None:
    answer = way.ask(models, "nobody", {"x": FITTING})

    assert_refused(answer, 404, "model_not_found", ("'nobody'",))


@pytest.mark.parametrize(("ref", "code"), [("7", "version_not_found"), ("staging", "alias_not_found")])
@pytest.mark.parametrize("way", [WAYS[name] for name in WAYS if "version" in name], ids=lambda way: way.entrance)
def test_an_unknown_version_or_alias_is_404(models: Models, way: Way, ref: str, code: str) -> None:
    asked = Way(way.entrance, way.protocol, ref)

    answer = asked.ask(models, "double", {"x": FITTING})

    assert_refused(answer, 404, code, (ref,))


@pytest.mark.parametrize("ref", ["0", "-1", "1.0", "01", "1" * 10, "A", "a" * 65, "é"])
@pytest.mark.parametrize("way", [WAYS[name] for name in WAYS if "version" in name], ids=lambda way: way.entrance)
def test_a_malformed_version_is_400(models: Models, way: Way, ref: str) -> None:
    asked = Way(way.entrance, way.protocol, ref)

    answer = asked.ask(models, "double", {"x": FITTING})

    assert_refused(answer, 400, "invalid_name", ("neither a version number nor an alias",))
