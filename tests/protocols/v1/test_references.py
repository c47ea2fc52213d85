"""A tensor that lies in the store may stand in the place of rows, of columns, and of a body without an envelope."""

import numpy as np
import pytest

from modelet.predict import Models
from modelet.store.tensors import new_key
from tests.entrances import post

ROWS = np.array([[1, 2], [3, 4]], np.float32)
DOUBLED = [[2.0, 4.0], [6.0, 8.0]]


@pytest.fixture(scope="module")
def reference(models: Models) -> dict[str, str]:
    """Two rows of two numbers, as they were uploaded."""
    key = new_key()
    models.store.put(key, [ROWS.tobytes()])
    return {"reference": key}


def test_rows_may_be_a_reference(models: Models, reference: dict[str, str]) -> None:
    answer = post(models, "/v1/models/double:predict", {"instances": reference})

    assert answer.body == {"predictions": DOUBLED}


def test_columns_may_be_references(models: Models, reference: dict[str, str]) -> None:
    named = post(models, "/v1/models/add:predict", {"inputs": {"a": reference, "b": [[1, 1], [1, 1]]}})
    bare = post(models, "/v1/models/double:predict", {"inputs": reference})

    assert named.body["outputs"]["c"] == [[2.0, 3.0], [4.0, 5.0]]
    assert bare.body == {"outputs": DOUBLED, "predictions": DOUBLED}


@pytest.mark.parametrize("wrapped", ["alone", "data", "x"])
def test_torchserve_s_body_may_be_one(models: Models, reference: dict[str, str], wrapped: str) -> None:
    answer = post(models, "/predictions/double", reference if wrapped == "alone" else {wrapped: reference})

    assert answer.body == DOUBLED


def test_a_reference_that_leads_to_nothing_is_404(models: Models) -> None:
    nothing = {"reference": new_key()}

    answers = [
        post(models, "/v1/models/double:predict", {"instances": nothing}),
        post(models, "/v1/models/double:predict", {"inputs": {"x": nothing}}),
        post(models, "/predictions/double", {"data": nothing}),
    ]

    assert [answer.status for answer in answers] == [404, 404, 404]
    assert answers[0].body["code"] == answers[2].body["reason"] == "reference_not_found"
