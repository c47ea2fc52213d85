"""The fast road reads exactly what the strict one reads, or leaves it alone; and what is well-formed takes it."""

import tracemalloc
from threading import Thread
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelet.messages import HttpRequest
from modelet.protocols.body import parse_object
from modelet.tensors import parsing
from modelet.tensors.parsing import MAX_ENVELOPE, MAX_KEPT_BODY, parse
from tests.tensors.json_texts import damaged, documents, leaves_of, modest, tensors

thorough = settings(max_examples=300, deadline=None)
KEYS = pytest.mark.parametrize("key", [None, "data"])


def assert_same(fast: Any, strict: Any) -> None:
    """Bit for bit, type for type; an array stands for lists of numbers that it holds exactly."""
    if isinstance(fast, np.ndarray):
        leaves = leaves_of(strict)
        assert {type(leaf) for leaf in leaves} <= ({int} if fast.dtype == np.int64 else {int, float})
        assert fast.dtype == np.int64 or all(abs(leaf) < 2**53 for leaf in leaves)
        expected = np.array(strict, fast.dtype)
        assert (fast.shape, fast.tobytes()) == (expected.shape, expected.tobytes())
        assert fast.flags.c_contiguous
        assert fast.flags.writeable
    elif isinstance(fast, dict):
        assert list(fast) == list(strict)
        for key, value in fast.items():
            assert_same(value, strict[key])
    elif isinstance(fast, list):
        assert len(fast) == len(strict)
        for ours, theirs in zip(fast, strict, strict=True):
            assert_same(ours, theirs)
    else:
        assert (type(fast), repr(fast)) == (type(strict), repr(strict))


@KEYS
@thorough
@given(text=documents)
@example(text='{"x": [[1, [2]], [3, 4]]}')
@example(text='{"x": [[1, []], [[3, 4], 5]]}')
@example(text='{"x": [[1, 2], [3], [4, 5, 6]]}')
@example(text='{"x\\u0000": 1, "x": 2}')
def test_what_the_fast_road_reads_is_what_the_strict_one_reads(key: str | None, text: str) -> None:
    fast = parse(text.encode(), key)

    if fast is not None:
        assert_same(fast, parse_object(HttpRequest("POST", "/", body=text.encode())))


@KEYS
@thorough
@given(body=damaged())
@example(body=b'\xef\xbb\xbf{"x": 1}')
@example(body=b'{"x": 1}\0')
def test_what_is_damaged_is_read_by_both_or_by_neither(key: str | None, body: bytes) -> None:
    fast = parse(body, key)

    if fast is not None:
        assert_same(fast, parse_object(HttpRequest("POST", "/", body=body)))


@thorough
@given(
    text=tensors(modest),
    around=st.sampled_from(['{"x":%s}', '{"id": "a:b{", "x" :%s }', '{"n": 1, "x": %s, "t": ["a"]}']),
)
def test_numbers_nested_to_one_shape_become_an_array(text: str, around: str) -> None:
    body = (around % text).encode()

    read = parse(body)

    assert read is not None
    assert isinstance(read["x"], np.ndarray)
    assert_same(read["x"], orjson.loads(text))


@pytest.mark.parametrize(
    ("numbers", "dtype"),
    [
        ("[9007199254740991]", np.float64),
        ("[-9007199254740991, 0.5]", np.float64),
        ("[9007199254740993, 1]", np.int64),
        ("[-9223372036854775808, 9223372036854775807]", np.int64),
    ],
)
def test_no_integer_is_rounded(numbers: str, dtype: type) -> None:
    read = parse(f'{{"x": {numbers}}}'.encode())

    assert read is not None
    assert read["x"].dtype == dtype
    assert read["x"].tolist() == orjson.loads(numbers)


V2 = '{"id": "7", "inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "parameters": {"p": [1]}, "data": %s}]}'


@pytest.mark.parametrize("data", ["[1, 2]", "[[1, 2.5]]"])
def test_only_the_tensors_of_a_request_become_arrays(data: str) -> None:
    read = parse((V2 % data).encode(), "data")

    assert read is not None
    tensor = read["inputs"][0]
    assert isinstance(tensor.pop("data"), np.ndarray)
    assert read == {
        "id": "7",
        "inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "parameters": {"p": [1]}}],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b'{"x": 1',
        b'\xef\xbb\xbf{"x": [1]}',
        b'{"x": [1], "x": [2]}',
        b'{"x": [1], "x\\u0000": [2]}',
        b'{"x": [[1, 2], [3], [4, 5, 6]]}',
        b'{"x": [[1, [2]], [3, 4]]}',
        b'{"x": [[1], 2]}',
        b'{"x": [1, true]}',
        b'{"x": [1, {"y": 1, "y": 1}]}',
        b'{"x": [[], []]}',
        b'{"x": [1e16, 0.5]}',
        b'{"x": [1e999]}',
        b'{"x": ' + b"[" * 65 + b"1" + b"]" * 65 + b"}",
        b'{"x": ' + b'{"x": ' * 20 + b"1" + b"}" * 21,
        orjson.dumps({"x": ["text"] * (MAX_ENVELOPE + 1)}),
        orjson.dumps({str(number): 1 for number in range(MAX_ENVELOPE + 1)}),
    ],
)
def test_what_is_odd_is_left_to_the_strict_road_and_the_next_body_is_read(body: bytes) -> None:
    assert parse(body) is None

    assert parse(b'{"x": "next"}') == {"x": "next"}


def test_threads_read_beside_each_other() -> None:
    bodies = [orjson.dumps({"x": [[number] * 64] * 64}) for number in range(4)]
    read: dict[int, Any] = {}

    def work(number: int) -> None:
        read[number] = [parse(bodies[number]) for _ in range(50)]

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number in range(4):
        assert all(np.array_equal(found["x"], np.full((64, 64), number)) for found in read[number])


@pytest.mark.parametrize(("beyond", "kept"), [(0, True), (1, False)])
def test_the_memory_of_a_parser_is_kept_for_the_next_body_unless_it_is_large(beyond: int, kept: bool) -> None:
    parsing._idle.clear()

    assert parse(b'{"x": [1]}'.ljust(MAX_KEPT_BODY + beyond)) is not None

    assert len(parsing._idle) == kept


def test_a_large_tensor_is_read_without_a_python_number() -> None:
    rows, columns = 1000, 64
    body = orjson.dumps(
        {"x": np.random.default_rng(0).standard_normal((rows, columns))}, option=orjson.OPT_SERIALIZE_NUMPY
    )
    parse(body)

    tracemalloc.start()
    read = parse(body)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read is not None
    buffer = (
        8 * rows * (columns + 1)
    )  # the parser allows for the lists; as Python numbers it would be four times as much
    assert held < buffer + 10_000
    assert peak < buffer + len(body) + 10_000
