"""JSON bodies: how deep they may be, and that no key is given twice, found without a second parse of ordinary ones."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelet.errors import InvalidRequest, ModelRunFailed
from modelet.messages import HttpRequest
from modelet.protocols.body import MAX_DEPTH, error_response, is_too_deep, parse_object

leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab:[]{}\\",', max_size=4)
keys = st.text('ab:[]{}\\"', max_size=2)
values = st.recursive(leaves, lambda held: st.lists(held, max_size=3) | st.dictionaries(keys, held, max_size=3))


def parse(body: str) -> Any:
    return parse_object(HttpRequest("POST", "/predict", body=body.encode()))


def depth(value: object) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@settings(deadline=None)
@given(value=st.dictionaries(keys, values, max_size=3), ascii_only=st.booleans())
def test_what_has_no_key_twice_is_parsed_as_it_is(value: dict[str, Any], ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"x": 1, "x": 2}', "x"),
        ('{"x": 1, "y": {"z": 1, "z": 1}}', "z"),
        ('{"x": [{"a": 1}, {"b": 1, "b": 1}]}', "b"),
        ('{"x": [1, {"b": 1, "b": 1}]}', "b"),
        ('{"x": [[{"b": 1, "b": 1}]]}', "b"),
        ('{"x": 1, "\\u0078": 2}', "x"),
        ('{"a:b": 1, "a:b": 2}', "a:b"),
        ('{"": 1, "": 2}', ""),
        ('{"inputs": [{"name": "x", "data": [1], "data": [2]}]}', "data"),
    ],
)
def test_a_key_that_is_given_twice_is_refused_and_named(body: str, name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"The key '{name}' is given twice"):
        parse(body)


@settings(deadline=None)
@given(inner=values, wrapped=st.integers(90, 110), kind=st.sampled_from(["list", "object", "mixed"]))
def test_the_depth_is_that_of_the_value_whatever_its_strings_hold(inner: Any, wrapped: int, kind: str) -> None:
    value = inner
    for number in range(wrapped):
        value = [value] if kind == "list" or (kind == "mixed" and number % 2) else {"[{": value}

    assert is_too_deep(json.dumps(value).encode()) is (depth(value) > MAX_DEPTH)


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        ("[" * 100 + "]" * 100, False),
        ("[" * 101 + "]" * 101, True),
        ('["]", ' * 101 + '"["]' * 101, True),
        ('["\\"]", ' * 101 + '"["]' * 101, True),
        ("[[1]," * 50 + "[1]" + "]" * 50, False),
        ("[" + ",".join(["[1]"] * 1000) + "]", False),
        ('{"x": "' + "[" * 1000 + '"}', False),
    ],
)
def test_brackets_count_where_they_are_no_text(body: str, deep: bool) -> None:
    assert is_too_deep(body.encode()) is deep


@pytest.mark.parametrize("body", ["[" * 500_000, "]" * 500_000, '"' * 500_001, '{"x": "\\'])
def test_text_that_is_no_json_is_refused_whatever_its_brackets(body: str) -> None:
    with pytest.raises(InvalidRequest, match=r"not valid JSON|more than 100 deep"):
        parse(body)


def test_an_error_may_quote_any_text() -> None:
    answer = error_response(ModelRunFailed('\ud800 "é" \0'))

    assert json.loads(answer.body) == {"error": '\\ud800 "é" \0', "code": "model_run_failed"}


@pytest.mark.parametrize("piece", ['"\\', '"', "\\", "[", '["', '"\\"', "[]"], ids=repr)
def test_a_hostile_body_is_read_once(piece: str) -> None:
    # Searched again from every mark, two million of them would keep this test running for hours.
    with pytest.raises(InvalidRequest):
        parse("[" * 101 + piece * 2_000_000)
