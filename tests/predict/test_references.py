"""Tensors that a request refers to: read from where they may lie, and never from anywhere else."""

import threading
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest

from modelet.errors import InvalidSetting
from modelet.messages import InferRequest, TensorReference
from modelet.predict import Models
from modelet.store import open_store
from modelet.store.base import CHUNK_BYTES, Entry, Store
from modelet.store.memory import MemoryStore
from modelet.store.tensors import new_key
from tests.entrances import Answer, ask, post
from tests.published import add, echo, publish_model, serve
from tests.watched_store import WatchedStore

ROWS = np.arange(6, dtype=np.float32).reshape(3, 2) / 8


def held(store: Store, data: bytes) -> str:
    key = new_key()
    store.put(key, [data])
    return key


def published(store: Store) -> Store:
    publish_model(store, "rows", echo("FP32", ("N", 2)))
    publish_model(store, "any", echo("FP32"))
    publish_model(store, "add", add())
    return store


def predict(models: Models, model: str, inputs: Mapping[str, Any]) -> Answer:
    return post(models, f"/models/{model}/predict", inputs)


@pytest.fixture
def here() -> Store:
    return published(MemoryStore())


@pytest.fixture
def aws(s3_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3_env.items():
        monkeypatch.setenv(name, value)


def test_a_reference_stands_for_its_tensor_in_every_kind_of_store(store: Store) -> None:
    models = serve(published(store))
    key = held(store, ROWS.tobytes())

    answer = predict(models, "rows", {"x": {"reference": key}})

    assert (answer.status, answer.body) == (200, {"y": ROWS.astype(float).tolist()})
    assert {"fetch", "run"} <= set(answer.timing)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/models/rows/infer", {"name": "x", "datatype": "FP32", "shape": [3, 2]}),
        ("/v1/models/rows:predict", "instances"),
        ("/v1/models/rows:predict", "inputs"),
    ],
)
def test_a_reference_stands_for_its_tensor_in_every_protocol(here: Store, path: str, body: Any) -> None:
    key = held(here, ROWS.tobytes())
    asked = (
        {body: {"reference": key}}
        if isinstance(body, str)
        else {"inputs": [{**body, "parameters": {"reference": key}}]}
    )

    answer = post(serve(here), path, asked)

    numbers = answer.body["outputs"][0]["data"] if "v2" in path else next(iter(answer.body.values()))
    assert np.array(numbers, np.float32).tobytes() == ROWS.tobytes()


def test_a_direct_invoke_refers_to_tensors_too(here: Store) -> None:
    answer = ask(serve(here), {"model": "rows", "inputs": {"x": {"reference": held(here, ROWS.tobytes())}}})

    assert answer.body["outputs"] == {"y": ROWS.astype(float).tolist()}


def test_a_shape_comes_with_the_reference_where_the_signature_has_none(here: Store) -> None:
    reference = {"reference": held(here, ROWS.tobytes())}

    without = predict(serve(here), "any", {"x": reference})
    shaped = predict(serve(here), "any", {"x": {**reference, "shape": [1, 6], "datatype": "FP32"}})

    assert (without.status, without.body["code"]) == (400, "invalid_input")
    assert "unknown shape: send a 'shape'" in without.body["error"]
    assert shaped.body == {"y": [ROWS.reshape(-1).astype(float).tolist()]}


def test_an_empty_object_is_no_tensor_unless_it_is_said_to_have_no_rows(here: Store) -> None:
    reference = {"reference": held(here, b"")}

    refused = predict(serve(here), "rows", {"x": reference})
    said = predict(serve(here), "rows", {"x": {**reference, "shape": [0, 2]}})

    assert (refused.status, refused.body["code"]) == (400, "invalid_input")
    assert "which is empty: upload the tensor" in refused.body["error"]
    assert (said.status, said.body) == (200, {"y": []})


def test_one_upload_serves_several_inputs_and_others_come_as_they_are(here: Store) -> None:
    read: list[str] = []
    watched = WatchedStore(here, lambda verb, key: read.append(verb) if key.startswith("uploads/") else None)
    key = held(here, ROWS.tobytes())

    twice = predict(serve(watched), "add", {"a": {"reference": key}, "b": {"reference": key}})
    mixed = predict(serve(watched), "add", {"a": {"reference": key}, "b": (-ROWS).astype(float).tolist()})

    assert twice.body["c"] == (ROWS + ROWS).astype(float).tolist()
    assert mixed.body["c"] == np.zeros((3, 2)).tolist()
    assert read == ["head", "stream_range 0"] * 2


def test_several_references_are_read_beside_each_other(here: Store) -> None:
    together = {verb: threading.Barrier(2, timeout=20) for verb in ("head", "stream_range 0")}
    watched = WatchedStore(here, lambda verb, key: wait(together, verb, key))
    a, b = held(here, ROWS.tobytes()), held(here, ROWS.tobytes())

    answer = predict(serve(watched), "add", {"a": {"reference": a}, "b": {"reference": b}})

    assert answer.status == 200  # a barrier that only one reaches breaks


def wait(together: Mapping[str, threading.Barrier], verb: str, key: str) -> None:
    if key.startswith("uploads/"):
        together[verb].wait()


def test_a_large_object_is_read_in_ranges_bit_for_bit(here: Store) -> None:
    numbers = np.random.default_rng(3).random(CHUNK_BYTES // 4 + 7, np.float32)
    models = serve(here)
    key = held(here, numbers.tobytes())
    publish_model(here, "line", echo("FP32", ("N",)))

    answer = post(models, "/models/line/predict", {"x": {"reference": key}})

    assert answer.status == 413  # as many numbers do not fit into an answer, of a store that has no URLs
    assert "The answer has" in answer.body["error"]
    found = models.predict(InferRequest("line", "live", {"x": TensorReference(key)}))
    assert found.outputs["y"].tobytes() == numbers.tobytes()


def test_the_limit_is_that_of_all_tensors_and_is_checked_before_any_is_read(here: Store) -> None:
    read: list[str] = []
    watched = WatchedStore(here, lambda verb, key: read.append(verb) if key.startswith("uploads/") else None)
    a, b = held(here, ROWS.tobytes()), held(here, ROWS.tobytes())
    inputs = {"a": {"reference": a}, "b": {"reference": b}}

    refused = predict(serve(watched, max_tensor_bytes=2 * ROWS.nbytes - 1), "add", inputs)
    taken = predict(serve(here, max_tensor_bytes=2 * ROWS.nbytes), "add", inputs)

    assert (refused.status, refused.body["code"]) == (413, "payload_too_large")
    assert "have 48 bytes; the limit is 47" in refused.body["error"]
    assert read == ["head", "head"]
    assert taken.status == 200


def test_a_store_that_takes_too_long_is_503_in_time(here: Store) -> None:
    released = threading.Event()
    models = serve(WatchedStore(here, lambda _, key: hold(released, key)), gateway_seconds=1.0)
    key = held(here, ROWS.tobytes())
    models.session("rows")

    answer = predict(models, "rows", {"x": {"reference": key}})
    released.set()

    assert (answer.status, answer.body["code"]) == (503, "deadline_exceeded")


def hold(released: threading.Event, key: str) -> None:
    if key.startswith("uploads/"):
        released.wait(60)


def test_what_was_not_uploaded_is_404(store: Store) -> None:
    answer = predict(serve(published(store)), "rows", {"x": {"reference": new_key()}})

    assert (answer.status, answer.body["code"]) == (404, "reference_not_found")
    assert "not uploaded, or it has expired" in answer.body["error"]


@pytest.mark.parametrize("size", [0, 4, 23, 25])
def test_an_object_of_another_size_than_declared_is_400(here: Store, size: int) -> None:
    asked = {"name": "x", "datatype": "FP32", "shape": [3, 2], "parameters": {"reference": held(here, bytes(size))}}

    answer = post(serve(here), "/v2/models/rows/infer", {"inputs": [asked]})

    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert f"needs 24 bytes, but has {size}" in answer.body["error"]


class Shrinking(MemoryStore):
    """Objects that are said to be larger than they are, as one is that was replaced after somebody looked at it."""

    def head(self, key: str) -> Entry:
        return super().head(key)._replace(size=1000)


def test_an_object_that_shrinks_while_it_is_read_shows_no_memory() -> None:
    store = Shrinking()
    published(store)

    answer = predict(serve(store), "rows", {"x": {"reference": held(store, ROWS.tobytes())}})

    assert answer.status == 400
    assert "was replaced while it was read" in answer.body["error"]


def test_an_unknown_input_is_refused_before_its_reference_is_looked_for(here: Store) -> None:
    answer = predict(serve(here), "rows", {"z": {"reference": "file:///etc/passwd"}})

    assert (answer.status, answer.body["error"]) == (400, "Model 'rows' has no input 'z'; its inputs: 'x'.")


HOSTILE = [
    "",
    "/",
    "models/rows/aliases.json",
    "models/rows/versions/1.json",
    "jobs/x/state.json",
    "uploads/models/" + "0" * 32,
    "uploads/tensors/",
    "uploads/tensors/../../models/rows/versions/1.json",
    "uploads/tensors/" + "0" * 31,
    "uploads/tensors/" + "0" * 33,
    "uploads/tensors/" + "0" * 32 + "/",
    "uploads/tensors/" + "0" * 32 + "\n",
    "uploads/tensors/" + "0" * 31 + "\0",
    "uploads/tensors/" + "F" * 32,
    "uploads/tensors/" + "٣" * 32,
    "uploads%2Ftensors%2F" + "0" * 32,
    "uploads/tensors/%2e%2e/%2e%2e/models/rows/versions/1.json",
    "/uploads/tensors/" + "0" * 32,
    "./uploads/tensors/" + "0" * 32,
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "memory://other/uploads/tensors/" + "0" * 32,
    "http://169.254.169.254/latest/meta-data/",
    "https://allowed.s3.amazonaws.com/prefix/a",
    "s3://",
    "s3://allowed",
    "s3://allowed/",
    "s3://allowed/prefix",
    "s3://allowed/prefix/",
    "s3://allowed/prefix-other/a",
    "s3://allowed/prefixa",
    "s3://allowed/a",
    "s3://other/prefix/a",
    "S3://allowed/prefix/a",
    "s3://Allowed/prefix/a",
    "s3://allowed@other/prefix/a",
    "s3://allowed/prefix/../secret",
    "s3://allowed/prefix/a/../../secret",
    "s3://allowed/prefix/./a",
    "s3://allowed/prefix/.hidden",
    "s3://allowed/prefix//a",
    "s3://allowed/prefix/a/",
    "s3://allowed/prefix/%2e%2e/secret",
    "s3://allowed/prefix/..%2fsecret",
    "s3://allowed/prefix/a%00",
    "s3://allowed/prefix/a\0",
    "s3://allowed/prefix/a\n",
    "s3://allowed/prefix/a?versionId=1",
    "s3://allowed/prefix/a#b",
    "s3://allowed/prefix/..\\secret",
    "s3://allowed/prefix/é",
    " s3://allowed/prefix/a",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_nothing_else_can_be_referred_to(here: Store, url: str) -> None:
    read: list[str] = []
    watched = WatchedStore(here, lambda verb, key: read.append(key) if not key.startswith("models/") else None)
    models = serve(watched, tensor_prefixes=("s3://allowed/prefix",))
    assert predict(models, "rows", {"x": [1, 2]}).status == 200  # what it reads of models/ from now on is not its own
    watched.watch = lambda _, key: read.append(key)

    answer = predict(models, "rows", {"x": {"reference": url}})

    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert "which is not allowed: use a reference that POST /uploads/tensors answered" in answer.body["error"]
    assert answer.body["error"].endswith(" or s3://allowed/prefix/.")
    assert read == []


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": None},
        {"reference": 7},
        {"reference": ["uploads/tensors/" + "0" * 32]},
        {"reference": new_key(), "shape": "3"},
        {"reference": new_key(), "shape": [-1]},
        {"reference": new_key(), "shape": [True]},
        {"reference": new_key(), "shape": [2**31]},
        {"reference": new_key(), "datatype": "FP99"},
        {"reference": new_key(), "datatype": ["FP32"]},
        {"reference": new_key(), "region": "us-east-1"},
    ],
)
def test_a_reference_that_is_none_is_400(here: Store, reference: dict[str, Any]) -> None:
    answer = predict(serve(here), "rows", {"x": reference})

    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert "'x'" in answer.body["error"]


def test_a_reference_to_another_datatype_is_400(here: Store) -> None:
    reference = {"reference": held(here, ROWS.tobytes()), "datatype": "INT32"}

    answer = predict(serve(here), "rows", {"x": reference})

    assert (answer.status, answer.body["error"]) == (
        400,
        "Input 'x' must have datatype FP32, but the request declares INT32.",
    )


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("name", ["a.npy", "day=1/part-0+1_(2)'!*.bin", "a/b/c:d,e@f"])
def test_objects_below_an_allowed_prefix_are_read(here: Store, s3_url: str, name: str) -> None:
    open_store(f"{s3_url}/in").put(name, [ROWS.tobytes()])
    models = serve(here, tensor_prefixes=("s3://somewhere/else/", f"{s3_url}/in"))

    answer = predict(models, "rows", {"x": {"reference": f"{s3_url}/in/{name}"}})

    assert answer.body == {"y": ROWS.astype(float).tolist()}


@pytest.mark.usefixtures("aws")
def test_a_prefix_opens_nothing_of_the_store_itself(s3_url: str) -> None:
    store = published(open_store(f"{s3_url}/store"))
    models = serve(store, tensor_prefixes=(s3_url, f"{s3_url}/store/models/"))
    open_store(s3_url).put("store-of-others/a", [ROWS.tobytes()])
    key = held(store, ROWS.tobytes())

    for below in ("models/rows/aliases.json", "models/rows/versions/1.json", "jobs/1/state.json", key):
        answer = predict(models, "rows", {"x": {"reference": f"{s3_url}/store/{below}"}})

        assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    beside = predict(models, "rows", {"x": {"reference": f"{s3_url}/store-of-others/a"}})
    assert beside.status == 200


@pytest.mark.usefixtures("aws")
def test_a_missing_object_below_a_prefix_is_404(here: Store, s3_url: str) -> None:
    models = serve(here, tensor_prefixes=(s3_url,))

    answer = predict(models, "rows", {"x": {"reference": f"{s3_url}/none"}})

    assert (answer.status, answer.body["code"]) == (404, "reference_not_found")


@pytest.mark.parametrize(
    "prefixes",
    [["file:///"], ["s3://"], ["s3:///a/"], ["bucket/prefix"], ["s3://bucket/../"], ["s3://a/", "s3://b/ /"]],
)
def test_a_prefix_that_is_none_is_the_deployments_mistake(here: Store, prefixes: Iterable[str]) -> None:
    models = serve(here, tensor_prefixes=tuple(prefixes))

    answer = predict(models, "rows", {"x": {"reference": new_key()}})

    assert (answer.status, answer.body["code"]) == (500, InvalidSetting.code)
    assert "MODELET_TENSOR_PREFIXES must list s3://bucket/prefix/" in answer.body["error"]


def test_after_a_restore_references_are_read_from_the_new_store(here: Store) -> None:
    models = serve(here)
    assert predict(models, "rows", {"x": {"reference": held(here, ROWS.tobytes())}}).status == 200
    later = published(open_store(f"memory://{uuid.uuid4().hex}"))
    key = held(later, ROWS.tobytes())

    models.renew(later)

    assert predict(models, "rows", {"x": {"reference": key}}).status == 200
