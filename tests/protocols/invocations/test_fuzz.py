"""Whatever a body holds and whatever it is called, the answer is a prediction or names the caller's mistake."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelet.predict import Models
from tests.protocols.invocations.invoking import Answer, invoke

MODELS = ("plain", "named", "whole", "words", "mixed", "renamed", "any-width", "image", "add", "rows", "scalar")
NAMES = st.sampled_from(
    ["x", "a", "b", "age", "height", "weight", "name", "features", "data", "values", "reference", ""]
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
FORMATS = st.sampled_from(["instances", "inputs", "dataframe_split", "dataframe_records", "params"])
SPLIT = st.fixed_dictionaries({"data": VALUES}, optional={"columns": VALUES, "index": VALUES})
BODIES = VALUES | st.dictionaries(FORMATS, VALUES | SPLIT, max_size=2)
CELLS = st.sampled_from(
    ["1", "2.5", "", "x", "age", "height", "weight", "nan", "-inf", "true", '"', '"a"', " ", "\r", "é"]
)
TABLES = st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=4).map("\n".join)
KINDS = st.sampled_from(
    ["application/json", "text/csv", "text/csv;header=present", "application/jsonlines", "", ";", "x"]
)
ACCEPTS = st.sampled_from(["*/*", "text/csv", "application/jsonlines", "application/json"])


def assert_answered(answer: Answer) -> None:
    if answer.status != 200:
        assert answer.status in (400, 404, 415), answer
        assert {"error", "code", "error_code", "message"} == set(answer.json)


@settings(max_examples=150, deadline=None)
@given(body=BODIES, kind=KINDS, accept=ACCEPTS)
def test_any_json_is_answered(models: Models, body: Any, kind: str, accept: str) -> None:
    for model in MODELS:
        text = json.dumps(body)
        assert_answered(invoke(models, text, kind, f"/endpoints/{model}/invocations", accept=accept))


@settings(max_examples=150, deadline=None)
@given(body=TABLES | st.text(max_size=30) | st.binary(max_size=30), kind=KINDS, accept=ACCEPTS)
def test_any_table_text_and_bytes_are_answered(models: Models, body: str | bytes, kind: str, accept: str) -> None:
    if isinstance(body, str):
        body = body.encode(errors="surrogatepass")
    for model in MODELS:
        assert_answered(invoke(models, body, kind, f"/endpoints/{model}/invocations", accept=accept))


@pytest.mark.parametrize(("kind", "imported"), [("application/json", False), ("text/csv", True)])
def test_nobody_imports_the_reader_of_csv_who_sends_none(kind: str, imported: bool) -> None:
    code = f"""
import sys
from modelet.messages import HttpRequest
from modelet.protocols.invocations.bodies import read_body

read_body(HttpRequest("POST", "/invocations", {{"content-type": "{kind}"}}, {{}}, b"[[1]]"))
print("modelet.protocols.invocations.comma_separated" in sys.modules)
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(imported)
