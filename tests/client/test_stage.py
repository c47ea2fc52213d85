"""The client against a service whose address has a path: the stage of an API, which every request is below."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from modelet.answers.keys import request_key
from modelet.client import AsyncClient, Client, Prediction
from modelet.events import answering
from modelet.predict import Models
from modelet.store.base import Store
from tests.entrances import event, load
from tests.functions.infer.asking import reply
from tests.onnx_models import scale
from tests.published import publish_model, serve

X = np.array([[1, 2]], np.float32)


class Stage(ThreadingHTTPServer):
    """The stage `prod` of an HTTP API, and the bucket behind it, which tells of requests before they are answered."""

    def __init__(self, models: Models) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models = models
        self.seen: list[tuple[str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        stage = self.server
        assert isinstance(stage, Stage)
        stage.seen.append((self.command, self.path))
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        asked = event("http-api-predict", self.path, body, self.command)
        asked["requestContext"]["stage"] = "prod"
        asked["headers"] = dict(self.headers)
        answer = reply(answering.answer(stage.models, asked, None))
        if answer.status == 202 and self.command == "POST":
            left = load("s3-request-left")
            left["detail"]["object"]["key"] = request_key(json.loads(answer.body)["id"])
            answering.answer(stage.models, left, None)
        self.send_response(answer.status)
        for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name where it is defined
        pass


@pytest.fixture
def stage(store: Store) -> Iterator[Stage]:
    publish_model(store, "double", scale(2.0))
    with Stage(serve(store)) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_patient_caller_looks_below_the_stage(stage: Stage, slash: str) -> None:
    with Client(f"http://127.0.0.1:{stage.server_port}/prod{slash}") as client:
        answer = client.predict("double", {"x": X}, patient=True)

    assert answer.outputs["y_pred"].tolist() == [[2, 4]]
    assert {path.split("/")[1] for _, path in stage.seen} == {"prod"}
    assert stage.seen[-1][1].startswith("/prod/answers/")


def test_a_patient_task_looks_below_the_stage(stage: Stage) -> None:
    async def ask() -> Prediction:
        async with AsyncClient(f"http://127.0.0.1:{stage.server_port}/prod") as client:
            return await client.predict("double", {"x": X}, patient=True)

    assert asyncio.run(ask()).outputs["y_pred"].tolist() == [[2, 4]]
    assert stage.seen[-1][1].startswith("/prod/answers/")
