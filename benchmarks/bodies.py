"""The sides of the binary benchmark: a body of the binary tensor extension in, a body out."""

import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks import questions
from benchmarks.calls import Context
from benchmarks.models import FEATURES

SHOWN = 100
"""Rows of an answer by which the sides are compared."""

Act = Callable[..., dict[str, Any]]
HEADER = "inference-header-content-length"


def body(rows: int, aligned: bool = True) -> tuple[bytes, int]:
    """A request with so many rows and a binary answer, and how much of it is JSON: filled up to where the tensor is
    aligned to its elements, or to where it is not, as the JSON of other clients may end.
    """
    tensor = np.random.default_rng(0).random((rows, FEATURES), np.float32)
    given = {"name": "x", "datatype": "FP32", "shape": [rows, FEATURES]}
    inputs = [{**given, "parameters": {"binary_data_size": tensor.nbytes}}]
    text = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    text += b" " * (-len(text) % 8 + (0 if aligned else 1))
    return text + tensor.tobytes(), len(text)


def open_modelet(model: str, event: bool) -> Act:
    """Modelet, from a request to a response or from an event to what the handler answers."""
    from functions.infer import handler as infer
    from modelet import routes
    from modelet.messages import HttpRequest

    path, context = questions.path(model), Context()

    def act(rows: int, calls: int, aligned: bool = True) -> dict[str, Any]:
        sent, length = body(rows, aligned)
        headers = {HEADER: str(length)}
        if event:
            asked = questions.event(model, b64encode(sent).decode())
            asked["headers"].update(headers)
            asked["isBase64Encoded"] = True
            seconds, answer = _timed(lambda: infer.handler(asked, context), calls)
            held, start = b64decode(answer["body"]), int(answer["headers"][HEADER])
        else:
            request = HttpRequest("POST", path, headers, body=sent)
            seconds, answer = _timed(lambda: routes.dispatch(infer.models, request), calls)
            held, start = answer.body, int(answer.headers[HEADER])
        return {"seconds": seconds, "answer": _rows(held[start:], rows)}

    return act


def open_copied(model: str, event: bool) -> Act:
    """The run alone and one copy of the body; with an event, between decoding and encoding it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["MODELET_THREADS"])
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(sent: bytes) -> bytes:
        tensor = np.frombuffer(sent, np.float32).reshape(-1, FEATURES)
        return session.run(None, {"x": tensor})[0].tobytes()  # type: ignore[no-any-return]

    def act(rows: int, calls: int) -> dict[str, Any]:
        sent, length = body(rows)
        sent = sent[length:]
        if event:
            text = b64encode(sent).decode()
            seconds, encoded = _timed(lambda: b64encode(run(b64decode(text))).decode(), calls)
            return {"seconds": seconds, "answer": _rows(b64decode(encoded), rows)}
        seconds, held = _timed(lambda: run(sent), calls)
        return {"seconds": seconds, "answer": _rows(held, rows)}

    return act


def _timed(call: Callable[[], Any], calls: int) -> tuple[float, Any]:
    taken = []
    for _ in range(calls):
        began = time.perf_counter()
        answer = call()
        taken.append(time.perf_counter() - began)
    return median(taken), answer


def _rows(held: bytes, rows: int) -> list[list[float]]:
    first: list[list[float]] = np.frombuffer(held, np.float32).reshape(rows, -1)[:SHOWN].tolist()
    return first
