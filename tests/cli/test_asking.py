"""`modelet predict` asks a service as it asks a store: whatever the size, whoever asks, whatever stands for NaN."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import orjson
import pytest
from onnx import helper

from modelet.local import running
from tests.cli.conftest import Run
from tests.onnx_models import model, save, tensor

LARGE = 600_000
"""Numbers: more than 4.5 MB of JSON, and less than that as float32."""
HUGE = 1_500_000
"""Numbers: more than 4.5 MB as float32."""


@pytest.fixture
def address(modelet: Run, doubling: Path, tripling: Path) -> Iterator[str]:
    modelet("push", doubling, "-n", "churn")
    modelet("push", tripling, "-n", "churn")
    with running(Path(".modelet/store").absolute().as_uri()) as served:
        yield served


def numbers(count: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(1).standard_normal((count // 2, 2)).astype(np.float32)


def file_of(x: object) -> str:
    Path("large.json").write_bytes(orjson.dumps({"x": x}, option=orjson.OPT_SERIALIZE_NUMPY))
    return "@large.json"


def test_predict_asks_a_service(modelet: Run, address: str) -> None:
    live = modelet("predict", "churn", '{"x": [1, 2]}', "--url", address, "--json")
    second = modelet("predict", "churn@2", '{"x": [1, 2]}', "--url", address)
    missing = modelet("predict", "nobody", "{}", "--url", address)

    assert live.json == {"model": "churn", "version": 1, "outputs": {"y_pred": [2.0, 4.0]}}
    assert second.json == {"y_pred": [3.0, 6.0]}
    assert (missing.status, "no model 'nobody'" in missing.err) == (3, True)
    assert modelet("predict", "churn", "{}", "--url", "nonsense").status == 2


@pytest.mark.parametrize("count", [LARGE, HUGE])
def test_what_is_too_large_for_a_request_is_asked_all_the_same(modelet: Run, address: str, count: int) -> None:
    x = numbers(count)

    done = modelet("predict", "churn@2", file_of(x), "--url", address, "--json")

    assert done.err == ""
    assert done.json["version"] == 2
    np.testing.assert_array_equal(np.array(done.json["outputs"]["y_pred"], np.float32), x * np.float32(3))


def test_a_large_row_is_answered_by_a_row(modelet: Run, address: str, tmp_path: Path) -> None:
    wide = ("N", None)
    made = model([helper.make_node("Identity", ["x"], ["y"])], [tensor("x", wide)], [tensor("y", wide)])
    modelet("push", save(made, tmp_path / "wide.onnx"), "-n", "wide")

    done = modelet("predict", "wide", file_of([0.25] * HUGE), "--url", address)

    assert done.json == {"y": [0.25] * HUGE}


def test_a_large_mistake_is_named(modelet: Run, address: str) -> None:
    body = orjson.dumps({"z": [0.5] * 2_000_000})
    Path("wrong.json").write_bytes(body)
    Path("ragged.json").write_bytes(body.replace(b'"z"', b'"x"').replace(b"[0.5", b'["text"', 1))

    unknown = modelet("predict", "churn", "@wrong.json", "--url", address)
    ragged = modelet("predict", "churn", "@ragged.json", "--url", address, "--json")

    assert (unknown.status, unknown.err) == (2, "modelet: Model 'churn' has no input 'z'; its inputs: x.\n")
    assert (ragged.status, orjson.loads(ragged.err)["code"]) == (2, "invalid_input")


@pytest.mark.parametrize("rows", [1, 1_200_000])
@pytest.mark.parametrize(("policy", "spelling"), [("string", "NaN"), ("null", None)])
def test_numbers_that_are_not_finite_are_spelled_as_wished(
    modelet: Run, address: str, rows: int, policy: str, spelling: str | None
) -> None:
    Path("x.json").write_bytes(orjson.dumps({"x": [[1, spelling], *[[1, 2]] * (rows - 1)]}))

    there = modelet("predict", "churn", "@x.json", "--url", address, "--non-finite", policy)
    here = modelet("predict", "churn", "@x.json", "--non-finite", policy)

    assert there.json == here.json
    assert here.json["y_pred"][0] == [2.0, spelling]


def test_numbers_that_are_not_finite_can_be_an_error(modelet: Run, address: str) -> None:
    body = '{"x": [1e38, 3e38]}'

    wished = ("--non-finite", "error", "--json")
    there, here = (
        modelet("predict", "churn", body, "--url", address, *wished),
        modelet("predict", "churn", body, *wished),
    )

    assert [(done.status, orjson.loads(done.err)["code"]) for done in (there, here)] == [(2, "not_finite")] * 2
    assert modelet("predict", "churn", body, "--non-finite", "maybe").status == 2


class _Gate(BaseHTTPRequestHandler):
    """Answers as version 1, and notes who asked."""

    asked: list[str | None] = []  # noqa: RUF012 - one for the test

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.asked.append(self.headers["authorization"])
        self.send_response(200)
        self.send_header("x-modelet-version", "1")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name where it is defined
        pass


def test_a_service_learns_who_asks(modelet: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-west-1"),
    ):
        monkeypatch.setenv(name, value)

    with ThreadingHTTPServer(("127.0.0.1", 0), _Gate) as gate:
        Thread(target=gate.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{gate.server_port}"
        modelet("predict", "churn", "{}", "--url", url)
        modelet("predict", "churn", "{}", "--url", url, "--token", "secret")
        modelet("predict", "churn", "{}", "--url", url, "--iam")
        monkeypatch.setenv("MODELET_TOKEN", "from the environment")
        modelet("predict", "churn", "{}", "--url", url)
        gate.shutdown()

    nobody, bearer, signed, remembered = _Gate.asked
    assert (nobody, bearer, remembered) == (None, "Bearer secret", "Bearer from the environment")
    assert signed is not None
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-west-1/execute-api/" in signed


def test_who_asks_matters_to_a_service_only(modelet: Run) -> None:
    done = modelet("predict", "churn", "{}", "--iam")

    assert (done.status, "--url" in done.err) == (2, True)
