"""The bytes of a model read from the store into memory, and the first run of a session that was there before.

No load can do with less: the bytes have to come, and the model has to run.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import obstore
import onnxruntime
from obstore.store import S3Store

from benchmarks.questions import rows


def open_reader(bucket: str, key: str, model: str, threads: int) -> Callable[..., dict[str, Any]]:
    """Open the model from its file with the runtime's defaults; then read `key` and run the model for the first time.

    One GET: on a machine of two cores, several connections at once, plain sockets and `recv_into` were all slower.
    """
    env = os.environ
    store = S3Store(
        bucket,
        endpoint=env["AWS_ENDPOINT_URL"],
        region=env["AWS_REGION"],
        access_key_id=env["AWS_ACCESS_KEY_ID"],
        secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    began = time.perf_counter()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    opened = time.perf_counter() - began

    def act(body: str) -> dict[str, Any]:
        asked = rows(body)
        began = time.perf_counter()
        held = obstore.get(store, key).bytes()
        read = time.perf_counter()
        (scores,) = session.run(None, {"x": asked})
        ended = time.perf_counter()
        assert len(held) > 0
        return {
            "seconds": ended - began,
            "read": read - began,
            "run": ended - read,
            "open": opened,
            "answer": scores.tolist(),
        }

    return act
