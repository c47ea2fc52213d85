"""FastAPI + Mangum + boto3, as somebody writes it who has read all there is about cold starts.

One file, for it is deployed as it is. The client and the session are made once, at import; the model is read straight
into memory while the other packages are imported; no OpenAPI, no lifespan, no middleware, no validation of what the
parsers and numpy check anyway; a plain route, which resolves no dependencies; numbers of large bodies go into a buffer;
threads and telemetry of the runtime as Lambda needs them.
"""

import os
from functools import cache
from threading import Thread
from typing import Any

import boto3
from botocore.config import Config

client = boto3.client("s3", config=Config(max_pool_connections=1, retries={"mode": "standard"}))
model: list[bytes] = []


def read() -> None:
    """Read the model; the only bucket and key are those of the deployment."""
    model.append(client.get_object(Bucket=os.environ["MODEL_BUCKET"], Key=os.environ["MODEL_KEY"])["Body"].read())


reading = Thread(target=read)
reading.start()

import numpy as np  # noqa: E402 - after the read began
import onnxruntime  # noqa: E402
import orjson  # noqa: E402
from fastapi import FastAPI, Request, Response  # noqa: E402
from mangum import Mangum  # noqa: E402

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1

app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)


LARGE_BODY = int(os.environ.get("LARGE_BODY", "2048"))
"""Bytes from which on a second parser is worth its import: it writes numbers into a buffer instead of a list."""


@cache
def open_parser() -> Any:
    """The parser for large bodies, whose memory is used again; one request at a time is all that Lambda sends."""
    import simdjson

    return simdjson.Parser()


def read_rows(body: bytes) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """The rows of a request."""
    if len(body) < LARGE_BODY:
        asked = orjson.loads(body)["inputs"][0]
        return np.array(asked["data"], np.float32).reshape(asked["shape"])
    tensor = open_parser().parse(body)["inputs"][0]
    return np.frombuffer(tensor["data"].as_buffer(of_type="d")).astype(np.float32).reshape(tensor["shape"].as_list())


async def infer(request: Request) -> Response:
    """Answer one request of the Open Inference Protocol."""
    (scores,) = session.run(None, {"x": read_rows(await request.body())})
    output = {"name": "y", "datatype": "FP32", "shape": scores.shape, "data": scores.reshape(-1)}
    body = {"model_name": request.path_params["name"], "model_version": "1", "outputs": [output]}
    return Response(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


app.add_route("/v2/models/{name}/infer", infer, methods=["POST"])
handler = Mangum(app, lifespan="off")
reading.join()
session = onnxruntime.InferenceSession(model.pop(), options, providers=["CPUExecutionProvider"])
