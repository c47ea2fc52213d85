"""An ASGI application on uvicorn with uvloop and httptools, in one process, without what it can do without.

`python -m benchmarks.baselines.server bare|fastapi MODEL`
"""

import socket
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import onnxruntime
import uvicorn

APPLICATIONS = {"bare": "benchmarks.baselines.bare_asgi", "fastapi": "benchmarks.baselines.plain_fastapi"}

Application = Callable[..., Any]


def session(model: str) -> onnxruntime.InferenceSession:
    """The model, opened as for one request at a time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def main(name: str, model: str) -> None:
    """Print the address and serve until the process is ended."""
    application: Application = import_module(APPLICATIONS[name]).application(session(model))
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(
        application,
        access_log=False,
        lifespan="off",
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        ws="none",
    )
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # what comes before the loop runs, waits
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
