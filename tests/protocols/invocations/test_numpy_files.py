"""Arrays as .npy files, as SageMaker's predictors send them: converted without loss, or refused."""

import base64
import io
from typing import Any

import numpy as np
import pytest

from modelet.events import answering
from modelet.predict import Models
from tests.entrances import event
from tests.protocols.invocations.invoking import invoke

NPY = "application/x-npy"
ROWS = [[1.0, 2.0], [3.0, 4.5]]


def saved(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def ask(models: Models, model: str, array: Any) -> Any:
    return invoke(models, saved(array), NPY, f"/endpoints/{model}/invocations").predictions


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4", ">f8"])
def test_floats_of_any_width_are_rows(models: Models, dtype: str) -> None:
    rows = np.array(ROWS, dtype)

    assert ask(models, "plain", rows) == [[2.0, 4.0], [6.0, 9.0]]
    assert ask(models, "plain", np.asfortranarray(rows)) == [[2.0, 4.0], [6.0, 9.0]]
    assert ask(models, "scalar", rows[0, 1]) == 2.0


@pytest.mark.parametrize("dtype", ["u1", "<i4", "<i8", ">i2"])
def test_whole_numbers_are_rows_of_any_model_of_numbers(models: Models, dtype: str) -> None:
    assert ask(models, "plain", np.array([[1, 2]], dtype)) == [[2.0, 4.0]]
    assert ask(models, "whole", np.array([[1, 2]], dtype)) == [[1, 2]]


def test_tables_come_as_arrays_too(models: Models) -> None:
    assert ask(models, "renamed", np.array([[1.0, 2.0]])) == [{"of_c0": [1.0], "of_c1": [2.0]}]


def test_an_answer_may_be_an_array_of_the_models_own_datatype(models: Models) -> None:
    asked = event("http-api-predict", "/endpoints/plain/invocations", saved(np.array([[0.1, np.nan]])))
    asked["headers"] = {"content-type": NPY, "accept": NPY}

    answered = answering.answer(models, asked, None)
    array = np.load(io.BytesIO(base64.b64decode(answered["body"])))

    assert (answered["statusCode"], answered["headers"]["content-type"]) == (200, NPY)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, np.array([[0.2, np.nan]], np.float32))


@pytest.mark.parametrize("model", ["add", "words"])
def test_several_arrays_or_text_are_no_file(models: Models, model: str) -> None:
    body = {"inputs": {"a": ROWS, "b": ROWS}} if model == "add" else {"inputs": [["a", "b"]]}

    answer = invoke(models, body, path=f"/endpoints/{model}/invocations", accept=NPY)

    assert (answer.status, answer.json["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is no .npy file"),
        (b"1,2", "is no .npy file"),
        (saved(np.array(ROWS))[:20], "is no .npy file"),
        (saved(np.array(ROWS))[:-1], "declares shape (2, 2), but has 31 bytes of numbers"),
        (saved(np.array(ROWS)) + b"\0", "declares shape (2, 2), but has 33 bytes of numbers"),
        (saved(np.array(ROWS)).replace(b"(2, 2)", b"(2,-2)"), "is no .npy file"),
        (saved(np.array(ROWS)).replace(b"(2, 2)", b"(9**9)"), "is no .npy file"),
        (saved(np.array([{}]), allow_pickle=True), "is no .npy file of plain numbers"),
        (saved(np.array(ROWS)).replace(b"<f8", b"<f1"), "is no .npy file of plain numbers"),
        (saved(np.array([1j])), "is no .npy file of plain numbers"),
        (saved(np.array([(1, 2)], "i4,i4")), "is no .npy file of plain numbers"),
        (saved(np.array([[1e39, 0.0]])), "has datatype FP32 (up to 3.40282e+38), but holds 1e+39"),
        (saved(np.array([["a", "b"]])), "is no .npy file of plain numbers"),
        (saved(np.array([[True, False]])), "must have elements of datatype FP32, but one of them is true or false"),
        (saved(np.array([[1.0]])), "must have 2 elements in dimension 1, but has 1"),
    ],
)
def test_what_cannot_be_read_or_does_not_fit_is_said(models: Models, body: bytes, said: str) -> None:
    assert said in invoke(models, body, NPY, "/endpoints/plain/invocations").error
