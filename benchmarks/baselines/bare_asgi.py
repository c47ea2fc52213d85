"""The least that an ASGI application can do for a prediction: parse, run, serialise. It has no routes and no errors."""

from typing import Any

import numpy as np
import onnxruntime
import orjson

from benchmarks.baselines.server import Application


def application(session: onnxruntime.InferenceSession) -> Application:
    """The application of a model."""

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - it answers every path
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        asked = orjson.loads(body)["inputs"][0]
        rows = np.array(asked["data"], np.float32).reshape(asked["shape"])
        (scores,) = session.run(None, {"x": rows})
        output = {"name": "y", "datatype": "FP32", "shape": scores.shape, "data": scores.reshape(-1)}
        answer = orjson.dumps({"outputs": [output]}, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app
