"""FastAPI + Mangum + boto3, as somebody writes it who has read all there is about cold starts.

One file, for it is deployed as it is. The client and the session are made once, at import; the model is read straight
into memory while the other packages are imported; no OpenAPI, no lifespan, no middleware, no validation of what
orjson and numpy check anyway; threads and telemetry of the runtime as Lambda needs them.
"""

import os
from threading import Thread

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


@app.post("/v2/models/{name}/infer")
async def infer(request: Request) -> Response:
    """Answer one request of the Open Inference Protocol."""
    asked = orjson.loads(await request.body())["inputs"][0]
    rows = np.array(asked["data"], np.float32).reshape(asked["shape"])
    (scores,) = session.run(None, {"x": rows})
    output = {"name": "y", "datatype": "FP32", "shape": scores.shape, "data": scores.reshape(-1)}
    body = {"model_name": request.path_params["name"], "model_version": "1", "outputs": [output]}
    return Response(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


handler = Mangum(app, lifespan="off")
reading.join()
session = onnxruntime.InferenceSession(model.pop(), options, providers=["CPUExecutionProvider"])
