"""Fitting: which outputs are computed, and in which order."""

from collections.abc import Sequence

import pytest

from modelet.messages import InferRequest
from modelet.store.memory import MemoryStore
from modelet.tensors.nested import JsonTensor
from tests.published import add, publish_model, serve


@pytest.mark.parametrize(
    ("wanted", "answered"),
    [(None, ["c", "d"]), ([], ["c", "d"]), (["d"], ["d"]), (["d", "c"], ["d", "c"])],
)
def test_outputs_come_as_they_were_named_and_all_where_none_was(
    wanted: Sequence[str] | None, answered: list[str]
) -> None:
    store = MemoryStore()
    publish_model(store, "add", add())
    inputs = {"a": JsonTensor([[3.0, 4.0]]), "b": JsonTensor([[1.0, 2.0]])}

    outputs = serve(store).predict(InferRequest("add", "live", inputs, wanted)).outputs

    values = {"c": [[4.0, 6.0]], "d": [[2.0, 2.0]]}
    assert [(name, array.tolist()) for name, array in outputs.items()] == [(name, values[name]) for name in answered]
