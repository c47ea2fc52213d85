"""A shadow gets a copy, is compared and counted, and changes nothing of any answer: not a byte, not its time, not its
failure.
"""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto

from modelet.errors import StoreUnavailable
from modelet.events import answering
from modelet.messages import InferRequest
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote, shadow, split
from modelet.registry.reading import current_aliases
from modelet.store import open_store
from modelet.store.base import Store
from modelet.tensors.nested import JsonTensor
from tests.entrances import HTTP, event, v2
from tests.onnx_models import counting, scale
from tests.predict.shadows import finish, serve_logging, told
from tests.published import add, digits, publish_model
from tests.watched_store import WatchedStore

ROOT = Path(__file__).parents[2]
ROW = [[1.0, 2.0]]
COUNTED = ("shadow_requests", "shadow_failed", "shadow_skipped")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Model `m` multiplies by 1, and by 3 in version 2."""
    store = open_store(f"memory://{tmp_path}")
    for factor in (1.0, 3.0):
        publish_model(store, "m", scale(factor))
    return store


def ask(models: Models, key: str | None = None, ref: str = "live") -> list[list[float]]:
    answer = models.predict(InferRequest("m", ref, {"x": JsonTensor(ROW)}, routing_key=key))
    outputs: list[list[float]] = answer.outputs["y_pred"].tolist()
    return outputs


def counts(lines: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(line.get(name, 0) for line in lines) for name in COUNTED}


def test_a_copy_is_compared_and_told_in_one_line_of_metrics(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    shadow(store, "m", 2)

    assert ask(serve_logging(store)) == ROW

    (line,) = told(capfd)
    described = line.pop("_aws")["CloudWatchMetrics"]
    assert line.pop("shadow_ms") > 0
    assert line == {
        "model": "m", "version": "1", "shadow_version": "2", "shadow_requests": 1, "shadow_failed": 0,
        "shadow_compared": 1, "shadow_mismatches": 1, "shadow_max_difference": 4.0,
    }  # fmt: skip
    (metrics,) = described
    assert (metrics["Namespace"], metrics["Dimensions"]) == ("Modelet", [["model", "version", "shadow_version"]])
    assert {metric["Name"]: metric["Unit"] for metric in metrics["Metrics"]} == {
        "shadow_requests": "Count", "shadow_failed": "Count", "shadow_ms": "Milliseconds", "shadow_compared": "Count",
        "shadow_mismatches": "Count", "shadow_max_difference": "None",
    }  # fmt: skip


def test_labels_that_differ_are_counted(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    upside_down = digits()
    upside_down.graph.node[0].op_type = "ArgMin"
    for made in (digits(), upside_down):
        publish_model(store, "digits", made)
    shadow(store, "digits", 2)
    image = np.arange(128, dtype=np.float32).reshape(2, 64)

    serve_logging(store).predict(InferRequest("digits", "live", {"image": image}))

    (line,) = told(capfd)
    assert (line["shadow_compared"], line["shadow_mismatches"], line["shadow_max_difference"]) == (4, 2, 0.0)


def corrupt(store: Store) -> None:
    artifact = current_aliases(store, "m").aliases.alias("live").shadow
    assert artifact
    store.put(blob_key("m", artifact.artifact.sha256), [b""])


FAILING: dict[str, tuple[ModelProto, Callable[[Store], None], str]] = {
    "other inputs": (add(), lambda store: None, "invalid_input"),
    "another shape": (scale(2.0, width=3), lambda store: None, "invalid_input"),
    "a corrupt artifact": (scale(7.0), corrupt, "corrupt_object"),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_shadow_that_fails_is_counted_and_its_primary_answers(
    store: Store, case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    made, spoil, code = FAILING[case]
    publish_model(store, "m", made)
    shadow(store, "m", 3)
    spoil(store)

    assert ask(serve_logging(store)) == ROW

    (line,) = told(capfd)
    assert (line["shadow_failed"], line["code"]) == (1, code)
    assert "shadow_ms" not in line


def test_a_shadow_that_cannot_be_read_just_now_is_skipped(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    shadow(store, "m", 2)
    mine = blob_key("m", current_aliases(store, "m").aliases.alias("live").named[1].artifact.sha256)

    def fail(verb: str, key: str) -> None:
        if key == mine:
            raise StoreUnavailable("on purpose")

    assert ask(serve_logging(WatchedStore(store, fail))) == ROW

    (line,) = told(capfd)
    assert (line["shadow_skipped"], line["code"], "shadow_failed" in line) == (1, "store_unavailable", False)


def test_a_shadow_that_does_not_end_is_stopped(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    quick = counting()
    quick.graph.node[0].input[0] = "one"  # goes round once, whatever it is told
    for made in (quick, counting()):
        publish_model(store, "loop", made)
    shadow(store, "loop", 2)
    models = serve_logging(store, gateway_seconds=1.0)

    answer = models.predict(InferRequest("loop", "live", {"rounds": JsonTensor(2**62)}))

    assert answer.outputs["count"].tolist() == 1
    (line,) = told(capfd)
    assert (line["shadow_failed"], line["code"]) == (1, "run_stopped")


FROZEN = """
import os, sys
from modelet.registry.changing import shadow
from modelet.store import open_store
from modelet.messages import InferRequest
from modelet.tensors.nested import JsonTensor
from tests.onnx_models import counting
from tests.predict.shadows import finish, serve_logging
from tests.published import publish_model

store = open_store("memory://frozen")
quick = counting()
quick.graph.node[0].input[0] = "one"
for made in (quick, counting()):
    publish_model(store, "loop", made)
shadow(store, "loop", 2)
models = serve_logging(store, gateway_seconds=3.0)
models.predict(InferRequest("loop", "live", {"rounds": JsonTensor(1)}))
finish()
models.predict(InferRequest("loop", "live", {"rounds": JsonTensor(4 * 10**5)}))
print("begun", flush=True)
finish()
"""


def test_a_copy_that_is_frozen_with_its_environment_has_not_failed() -> None:
    with subprocess.Popen([sys.executable, "-c", FROZEN], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = list(iter(process.stdout.readline, "begun\n"))
        process.send_signal(signal.SIGSTOP)
        threading.Event().wait(3.2)
        process.send_signal(signal.SIGCONT)
        lines += process.stdout.readlines()

    copies = [line for line in map(json.loads, lines) if "shadow_version" in line]
    assert [line["shadow_failed"] for line in copies] == [0, 0]
    assert copies[1]["shadow_ms"] < 3000


@pytest.mark.parametrize("trouble", ["none", "corrupt", "held up"])
def test_no_byte_of_any_answer_is_another(store: Store, trouble: str, capfd: pytest.CaptureFixture[str]) -> None:
    publish_model(store, "m", scale(7.0))
    go_on = threading.Event()
    mine = blob_key("m", shadow(store, "m", 3).alias("live").shadow.artifact.sha256)  # type: ignore[union-attr]
    shadow(store, "m", None)
    events = [event(entrance, path, body) for entrance in HTTP for path, body in BODIES.items()]
    events += [{"model": "m", "inputs": {"x": ROW}}, {"model": "m", "inputs": {"x": [1]}}]
    plain = serve_logging(store)
    before = [answer(plain, asked) for asked in events]

    shadow(store, "m", 3)
    if trouble == "corrupt":
        corrupt(store)

    def hold(verb: str, key: str) -> None:
        if key == mine and trouble == "held up":
            go_on.wait()

    shadowed = serve_logging(WatchedStore(store, hold))
    after = [answer(shadowed, asked) for asked in events]
    go_on.set()

    assert after == before
    lines = told(capfd)
    assert sum(counts(lines)[name] for name in ("shadow_requests", "shadow_skipped")) == len(events) - 1
    assert bool(counts(lines)["shadow_failed"]) == (trouble == "corrupt")


BODIES = {
    "/models/m/predict": json.dumps({"x": ROW}),
    "/models/m/versions/live/predict": json.dumps({"x": ROW[0]}),
    "/v2/models/m/infer": json.dumps({"inputs": [v2("x", ROW, "FP32")]}),
}


def answer(models: Models, asked: Any) -> Any:
    """All of an answer but its times."""
    answered = answering.answer(models, asked, None)
    answered.get("headers", {}).pop("server-timing", None)
    return answered


def test_one_is_under_way_at_most_and_the_others_are_counted(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    shadow(store, "m", 2)
    mine = blob_key("m", current_aliases(store, "m").aliases.alias("live").named[1].artifact.sha256)
    go_on = threading.Event()

    def hold(verb: str, key: str) -> None:
        if key == mine:
            go_on.wait()

    models = serve_logging(WatchedStore(store, hold))
    answers: list[Any] = []
    callers = [threading.Thread(target=lambda: answers.append(ask(models))) for _ in range(9)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert answers == [ROW] * 9
    under_way = sum(thread.name == "shadow" for thread in threading.enumerate())
    go_on.set()
    assert under_way == 1
    assert counts(told(capfd)) == {"shadow_requests": 1, "shadow_failed": 0, "shadow_skipped": 8}
    ask(models)
    assert counts(told(capfd)) == {"shadow_requests": 1, "shadow_failed": 0, "shadow_skipped": 0}


def test_each_copy_is_counted_once_however_many_callers_there_are(
    store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    shadow(store, "m", 2)
    models = serve_logging(store)

    def call() -> None:
        for _ in range(50):
            assert ask(models) == ROW

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    counted = counts(told(capfd))
    assert counted["shadow_requests"] + counted["shadow_skipped"] == 400
    assert (counted["shadow_requests"] > 0, counted["shadow_failed"]) == (True, 0)


def test_shadows_that_come_and_go_while_requests_run_change_no_answer(
    store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    publish_model(store, "m", scale(5.0))
    models, done = serve_logging(store, alias_ttl=0), threading.Event()
    seen: list[list[list[float]]] = []

    def call() -> None:
        while not done.is_set():
            seen.append(ask(models))

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for version in (2, 3, None, 2, 3, 2, None, 3):
        shadow(store, "m", version)
        before = len(seen)
        while len(seen) < before + 8:
            assert any(caller.is_alive() for caller in callers)
    done.set()
    for caller in callers:
        caller.join()

    assert all(outputs == ROW for outputs in seen)
    lines = told(capfd)
    assert counts(lines)["shadow_requests"] > 0
    assert {line["shadow_version"] for line in lines} <= {"2", "3"}
    assert counts(lines)["shadow_failed"] == 0


def test_a_share_of_the_keys_is_copied_and_always_the_same_ones(
    store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    shadow(store, "m", 2, share=0.5)
    models = serve_logging(store)

    def copied() -> list[str]:
        found = []
        for key in map(str, range(40)):
            ask(models, key)
            found += [key] * len(told(capfd))
        return found

    first = copied()
    assert 10 < len(first) < 30
    assert copied() == first


def test_requests_that_the_shadow_itself_answers_are_not_copied(
    store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    split(store, "m", {1: 1, 2: 1})
    shadow(store, "m", 2)
    models = serve_logging(store)

    answered = []
    for number in range(10):
        answered.append(ask(models, str(number)))
        finish()

    assert 0 < len(told(capfd)) == answered.count(ROW) < 10


@pytest.mark.parametrize("ref", ["1", "canary"])
def test_only_requests_of_the_alias_are_copied(store: Store, ref: str, capfd: pytest.CaptureFixture[str]) -> None:
    shadow(store, "m", 2)
    promote(store, "m", 1, "canary")

    assert ask(serve_logging(store), ref=ref) == ROW

    assert told(capfd) == []


def test_without_a_log_nobody_would_learn_of_it_and_nothing_is_run(
    store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    shadow(store, "m", 2)
    reads: list[str] = []
    models = serve_logging(WatchedStore(store, lambda verb, key: reads.append(key)), log=False)

    assert ask(models) == ROW

    assert told(capfd) == []
    assert "models/m/versions/2.json" not in reads


def test_what_is_large_is_not_held_any_longer(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    shadow(store, "m", 2)
    rows = np.zeros((2**21 + 1, 2), np.float32)

    serve_logging(store).predict(InferRequest("m", "live", {"x": rows}))

    assert counts(told(capfd)) == {"shadow_requests": 0, "shadow_failed": 0, "shadow_skipped": 1}
