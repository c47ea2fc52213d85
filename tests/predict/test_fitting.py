"""Fitting: which outputs are computed, and in which order; and what of it is done once for all requests."""

from collections.abc import Iterator, KeysView, Sequence

import numpy as np
import pytest

from modelet.errors import InvalidInput
from modelet.manifest import Artifact, Manifest, TensorSpec
from modelet.messages import InferRequest
from modelet.phases import Phases
from modelet.predict.fitting import fit_inputs, fit_outputs
from modelet.session import Session
from modelet.store.memory import MemoryStore
from modelet.tensors.nested import JsonTensor
from tests.onnx_models import scale
from tests.published import add, declared_signature, publish_model, serve

TENSORS = {"a": JsonTensor([[3.0, 4.0]]), "b": JsonTensor([[1.0, 2.0]])}


@pytest.mark.parametrize(
    ("wanted", "answered"),
    [(None, ["c", "d"]), ([], ["c", "d"]), (["d"], ["d"]), (["d", "c"], ["d", "c"])],
)
def test_outputs_come_as_they_were_named_and_all_where_none_was(
    wanted: Sequence[str] | None, answered: list[str]
) -> None:
    store = MemoryStore()
    publish_model(store, "add", add())

    outputs = serve(store).predict(InferRequest("add", "live", TENSORS, wanted)).outputs

    values = {"c": [[4.0, 6.0]], "d": [[2.0, 2.0]]}
    assert [(name, array.tolist()) for name, array in outputs.items()] == [(name, values[name]) for name in answered]


class Specs(tuple[TensorSpec, ...]):
    """The specs of a signature, which know how often they were gone through."""

    passes = 0

    def __iter__(self) -> Iterator[TensorSpec]:
        type(self).passes += 1
        return super().__iter__()


def test_a_signature_is_gone_through_once_for_all_requests() -> None:
    made = add()
    declared = declared_signature(made)
    signature = declared._replace(inputs=Specs(declared.inputs), outputs=Specs(declared.outputs))
    artifact = made.SerializeToString()
    Specs.passes = 0

    session = Session(Manifest("add", Artifact("0" * 64, len(artifact)), signature), artifact, threads=1)
    opened, request = Specs.passes, InferRequest("add", "live", TENSORS)
    for _ in range(3):
        assert fit_outputs(session, request) is session.outputs
        assert session.run(fit_inputs(session, request)[0], session.outputs)["c"].tolist() == [[4.0, 6.0]]

    assert opened > 0
    assert Specs.passes == opened


def test_arrays_are_run_as_they_came() -> None:
    store = MemoryStore()
    publish_model(store, "add", add())
    given = {name: np.ones((1, 2), np.float32) for name in ("a", "b")}

    arrays, bare = fit_inputs(serve(store).session("add"), InferRequest("add", "live", given))

    assert all(arrays[name] is given[name] for name in given)
    assert not bare


class Watched(dict[str, JsonTensor]):
    """The inputs of a request, which know in which phase they were looked at."""

    def __init__(self, own: Phases) -> None:
        super().__init__(TENSORS)
        self.own = own
        self.seen: list[str] = []

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        self.seen.append(self.own.name)
        return super().keys()


@pytest.mark.parametrize("warm", [False, True])
def test_fitting_counts_as_decoding_whatever_was_done_before_it(warm: bool) -> None:
    store = MemoryStore()
    publish_model(store, "add", add())
    models = serve(store)
    if warm:
        models.session("add")

    with Phases() as own:
        inputs = Watched(own)
        models.predict(InferRequest("add", "live", inputs))

    assert set(inputs.seen) == {"decode"}


@pytest.mark.parametrize(
    ("given", "fitted", "is_bare"),
    [
        (7.0, [[7.0]], True),
        ([7.0], [[7.0]], True),
        ([7.0, 8.0], [[7.0], [8.0]], False),
        ([[7.0], [8.0]], [[7.0], [8.0]], False),
        ([], [], False),
    ],
    ids=str,
)
def test_the_values_of_a_column_come_alone_or_as_a_list(given: object, fitted: object, is_bare: bool) -> None:
    store = MemoryStore()
    publish_model(store, "one", scale(2, width=1))
    request = InferRequest("one", "live", {"x": JsonTensor(given)}, bare_rows=True)

    arrays, bare = fit_inputs(serve(store).session("one"), request)

    assert (arrays["x"].tolist(), bare) == (fitted, is_bare)


def test_a_protocol_of_tensors_takes_no_bare_value() -> None:
    store = MemoryStore()
    publish_model(store, "one", scale(2, width=1))

    with pytest.raises(InvalidInput, match="must have 2 dimensions"):
        fit_inputs(serve(store).session("one"), InferRequest("one", "live", {"x": JsonTensor(7.0)}))
