"""One suite for every store: what the registry relies on holds in memory, in a folder and on S3 alike."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from threading import Barrier

import pytest

from modelet.errors import CorruptObject, InvalidName, ModeletError
from modelet.store.base import PIECE_BYTES, AlreadyExists, Changed, Entry, Store, Stored

THREADS = 16
REFUSED_KEYS = ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "a\0b", ".hidden", "a/.b"]


def read(store: Store, key: str) -> Stored:
    found = store.get(key)
    assert found is not None
    return found


def keys(store: Store, prefix: str = "") -> list[str]:
    return sorted(entry.key for entry in store.scan(prefix))


def test_what_was_put_is_read(store: Store) -> None:
    store.put("a/b", [b"one", b"", b"two"])

    assert read(store, "a/b").data == b"onetwo"


def test_put_replaces_what_was_there(store: Store) -> None:
    store.put("a", [b"a longer one"])
    store.put("a", [b"two"])

    assert read(store, "a").data == b"two"


@pytest.mark.parametrize("chunks", [[], [b""], [b"", b""]])
def test_an_empty_object_exists(store: Store, chunks: list[bytes]) -> None:
    store.put("a", chunks)

    assert read(store, "a").data == b""
    assert store.head("a").size == 0
    assert b"".join(store.stream("a")) == b""


def test_get_answers_none_while_the_etag_is_the_same(store: Store) -> None:
    store.put("a", [b"one"])
    etag = read(store, "a").etag

    assert store.get("a", unless=etag) is None
    store.put("a", [b"two"])
    changed = store.get("a", unless=etag)

    assert changed is not None
    assert (changed.data, changed.etag != etag) == (b"two", True)


def test_conditional_writes_answer_the_etag_that_a_read_gives(store: Store) -> None:
    created = store.put_if_absent("a", b"one")
    assert created == read(store, "a").etag

    replaced = store.put_if_match("a", b"two", created)
    assert replaced == read(store, "a").etag != created


@pytest.mark.parametrize("verb", ["get", "stream_range", "stream", "head"])
def test_a_missing_key_is_a_file_not_found_error_that_names_it(store: Store, verb: str) -> None:
    store.put("a/b", [b"x"])
    read_verb: dict[str, Callable[[str], object]] = {
        "get": store.get,
        "stream_range": lambda key: list(store.stream_range(key, 0, 1)),
        "stream": lambda key: list(store.stream(key)),
        "head": store.head,
    }

    for key in ("missing", "a/missing", "a", "a/b/c"):
        with pytest.raises(FileNotFoundError, match=key):
            read_verb[verb](key)


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 10, b"0123456789"), (3, 4, b"3456"), (8, 5, b"89"), (10, 3, b""), (25, 3, b"")],
)
def test_ranges_are_shorter_at_the_end_of_the_object(store: Store, start: int, length: int, expected: bytes) -> None:
    store.put("a", [b"0123456789"])

    assert b"".join(store.stream_range("a", start, length)) == expected


def test_put_if_absent_leaves_what_is_there(store: Store) -> None:
    store.put_if_absent("a", b"one")

    with pytest.raises(AlreadyExists, match="a exists already"):
        store.put_if_absent("a", b"two")
    assert read(store, "a").data == b"one"


def test_put_if_match_refuses_another_etag(store: Store) -> None:
    stale = store.put_if_absent("a", b"one")
    store.put_if_match("a", b"two", stale)

    with pytest.raises(Changed):
        store.put_if_match("a", b"three", stale)
    assert read(store, "a").data == b"two"


def test_put_if_match_refuses_a_missing_key(store: Store) -> None:
    etag = store.put_if_absent("a", b"one")
    store.delete("a")

    with pytest.raises(Changed):
        store.put_if_match("a", b"two", etag)
    assert keys(store) == []


def test_head_tells_size_and_time(store: Store) -> None:
    store.put("a/b", [b"12345"])

    found = store.head("a/b")

    assert (found.key, found.size) == ("a/b", 5)
    assert found.modified > 1.7e9


def test_scan_finds_everything_below_a_prefix_and_nothing_else(store: Store) -> None:
    for key in ("m/a/1", "m/a/2", "m/ab/1", "m/a.txt", "n/a/1", "top"):
        store.put(key, [key.encode()])

    assert keys(store, "m/a/") == ["m/a/1", "m/a/2"]
    assert keys(store, "m/") == ["m/a.txt", "m/a/1", "m/a/2", "m/ab/1"]
    assert keys(store) == ["m/a.txt", "m/a/1", "m/a/2", "m/ab/1", "n/a/1", "top"]
    assert keys(store, "nothing/") == []
    assert [entry.size for entry in store.scan("n/")] == [5]


def test_folders_are_the_names_that_have_objects_below_them(store: Store) -> None:
    for key in ("m/a/1", "m/b/c/2", "m/file", "n/a"):
        store.put(key, [b"x"])

    assert store.folders("m/") == ["a", "b"]
    assert store.folders("") == ["m", "n"]
    assert store.folders("nothing/") == []

    store.delete("m/b/c/2")
    assert store.folders("m/") == ["a"]


def test_deleting_twice_is_no_error(store: Store) -> None:
    store.put("a/b", [b"x"])

    store.delete("a/b")
    store.delete("a/b")
    store.delete("never/was")

    assert keys(store) == []


def test_odd_but_valid_keys_are_kept_apart(store: Store) -> None:
    odd = ["a b", "a+b", "a%20b", "a%2Fb", "ünïcode", "a=b&c", "~a", "a:b", "UPPER", "upper", "#h", "q?x"]
    for key in odd:
        store.put(f"k/{key}", [key.encode()])

    assert keys(store, "k/") == sorted(f"k/{key}" for key in odd)
    assert {key: read(store, f"k/{key}").data for key in odd} == {key: key.encode() for key in odd}


@pytest.mark.parametrize("key", REFUSED_KEYS)
def test_a_key_that_could_mean_another_place_is_refused_by_every_verb(store: Store, key: str) -> None:
    verbs: list[Callable[[], object]] = [
        lambda: store.get(key),
        lambda: list(store.stream_range(key, 0, 1)),
        lambda: list(store.stream(key)),
        lambda: store.head(key),
        lambda: store.put(key, [b"x"]),
        lambda: store.put_if_absent(key, b"x"),
        lambda: store.put_if_match(key, b"x", "etag"),
        lambda: store.delete(key),
    ]

    for verb in verbs:
        with pytest.raises(InvalidName):
            verb()
    assert keys(store) == []


@pytest.mark.parametrize("error", [CorruptObject("sha256:abc is damaged"), KeyboardInterrupt(), ValueError("a bug")])
@pytest.mark.parametrize("chunks_before", [0, 1, 3])
def test_a_source_that_fails_leaves_no_object_and_its_own_error(
    store: Store, error: BaseException, chunks_before: int
) -> None:
    with pytest.raises(type(error)) as raised:
        store.put("a", failing(chunks_before, error))

    assert raised.value is error
    assert keys(store) == []


def test_a_source_that_fails_leaves_the_old_object(store: Store) -> None:
    store.put("a", [b"old"])

    with pytest.raises(CorruptObject):
        store.put("a", failing(2, CorruptObject("damaged")))
    assert read(store, "a").data == b"old"


def test_an_object_of_many_chunks_is_streamed_whole(store: Store) -> None:
    block = bytes(range(256)) * 4096
    store.put("big", repeat(block, 18))

    chunks = list(store.stream("big"))

    assert store.head("big").size == 18 * len(block)
    assert b"".join(chunks) == block * 18
    assert max(map(len, chunks)) < 12 * len(block)
    assert b"".join(store.stream_range("big", 17 * len(block) - 1, 3)) == b"\xff\x00\x01"


def test_a_range_comes_in_small_pieces(store: Store) -> None:
    block = bytes(range(256)) * 4096
    store.put("big", repeat(block, 3))

    pieces = list(store.stream_range("big", 5, len(block) * 2))

    assert b"".join(pieces) == (block * 3)[5 : len(block) * 2 + 5]
    assert max(map(len, pieces)) < 5 * PIECE_BYTES


def test_of_many_threads_that_create_one_wins(store: Store) -> None:
    for round_ in range(3):
        key = f"race/{round_}"
        outcomes = race(lambda index, key=key: store.put_if_absent(key, str(index).encode()))  # type: ignore[misc]

        winners = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, str)]
        assert len(winners) == 1
        assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == THREADS - 1
        assert read(store, key).data == str(winners[0]).encode()


def test_of_many_threads_that_replace_one_wins(store: Store) -> None:
    etag = store.put_if_absent("race", b"start")
    for _ in range(3):
        outcomes = race(lambda index, etag=etag: store.put_if_match("race", f"{etag} {index}".encode(), etag))  # type: ignore[misc]

        winners = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, str)]
        assert len(winners) == 1
        assert sum(isinstance(outcome, Changed) for outcome in outcomes) == THREADS - 1
        found = read(store, "race")
        assert found.data == f"{etag} {winners[0]}".encode()
        etag = found.etag


def test_readers_see_an_old_or_a_new_object_and_never_a_mixture(store: Store) -> None:
    def write() -> None:
        for digit in range(30):
            store.put("a", [str(digit % 10).encode() * 100_000])

    write()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        for _ in range(50):
            data = read(store, "a").data
            assert data == data[:1] * 100_000
        writing.result()


def test_a_store_knows_its_url(store: Store) -> None:
    assert store.url.startswith(("memory://", "file://", "s3://"))


def test_a_listing_can_outlive_changes(store: Store) -> None:
    for index in range(5):
        store.put(f"k/{index}", [b"x"])
    listing: Iterator[Entry] = store.scan("k/")
    first = next(listing)

    for index in range(5):
        store.delete(f"k/{index}")

    assert {entry.key for entry in chain([first], listing)} <= {f"k/{index}" for index in range(5)}


def failing(chunks_before: int, error: BaseException) -> Iterator[bytes]:
    yield from repeat(bytes(9 * 1024 * 1024), chunks_before)
    raise error


def race(attempt: Callable[[int], str]) -> list[str | ModeletError]:
    barrier = Barrier(THREADS)

    def run(index: int) -> str | ModeletError:
        barrier.wait()
        try:
            return attempt(index)
        except (AlreadyExists, Changed) as lost:
            return lost

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))
