"""Fetching: bytes that are not what the record says never get any further, whichever range they are in."""

import random
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from modelet.errors import CorruptObject, StoreUnavailable
from modelet.manifest import Artifact, Manifest, Variant
from modelet.manifest.variant import RANGE_BYTES
from modelet.predict.fetching import fetch
from modelet.predict.ranges import MOST_AT_ONCE
from modelet.registry.blobs import blob_key
from modelet.registry.variants import record_key
from modelet.store import open_store
from modelet.store.base import PIECE_BYTES, Store
from modelet.store.memory import MemoryStore
from tests.derived import publish_variants
from tests.onnx_models import scale
from tests.watched_store import WatchedStore

MADE = scale(1.0)
CONTENT = bytes(range(251)) * (2 * RANGE_BYTES // 251) + b"\0" * 1000
SMALL = CONTENT[:RANGE_BYTES]


@pytest.fixture
def memory() -> Store:
    return MemoryStore()


def published(store: Store, content: bytes) -> tuple[Manifest, Variant]:
    manifest = publish_variants(store, "m", MADE, (content, {}))
    return manifest, manifest.variants[0]


def put(store: Store, content: bytes) -> Artifact:
    """A blob that has one digest, as canonical artifacts and the weights beside them have."""
    blob = Artifact(sha256(content).hexdigest(), len(content))
    store.put(blob_key("m", blob.sha256), [content])
    return blob


@pytest.mark.parametrize("content", [SMALL, CONTENT, CONTENT[: 2 * RANGE_BYTES], b""], ids=len)
def test_what_is_fetched_is_what_was_published(store: Store, content: bytes) -> None:
    manifest, variant = published(store, content)

    with fetch(store, "m", manifest.artifact, variant) as file:
        assert Path(file.path).read_bytes() == content


def test_the_canonical_artifact_is_fetched_where_there_is_no_variant(store: Store) -> None:
    manifest, _ = published(store, SMALL)

    with fetch(store, "m", manifest.artifact, None) as file:
        assert Path(file.path).read_bytes() == MADE.SerializeToString(deterministic=True)


@pytest.mark.parametrize("content", [SMALL, CONTENT, CONTENT[: 2 * RANGE_BYTES], b""], ids=len)
def test_a_canonical_artifact_of_any_size_is_fetched(store: Store, content: bytes) -> None:
    blob = put(store, content)

    with fetch(store, "m", blob, None) as file:
        assert Path(file.path).read_bytes() == content


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def swapped(data: bytes) -> bytes:
    return data[RANGE_BYTES : 2 * RANGE_BYTES] + data[:RANGE_BYTES] + data[2 * RANGE_BYTES :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "first byte": flipped(0),
    "last byte of the first range": flipped(RANGE_BYTES - 1),
    "second range": flipped(RANGE_BYTES),
    "last byte": flipped(len(CONTENT) - 1),
    "one byte less": lambda data: data[:-1],
    "one byte more": lambda data: data + b"\0",
    "ends with the second range": lambda data: data[: 2 * RANGE_BYTES],
    "ends with the first range": lambda data: data[:RANGE_BYTES],
    "empty": lambda data: b"",
    "two ranges exchanged": swapped,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_range_is_an_error_that_names_the_digest(store: Store, damage: Callable[[bytes], bytes]) -> None:
    manifest, variant = published(store, CONTENT)
    store.put(blob_key("m", variant.blob.sha256), [damage(CONTENT)])

    with pytest.raises(CorruptObject, match=f"{variant.blob.sha256} of model 'm' is damaged"):
        fetch(store, "m", manifest.artifact, variant)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_canonical_artifact_is_an_error_that_names_the_digest(
    store: Store, damage: Callable[[bytes], bytes]
) -> None:
    blob = put(store, CONTENT)
    store.put(blob_key("m", blob.sha256), [damage(CONTENT)])

    with pytest.raises(CorruptObject, match=f"{blob.sha256} of model 'm' is damaged.*of {len(CONTENT)} bytes"):
        fetch(store, "m", blob, None)


@pytest.mark.parametrize("content", [SMALL, CONTENT], ids=len)
def test_a_missing_canonical_artifact_is_an_error_that_names_the_digest(store: Store, content: bytes) -> None:
    blob = put(store, content)
    store.delete(blob_key("m", blob.sha256))

    with pytest.raises(CorruptObject, match=f"{blob.sha256} of model 'm' is missing"):
        fetch(store, "m", blob, None)


def test_a_missing_variant_is_an_error_that_names_the_digest(store: Store) -> None:
    manifest, variant = published(store, CONTENT)
    store.delete(blob_key("m", variant.blob.sha256))

    with pytest.raises(CorruptObject, match=f"{variant.blob.sha256} of model 'm' is missing"):
        fetch(store, "m", manifest.artifact, variant)


@pytest.mark.parametrize("change", [None, lambda data: data.replace(b"latency", b"LATENCY"), lambda data: data + b" "])
def test_a_record_that_is_not_the_one_that_was_named_is_an_error(
    memory: Store, change: Callable[[bytes], bytes] | None
) -> None:
    manifest, variant = published(memory, CONTENT)
    key = record_key("m", manifest.artifact.sha256, variant.fits)
    found = memory.get(key)
    assert found is not None
    memory.delete(key)
    if change:
        memory.put(key, [change(found.data)])

    with pytest.raises(CorruptObject, match=key):
        fetch(memory, "m", manifest.artifact, variant)


@pytest.mark.parametrize("canonical", [False, True])
def test_a_failure_ends_every_thread_and_leaves_no_descriptor(memory: Store, canonical: bool) -> None:
    manifest, variant = published(memory, CONTENT * 8)
    wanted = (variant.blob, None) if canonical else (manifest.artifact, variant)
    threads, descriptors = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    read: list[str] = []

    def watch(verb: str, key: str) -> None:
        if verb.startswith("stream_range"):
            read.append(verb)
            raise StoreUnavailable("The store is away.")

    with pytest.raises(StoreUnavailable, match="The store is away"):
        fetch(WatchedStore(memory, watch), "m", *wanted)

    assert len(read) <= MOST_AT_ONCE
    assert (threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == (threads, descriptors)


@pytest.mark.parametrize("canonical", [False, True])
def test_a_large_blob_is_one_request_for_each_range_several_at_once(memory: Store, canonical: bool) -> None:
    manifest, variant = published(memory, CONTENT * 8)
    wanted = (variant.blob, None) if canonical else (manifest.artifact, variant)
    ranges = -(-len(CONTENT) * 8 // RANGE_BYTES)
    assert ranges > 2 * MOST_AT_ONCE
    requests: Counter[str] = Counter()
    together = threading.Barrier(MOST_AT_ONCE, timeout=20)

    def watch(verb: str, key: str) -> None:
        requests[key] += 1
        if verb.startswith("stream_range") and int(verb.split()[1]) < MOST_AT_ONCE * RANGE_BYTES:
            together.wait()

    store, blob = WatchedStore(memory, watch), blob_key("m", variant.blob.sha256)
    fetch(store, "m", *wanted).close()

    record = {} if canonical else {record_key("m", manifest.artifact.sha256, variant.fits): 1}
    assert requests == {blob: ranges, **record}


def test_ranges_of_a_canonical_artifact_may_come_in_any_order(memory: Store) -> None:
    content = random.Random(0).randbytes(3 * RANGE_BYTES + 1)
    blob = put(memory, content)
    last = threading.Event()

    def watch(verb: str, key: str) -> None:
        if verb == f"stream_range {3 * RANGE_BYTES}":
            last.set()
        else:
            assert last.wait(20)

    with fetch(WatchedStore(memory, watch), "m", blob, None) as file:
        assert Path(file.path).read_bytes() == content


@pytest.mark.parametrize("canonical", [False, True])
def test_of_a_large_blob_each_thread_holds_a_piece_and_no_more(tmp_path: Path, canonical: bool) -> None:
    store = open_store(f"file://{tmp_path}", {})
    manifest, variant = published(store, CONTENT * 4)
    wanted = (variant.blob, None) if canonical else (manifest.artifact, variant)
    fetch(store, "m", *wanted).close()  # imports what there is to import

    tracemalloc.start()
    try:
        fetch(store, "m", *wanted).close()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    # One that is being read, and the one before it; one buffer that ranges are read again into.
    assert most < (2 * MOST_AT_ONCE + 1) * PIECE_BYTES + 1_000_000 < variant.blob.size / 8


def test_a_small_variant_is_one_request(memory: Store) -> None:
    manifest, variant = published(memory, SMALL)
    requests: list[str] = []

    fetch(WatchedStore(memory, lambda verb, key: requests.append(key)), "m", manifest.artifact, variant).close()

    assert requests == [blob_key("m", variant.blob.sha256)]
