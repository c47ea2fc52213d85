"""The floor of a cold start: a handler that only imports ONNX Runtime and opens the model that lies beside it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
model = str(Path(__file__).with_name("model.onnx"))
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - what Lambda calls
    """Answer one request of the Open Inference Protocol."""
    asked = json.loads(event["body"])["inputs"][0]
    rows = np.array(asked["data"], np.float32).reshape(asked["shape"])
    (scores,) = session.run(None, {"x": rows})
    output = {"name": "y", "datatype": "FP32", "shape": scores.shape, "data": scores.reshape(-1).tolist()}
    body = {"model_name": "small", "model_version": "1", "outputs": [output]}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
