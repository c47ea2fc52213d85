"""What a client does not even try, and what it does not try again, since the service has said that it is in vain."""

from pathlib import Path

import httpx
import numpy as np
import pytest

from modelet.client import Client
from modelet.client.talk import Send
from modelet.errors import DeadlineExceeded, ModeletError, PayloadTooLarge, RunStopped
from modelet.local import running
from modelet.publish import push
from modelet.store import open_store
from tests.client.test_conversation import ANSWER, SIGNATURE, WISH, X, conversation, hold, ok
from tests.onnx_models import save, scale

LARGE = np.zeros((5000, 2), np.float32)
AGAIN = {"retry-after": "1"}


def late(code: str) -> httpx.Response:
    return httpx.Response(503, json={"error": "stopped", "code": code}, headers=AGAIN)


def handed(**limit: int) -> httpx.Response:
    upload = {"method": "PUT", "url": "https://bucket/key?signed", "headers": {}, **limit}
    return httpx.Response(201, json={"reference": "uploads/tensors/1", "upload": upload})


def test_a_run_that_was_stopped_is_not_begun_again() -> None:
    with pytest.raises(RunStopped, match="stopped"):
        hold(conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), late("run_stopped"))


def test_a_load_that_goes_on_is_asked_for_again() -> None:
    _, answer = hold(conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), late("deadline_exceeded"), ok(ANSWER))

    assert answer.version == 7
    with pytest.raises(DeadlineExceeded):
        hold(conversation(attempts=2).metadata("m", None), late("deadline_exceeded"), late("deadline_exceeded"))


@pytest.mark.parametrize(("limit", "fits"), [(LARGE.nbytes, True), (LARGE.nbytes - 1, False)])
def test_a_tensor_over_the_services_limit_is_not_sent(limit: int, fits: bool) -> None:
    talk = conversation().predict("m", {"x": LARGE}, WISH)

    if fits:
        said, _ = hold(talk, ok(SIGNATURE), handed(max_bytes=limit), httpx.Response(200), ok(ANSWER))
        assert [step.method for step in said if isinstance(step, Send)] == ["GET", "POST", "PUT", "POST"]
        return
    with pytest.raises(PayloadTooLarge, match=f"have {LARGE.nbytes} bytes; the limit is {limit}: send fewer rows"):
        hold(talk, ok(SIGNATURE), handed(max_bytes=limit))


def test_the_limit_is_that_of_all_tensors_together() -> None:
    inputs = [{"name": name, "datatype": "FP32", "shape": [-1, 2]} for name in "xy"]
    talk = conversation(most_bytes=2000).predict("m", {"x": LARGE, "y": LARGE[:4000]}, WISH)

    with pytest.raises(PayloadTooLarge, match=f"have {LARGE.nbytes * 9 // 5} bytes"):
        hold(talk, ok({"name": "m", "inputs": inputs}), handed(max_bytes=LARGE.nbytes))


@pytest.mark.parametrize(("status", "kind"), [(413, PayloadTooLarge), (400, ModeletError)])
def test_an_upload_that_is_refused_is_told(status: int, kind: type[ModeletError]) -> None:
    with pytest.raises(kind, match=f"A tensor of {LARGE.nbytes} bytes could not be uploaded: status {status}"):
        hold(conversation().predict("m", {"x": LARGE}, WISH), ok(SIGNATURE), handed(), httpx.Response(status))


def test_a_service_tells_its_limit(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    push(open_store(url), save(scale(2.0), tmp_path / "double.onnx"), "double")

    with running(url, env={"MODELET_MAX_TENSOR_BYTES": "30000"}) as address, Client(address, most_bytes=9000) as client:
        assert client.predict("double", {"x": LARGE[:3000]}).outputs["y_pred"].shape == (3000, 2)
        with pytest.raises(PayloadTooLarge, match="the limit is 30000"):
            client.predict("double", {"x": LARGE})
