"""What both sides of a benchmark are asked: one request of the Open Inference Protocol, and the answer that it has."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.models import FEATURES

EVENT = Path(__file__).parents[1] / "events" / "http-api-v2-infer.json"

Answer = npt.NDArray[np.float32]


def path(model: str) -> str:
    """Where a model is asked."""
    return f"/v2/models/{model}/infer"


def body(rows: int, digits: int | None = None) -> str:
    """A request with rows of 64 numbers of so many decimal digits, or of as many as a double needs."""
    numbers = random.Random(0)
    data = [numbers.random() for _ in range(rows * FEATURES)]
    if digits is not None:
        data = [round(number, digits) for number in data]
    return json.dumps({"inputs": [{"name": "x", "shape": [rows, FEATURES], "datatype": "FP32", "data": data}]})


def event(model: str, held: str) -> dict[str, Any]:
    """The event that an HTTP API sends for a request to a model: a literal one with this path and body."""
    made: dict[str, Any] = json.loads(EVENT.read_text(encoding="utf-8"))
    made["rawPath"] = made["requestContext"]["http"]["path"] = path(model)
    made["headers"]["content-length"] = str(len(held))
    return {**made, "body": held}


def rows(held: str) -> Answer:
    """The rows that a request holds."""
    given = json.loads(held)["inputs"][0]
    return np.array(given["data"], np.float32).reshape(given["shape"])


def answered(answer: dict[str, Any]) -> Answer:
    """The rows that a Lambda handler answered; fails for what is no success."""
    assert answer["statusCode"] == 200, answer
    return outputs(answer["body"])


def array(held: list[list[float]]) -> Answer:
    """The rows that a worker sent."""
    return np.array(held, np.float32)


def outputs(held: str | bytes) -> Answer:
    """The rows that a body of the protocol holds."""
    given = json.loads(held)["outputs"][0]
    return np.array(given["data"], np.float32).reshape(given["shape"])


def agree(answers: dict[str, Answer]) -> None:
    """Fail unless all sides gave the same answer: sides that do different work cannot be compared."""
    (first, expected), *others = answers.items()
    for name, found in others:
        assert found.shape == expected.shape, f"{first} answers {expected.shape}, {name} {found.shape}"
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5, err_msg=f"{name} against {first}")
