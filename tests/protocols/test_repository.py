"""The model repository extension, and KServe's list: what can be asked for, and loading it beforehand."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from modelet.errors import StoreUnavailable
from modelet.predict import Models
from modelet.protocols.v2 import repository
from modelet.registry.blobs import blob_key
from modelet.registry.changing import delete, promote, split
from modelet.store import open_store
from modelet.store.base import Store
from modelet.store.memory import MemoryStore
from tests.entrances import ask, event, get, post
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore

INDEX = "/v2/repository/index"
DEMAND = "not in memory: it is loaded by its first request"


def two_models() -> Store:
    """`a` with two versions, of which `live` is the first; `b` with one, which cannot be loaded."""
    store = MemoryStore()
    publish_model(store, "a", scale(1.0))
    publish_model(store, "a", scale(2.0))
    damaged = publish_model(store, "b", scale(3.0)).artifact
    store.put(blob_key("b", damaged.sha256), [b"damaged"])
    return store


def line(name: str, version: str, state: str = "READY", reason: str = DEMAND) -> dict[str, str]:
    return {"name": name, "version": version, "state": state, "reason": reason}


def test_the_index_lists_every_version_that_can_be_asked_for() -> None:
    models = serve(two_models())

    assert post(models, INDEX, b"").body == [line("a", "1"), line("a", "2"), line("b", "1")]


def test_the_index_says_what_is_in_memory_and_what_could_not_be_loaded() -> None:
    models = serve(two_models(), failure_ttl=3600.0)
    assert get(models, "/v2/models/a/versions/2/ready").status == 200
    assert get(models, "/v2/models/b/ready").status == 503

    held = post(models, INDEX, b"").body

    assert held[:2] == [line("a", "1"), line("a", "2", reason="")]
    assert (held[2]["state"], len(held)) == ("UNAVAILABLE", 3)
    assert "is damaged" in held[2]["reason"]
    assert post(models, INDEX, {"ready": True}).body == held[:2]
    assert post(models, INDEX, {"ready": False}).body == held


def test_the_repository_may_have_any_name() -> None:
    models = serve(two_models())

    assert post(models, "/v2/repository/mine/index", {}).body == post(models, INDEX, b"").body


def test_deleted_versions_and_interrupted_publishes_are_not_listed() -> None:
    store = two_models()
    promote(store, "a", 2)
    delete(store, "a", 1, "wrong data")
    store.put("models/begun/blobs/0", [b"of a publish that was interrupted"])
    store.put("models/NO NAME/versions/1.json", [b"{}"])
    models = serve(store)

    assert [(held["name"], held["version"]) for held in post(models, INDEX, b"").body] == [("a", "2"), ("b", "1")]
    assert get(models, "/v2/models").body == {"models": ["a", "b"]}


def test_a_document_that_cannot_be_read_hides_no_other_model() -> None:
    store = two_models()
    store.put("models/a/aliases.json", [b"{"])
    models = serve(store)

    first, second = post(models, INDEX, b"").body

    assert (first["name"], first["version"], first["state"]) == ("a", "", "UNAVAILABLE")
    assert "models/a/aliases.json" in first["reason"]
    assert second == line("b", "1")
    assert get(models, "/v2/models").body == {"models": ["b"]}


def test_an_empty_store_has_no_models() -> None:
    models = serve(MemoryStore())

    assert post(models, INDEX, b"").body == []
    assert get(models, "/v2/models").body == {"models": []}


def test_a_store_that_cannot_be_read_is_503() -> None:
    def refuse(verb: str, key: str) -> None:
        if verb == "scan":
            raise StoreUnavailable("The store is away.")

    answer = post(serve(WatchedStore(two_models(), refuse)), INDEX, b"")

    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "store_unavailable", "1")


@pytest.mark.parametrize("body", [{"ready": 1}, {"ready": None}, [], b"{"])
def test_what_is_no_index_request_is_400(body: Any) -> None:
    answer = post(serve(MemoryStore()), INDEX, body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


def test_the_reads_of_an_index_are_bounded() -> None:
    reads = Counter[str]()
    store = MemoryStore()
    for number in range(repository.MOST_MODELS + 5):
        store.put(f"models/m{number:04}/versions/1.json", [b"{}"])
    models = serve(WatchedStore(store, lambda verb, _: reads.update([verb])))

    assert len(post(models, INDEX, b"").body) == repository.MOST_MODELS
    assert reads["folders"] == 1
    assert reads.total() <= 1 + 4 * repository.MOST_MODELS


def test_an_index_does_not_outlast_its_request() -> None:
    on, hold = threading.Event(), threading.Event()

    def wait(verb: str, key: str) -> None:
        if verb == "scan":
            on.set()
            hold.wait()

    models = serve(WatchedStore(two_models(), wait), gateway_seconds=0.5)
    try:
        answer = post(models, INDEX, {})
    finally:
        hold.set()

    assert on.is_set()
    assert (answer.status, answer.body["code"]) == (503, "deadline_exceeded")


@pytest.mark.parametrize("path", ["/v2/repository/models/a/load", "/v2/repository/mine/models/a/load"])
@pytest.mark.parametrize("body", [None, "{}", '{"parameters": {}}'])
def test_loading_puts_what_live_leads_to_into_memory(path: str, body: str | None) -> None:
    models = serve(two_models())

    answer = ask(models, event("http-api-predict", path, body))

    assert (answer.status, answer.body) == (200, {"name": "a", "load": True, "versions": ["1"]})
    assert post(models, INDEX, {"ready": True}).body[0] == line("a", "1", reason="")


def test_loading_a_split_alias_loads_all_that_it_may_choose() -> None:
    store = two_models()
    split(store, "a", {1: 0.9, 2: 0.1})

    answer = post(serve(store), "/v2/repository/models/a/load", {})

    assert sorted(answer.body["versions"]) == ["1", "2"]


def load(models: Models, model: str) -> tuple[int, str]:
    answer = post(models, f"/v2/repository/models/{model}/load", {})
    return answer.status, answer.body["code"]


def test_a_load_that_fails_says_why() -> None:
    models = serve(two_models())

    assert load(models, "b") == (500, "corrupt_object")
    assert load(models, "nobody") == (404, "model_not_found")
    assert load(models, "NO") == (400, "invalid_name")
    assert load(serve(two_models(), cache_bytes=1), "a") == (507, "out_of_memory")


@pytest.mark.parametrize("name", ["config", "file:1/model.onnx"])
def test_a_load_brings_no_files(name: str) -> None:
    answer = post(serve(two_models()), "/v2/repository/models/a/load", {"parameters": {name: "{}"}})

    assert (answer.status, answer.body["code"]) == (501, "not_supported")
    assert "modelet push" in answer.body["error"]


@pytest.mark.parametrize(
    ("verb", "path", "instead"),
    [
        (post, "/v2/repository/models/a/unload", "modelet promote"),
        (post, "/v2/repository/mine/models/a/unload", "modelet promote"),
        (get, "/v2/trace/setting", "Server-Timing"),
        (post, "/v2/trace/setting", "Server-Timing"),
        (get, "/v2/models/a/trace/setting", "Server-Timing"),
        (post, "/v2/models/a/trace/setting", "Server-Timing"),
        (get, "/v2/logging", "MODELET_LOG"),
        (post, "/v2/logging", "MODELET_LOG"),
        (get, "/v2/systemsharedmemory/status", "/uploads/tensors"),
        (get, "/v2/cudasharedmemory/region/r/status", "/uploads/tensors"),
        (post, "/v2/systemsharedmemory/region/r/register", "/uploads/tensors"),
        (post, "/v2/systemsharedmemory/region/r/unregister", "/uploads/tensors"),
        (post, "/v2/cudasharedmemory/unregister", "/uploads/tensors"),
    ],
)
def test_what_is_not_served_says_what_there_is_instead(
    verb: Callable[[Models, str], Any], path: str, instead: str
) -> None:
    answer = verb(serve(open_store("memory://refusals")), path)

    assert (answer.status, answer.body["code"]) == (501, "not_supported")
    assert instead in answer.body["error"]
