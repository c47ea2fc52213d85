"""A cold start is one read and, all together, those that depend on it: never a third after the second, and none that
is not listed here.
"""

import threading
from collections import Counter

import pytest

from modelet.errors import AliasNotFound, ModelNotFound, VersionNotFound
from modelet.manifest.variant import RANGE_BYTES
from modelet.messages import InferRequest
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote, shadow
from modelet.registry.keys import aliases_key, version_key
from modelet.registry.variants import record_key
from modelet.store.base import Store
from modelet.tensors.nested import JsonTensor
from tests.derived import large, ort_format, publish_variants
from tests.onnx_models import scale
from tests.predict.shadows import finish, serve_logging
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore

ALIASES = aliases_key("m")
REQUEST = {"x": JsonTensor([[1.0, 2.0]])}


class Rounds:
    """Holds every read up until all reads of its round are under way: one that waits for another never gets there."""

    def __init__(self, *rounds: list[str]) -> None:
        self.reads: list[str] = []
        self._barriers = [threading.Barrier(len(keys), timeout=5) for keys in rounds]
        self._places = [(key, number) for number, keys in enumerate(rounds) for key in keys]
        self._lock = threading.Lock()

    def __call__(self, verb: str, key: str) -> None:
        with self._lock:
            self.reads.append(key)
            place = next((place for place in self._places if place[0] == key), None)
            assert place, f"{verb} {key} was not expected"
            self._places.remove(place)
        self._barriers[place[1]].wait()

    def is_over(self) -> bool:
        return not self._places


def test_an_alias_leads_to_manifest_and_artifact_at_once(store: Store) -> None:
    publish_model(store, "m", scale(1.0))
    artifact = publish_model(store, "m", scale(2.0)).artifact
    promote(store, "m", 2)
    rounds = Rounds([ALIASES, version_key("m", 1)], [version_key("m", 2), blob_key("m", artifact.sha256)])

    answer = serve(WatchedStore(store, rounds)).predict(InferRequest("m", "live", REQUEST))

    assert answer.outputs["y_pred"].tolist() == [[2.0, 4.0]]
    assert rounds.is_over()


def test_a_model_that_was_never_promoted_needs_its_artifact_only(store: Store) -> None:
    artifact = publish_model(store, "m", scale(2.0)).artifact
    rounds = Rounds([ALIASES, version_key("m", 1)], [blob_key("m", artifact.sha256)])

    answer = serve(WatchedStore(store, rounds)).predict(InferRequest("m", "live", REQUEST))

    assert answer.outputs["y_pred"].tolist() == [[2.0, 4.0]]
    assert rounds.is_over()


@pytest.mark.parametrize("promoted", [True, False])
def test_a_pinned_version_does_not_wait_for_the_aliases(store: Store, promoted: bool) -> None:
    publish_model(store, "m", scale(1.0))
    artifact = publish_model(store, "m", scale(2.0)).artifact
    if promoted:
        promote(store, "m", 1)
    rounds = Rounds([ALIASES, version_key("m", 1), version_key("m", 2)], [blob_key("m", artifact.sha256)])

    answer = serve(WatchedStore(store, rounds)).predict(InferRequest("m", "2", REQUEST))

    assert answer.outputs["y_pred"].tolist() == [[2.0, 4.0]]
    assert rounds.is_over()


def test_an_alias_leads_to_the_variant_at_once(store: Store) -> None:
    publish_model(store, "m", scale(1.0))
    manifest = publish_variants(store, "m", scale(2.0), (ort_format(scale(2.0)), {}))
    promote(store, "m", 2)
    blob = blob_key("m", manifest.variants[0].blob.sha256)
    rounds = Rounds([ALIASES, version_key("m", 1)], [version_key("m", 2), blob])

    answer = serve(WatchedStore(store, rounds)).predict(InferRequest("m", "live", REQUEST))

    assert answer.outputs["y_pred"].tolist() == [[2.0, 4.0]]
    assert rounds.is_over()


def test_a_pinned_version_leads_to_its_variant_at_once(store: Store) -> None:
    manifest = publish_variants(store, "m", scale(2.0), (ort_format(scale(2.0)), {}))
    blob = blob_key("m", manifest.variants[0].blob.sha256)
    rounds = Rounds([ALIASES, version_key("m", 1)], [blob])

    answer = serve(WatchedStore(store, rounds)).predict(InferRequest("m", "1", REQUEST))

    assert answer.outputs["y_pred"].tolist() == [[2.0, 4.0]]
    assert rounds.is_over()


def test_a_large_variant_is_read_beside_its_manifest_and_its_record(store: Store) -> None:
    publish_model(store, "m", scale(1.0))
    content = ort_format(large())
    manifest = publish_variants(store, "m", large(), (content, {}))
    promote(store, "m", 2)
    variant = manifest.variants[0]
    ranges = [blob_key("m", variant.blob.sha256)] * -(-len(content) // RANGE_BYTES)
    record = record_key("m", manifest.artifact.sha256, variant.fits)
    rounds = Rounds([ALIASES, version_key("m", 1)], [version_key("m", 2), record, *ranges])

    answer = serve(WatchedStore(store, rounds)).predict(InferRequest("m", "live", {"x": JsonTensor([[1.0] * 2048])}))

    assert len(ranges) == 3
    assert answer.outputs["y"].tolist() == [[2.0] * 2048]
    assert rounds.is_over()


def test_a_shadow_adds_no_read_to_those_that_the_answer_waits_for(store: Store) -> None:
    artifacts = [publish_model(store, "m", scale(factor)).artifact for factor in (1.0, 2.0, 3.0)]
    promote(store, "m", 2)
    shadow(store, "m", 3)
    rounds = Rounds([ALIASES, version_key("m", 1)], [version_key("m", 2), blob_key("m", artifacts[1].sha256)])
    answered = threading.Event()

    def watch(verb: str, key: str) -> None:
        if key in (version_key("m", 3), blob_key("m", artifacts[2].sha256)):
            answered.wait()
        else:
            rounds(verb, key)

    answer = serve_logging(WatchedStore(store, watch)).predict(InferRequest("m", "live", REQUEST))
    answered.set()

    assert answer.outputs["y_pred"].tolist() == [[2.0, 4.0]]
    assert rounds.is_over()
    finish()


@pytest.mark.parametrize("ref", ["live", "1"])
def test_a_warm_model_reads_nothing(store: Store, ref: str) -> None:
    publish_model(store, "m", scale(2.0))
    reads: list[str] = []
    models = serve(WatchedStore(store, lambda verb, key: reads.append(key)))
    models.session("m", ref)
    threads, cold = threading.active_count(), len(reads)

    for _ in range(10):
        models.predict(InferRequest("m", ref, REQUEST))

    assert (len(reads), threading.active_count()) == (cold, threads)


def test_describing_a_model_fetches_no_artifact(store: Store) -> None:
    publish_model(store, "m", scale(2.0))
    reads: list[str] = []

    serve(WatchedStore(store, lambda verb, key: reads.append(key))).resolve("m")

    assert not any("blobs" in key for key in reads)


def test_64_requests_at_once_load_a_model_once(store: Store) -> None:
    artifact = publish_model(store, "m", scale(2.0)).artifact
    reads: Counter[str] = Counter()
    models = serve(WatchedStore(store, lambda verb, key: reads.update([key])))
    together = threading.Barrier(64)
    answers: list[object] = []

    def ask() -> None:
        together.wait()
        answers.append(models.predict(InferRequest("m", "1", REQUEST)).outputs["y_pred"].tolist())

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [[[2.0, 4.0]]] * 64
    assert reads[blob_key("m", artifact.sha256)] == 1


@pytest.mark.parametrize(
    ("model", "ref", "error"),
    [
        ("nobody", "live", ModelNotFound),
        ("nobody", "staging", ModelNotFound),
        ("nobody", "3", ModelNotFound),
        ("m", "3", VersionNotFound),
        ("m", "staging", AliasNotFound),
    ],
)
@pytest.mark.parametrize("promoted", [True, False])
def test_what_is_not_there_is_named(store: Store, model: str, ref: str, error: type[Exception], promoted: bool) -> None:
    publish_model(store, "m", scale(2.0))
    if promoted:
        promote(store, "m", 1)
    models = serve(store)

    for _ in range(2):
        with pytest.raises(error, match=f"'{model}'" if error is ModelNotFound else ref):
            models.predict(InferRequest(model, ref, REQUEST))


def test_a_version_that_is_published_after_it_was_asked_for_is_found(store: Store) -> None:
    models = serve(store, alias_ttl=0)
    with pytest.raises(ModelNotFound):
        models.resolve("m", "1")

    publish_model(store, "m", scale(2.0))

    assert models.resolve("m", "1").version == 1
    assert models.resolve("m").version == 1
