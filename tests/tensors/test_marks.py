"""Counting bytes: as many as there are, across slices too."""

import pytest

from modelet.tensors.marks import SLICE, count


@pytest.mark.parametrize("size", [0, 1, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE])
@pytest.mark.parametrize("held", [b"[", b"[1", b"1,", b"[" * SLICE + b"1"])
def test_a_byte_is_counted_as_often_as_it_occurs(held: bytes, size: int) -> None:
    body = (held * (size + 1))[:size]

    assert count(body, b"[") == body.count(b"[")
