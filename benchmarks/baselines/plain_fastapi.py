"""FastAPI as its documentation teaches it: a model of the request, a coroutine, Python objects as the response.

A coroutine runs the model in the event loop, and nothing else is answered meanwhile; a function, which runs in the
thread pool, keeps nobody waiting and answers fewer requests.
"""

from typing import Any

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.baselines.server import Application


class Tensor(BaseModel):
    """One input."""

    name: str
    datatype: str
    shape: list[int]
    data: list[float]


class Question(BaseModel):
    """A request of the Open Inference Protocol."""

    inputs: list[Tensor]


def application(session: onnxruntime.InferenceSession) -> Application:
    """The application of a model."""
    app = FastAPI()

    @app.post("/v2/models/{name}/infer")
    async def infer(name: str, question: Question) -> dict[str, Any]:
        asked = question.inputs[0]
        rows = np.array(asked.data, np.float32).reshape(asked.shape)
        (scores,) = session.run(None, {"x": rows})
        output = {"name": "y", "datatype": "FP32", "shape": list(scores.shape), "data": scores.reshape(-1).tolist()}
        return {"model_name": name, "model_version": "1", "outputs": [output]}

    return app
