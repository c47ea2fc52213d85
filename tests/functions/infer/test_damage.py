"""Objects in the store that are not what they should be: a clear 5xx naming the digest, never a session, and the other
models keep serving.
"""

from collections.abc import Callable
from hashlib import sha256

import pytest

from modelet.errors import StoreUnavailable
from modelet.manifest import Manifest
from modelet.registry.blobs import blob_key, read_blob
from modelet.registry.changing import promote
from modelet.registry.keys import aliases_key, version_key
from modelet.registry.publishing import publish
from modelet.store.base import Store
from tests.entrances import WAYS, Answer, Way, get, post
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore

INPUTS = {"x": [[1, 2]]}


@pytest.fixture
def victim(store: Store) -> Manifest:
    """A published model, beside a healthy one."""
    publish_model(store, "healthy", scale(3.0))
    return publish_model(store, "victim", scale(2.0))


def truncate(store: Store, victim: Manifest) -> None:
    store.put(key_of(victim), [read_blob(store, "victim", victim.artifact)[:-1]])


def lengthen(store: Store, victim: Manifest) -> None:
    store.put(key_of(victim), [read_blob(store, "victim", victim.artifact) + b"\0"])


def flip_a_bit(store: Store, victim: Manifest) -> None:
    data = bytearray(read_blob(store, "victim", victim.artifact))
    data[len(data) // 2] ^= 1
    store.put(key_of(victim), [bytes(data)])


def swap(store: Store, victim: Manifest) -> None:
    healthy = next(store.scan("models/healthy/blobs/"))
    found = store.get(healthy.key)
    assert found is not None
    store.put(key_of(victim), [found.data])


def remove(store: Store, victim: Manifest) -> None:
    store.delete(key_of(victim))


def key_of(victim: Manifest) -> str:
    return blob_key("victim", victim.artifact.sha256)


@pytest.mark.parametrize("damage", [truncate, lengthen, flip_a_bit, swap, remove])
def test_a_damaged_artifact_is_a_5xx_naming_its_digest_and_others_keep_serving(
    store: Store, victim: Manifest, damage: Callable[[Store, Manifest], None]
) -> None:
    damage(store, victim)
    models = serve(store)

    for way in WAYS.values():
        assert_names(way.ask(models, "victim", INPUTS), victim.artifact.sha256)
        assert way.ask(models, "healthy", INPUTS).status == 200

    ready = get(models, "/v2/models/victim/ready")
    assert (ready.status, ready.body["ready"], ready.headers["retry-after"]) == (503, False, "1")
    assert victim.artifact.sha256 in ready.body["error"]


def test_a_repaired_artifact_serves_again(store: Store, victim: Manifest) -> None:
    data = read_blob(store, "victim", victim.artifact)
    models = serve(store, failure_ttl=0)
    remove(store, victim)
    assert post(models, "/models/victim/predict", INPUTS).status == 500

    store.put(key_of(victim), [data])

    assert post(models, "/models/victim/predict", INPUTS).body == {"y_pred": [[2.0, 4.0]]}


def test_bytes_that_are_no_model_are_a_5xx_though_their_digest_is_right(store: Store, victim: Manifest) -> None:
    garbage = b"not a model"
    artifact = victim.artifact._replace(sha256=sha256(garbage).hexdigest(), size=len(garbage))
    publish(store, victim._replace(model="garbage", artifact=artifact), {artifact.sha256: lambda: [garbage]})

    answer = post(serve(store), "/models/garbage/predict", INPUTS)

    assert (answer.status, answer.body["code"]) == (500, "corrupt_object")
    assert "Model 'garbage' version 1 cannot be loaded" in answer.body["error"]


@pytest.mark.parametrize("ref", [None, "live", "1"])
@pytest.mark.parametrize(
    ("key", "said"),
    [(version_key("victim", 1), "versions/1.json"), (aliases_key("victim"), "aliases.json")],
    ids=["manifest", "aliases"],
)
def test_a_damaged_document_is_a_5xx_naming_it(
    store: Store, victim: Manifest, key: str, said: str, ref: str | None
) -> None:
    promote(store, "victim", 1)
    store.put(key, [b'{"schema": 1'])

    answer = Way("http-api-predict", "simple", ref).ask(serve(store), "victim", INPUTS)

    assert (answer.status, answer.body["code"]) == (500, "corrupt_object")
    assert said in answer.body["error"]


def test_a_swapped_manifest_is_a_5xx_naming_both_digests(store: Store, victim: Manifest) -> None:
    promoted = promote(store, "victim", 1).alias("live").targets[0]
    other = victim._replace(description="swapped").dump()
    store.put(version_key("victim", 1), [other])

    answer = post(serve(store), "/models/victim/predict", INPUTS)

    assert answer.status == 500
    assert promoted.manifest in answer.body["error"]
    assert sha256(other).hexdigest() in answer.body["error"]


def test_aliases_that_name_another_artifact_than_the_manifest_are_a_5xx_naming_both(
    store: Store, victim: Manifest
) -> None:
    document = promote(store, "victim", 1).dump()
    other = publish_model(store, "victim", scale(9.0)).artifact.sha256
    store.put(aliases_key("victim"), [document.replace(victim.artifact.sha256.encode(), other.encode())])

    answer = post(serve(store), "/models/victim/predict", INPUTS)

    assert (answer.status, answer.body["code"]) == (500, "corrupt_object")
    assert [digest for digest in (other, victim.artifact.sha256) if digest not in answer.body["error"]] == []


def test_a_store_that_cannot_be_reached_is_503_with_retry_after(store: Store, victim: Manifest) -> None:
    def fail(verb: str, key: str) -> None:
        raise StoreUnavailable("The store is away.")

    models = serve(WatchedStore(store, fail))

    for way in WAYS.values():
        answer = way.ask(models, "victim", INPUTS)
        assert (answer.status, answer.body["code"]) == (503, "store_unavailable")
        assert way.protocol == "direct" or answer.headers["retry-after"] == "1"
    ready = get(models, "/v2/health/ready")
    assert (ready.status, ready.body["ready"], ready.headers["retry-after"]) == (503, False, "1")
    assert get(models, "/v2/health/live").status == 200


def assert_names(answer: Answer, digest: str) -> None:
    assert (answer.status, answer.body["code"]) == (500, "corrupt_object")
    assert digest in answer.body["error"]
