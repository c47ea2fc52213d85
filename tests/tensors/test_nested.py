"""JSON tensors to and from numpy: what goes in comes out bit for bit, and nothing is rounded, wrapped or guessed."""

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from modelet.errors import InvalidInput
from modelet.predict import Models
from modelet.tensors.datatypes import DATATYPES, INTEGER_RANGES, NUMPY_NAMES
from modelet.tensors.nested import Array, JsonTensor, to_array, to_json
from tests.entrances import post
from tests.published import serve, zoo_store

shapes = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
round_trips = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def models() -> Models:
    return serve(zoo_store("memory://tensors"))


def arrays(datatype: str) -> st.SearchStrategy[Array]:
    """Arrays of every shape and value that JSON has a token for."""
    if datatype == "BYTES":
        return npst.arrays(object, shapes, elements=st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
    dtype = np.dtype(NUMPY_NAMES[datatype])
    finite = {"allow_nan": False, "allow_infinity": False} if dtype.kind == "f" else None
    return npst.arrays(dtype, shapes, elements=finite)


@round_trips
@given(data=st.data())
@pytest.mark.parametrize("datatype", DATATYPES)
def test_json_there_and_back_keeps_every_bit(datatype: str, data: st.DataObject) -> None:
    array = data.draw(arrays(datatype))

    text = orjson.dumps(to_json(array), option=orjson.OPT_SERIALIZE_NUMPY)
    back = to_array("x", JsonTensor(orjson.loads(text)), datatype)

    if array.size:
        assert_same(back, array)


@round_trips
@given(data=st.data(), flat=st.booleans())
@pytest.mark.parametrize("datatype", DATATYPES)
def test_a_model_that_echoes_answers_what_it_was_asked_bit_for_bit(
    models: Models, datatype: str, data: st.DataObject, flat: bool
) -> None:
    array = data.draw(arrays(datatype))
    held = to_json(array.reshape(-1) if flat or not array.size else array)
    tensor = {"name": "x", "datatype": datatype, "shape": list(array.shape), "data": held}
    body = orjson.dumps({"inputs": [tensor]}, option=orjson.OPT_SERIALIZE_NUMPY)

    answer = post(models, f"/v2/models/echo-{datatype.lower()}/infer", body)

    assert answer.status == 200, answer.body
    output = answer.body["outputs"][0]
    assert (output["datatype"], output["shape"]) == (datatype, list(array.shape))
    assert_same(to_array("y", JsonTensor(output["data"], datatype, tuple(output["shape"])), datatype), array)


@pytest.mark.parametrize("datatype", INTEGER_RANGES)
def test_integers_are_taken_to_the_ends_of_their_range_and_no_further(datatype: str) -> None:
    low, high = INTEGER_RANGES[datatype]

    assert to_array("x", JsonTensor([low, high]), datatype).tolist() == [low, high]
    for beyond in (low - 1, high + 1):
        with pytest.raises(InvalidInput, match=rf"'x' has datatype {datatype} \({low} to {high}\), but holds {beyond}"):
            to_array("x", JsonTensor([0, beyond]), datatype)


@pytest.mark.parametrize(("datatype", "largest"), [("FP16", 65504.0), ("FP32", 3.4028234663852886e38)])
def test_floats_are_taken_to_the_ends_of_their_range_and_no_further(datatype: str, largest: float) -> None:
    assert to_array("x", JsonTensor([largest, -largest]), datatype).tolist() == [largest, -largest]

    for beyond in (largest * 1.001, -largest * 1.001):
        with pytest.raises(InvalidInput, match=rf"'x' has datatype {datatype} \(up to .*\), but holds"):
            to_array("x", JsonTensor([0, beyond]), datatype)


@pytest.mark.parametrize("as_array", [True, False])
@pytest.mark.parametrize(
    ("datatype", "largest", "beyond"), [("FP16", 65504.0, 65520.0), ("FP32", 2.0**128 - 2.0**104, 2.0**128 - 2.0**103)]
)
def test_what_rounds_to_the_largest_float_is_taken_and_what_rounds_to_infinity_is_not(
    datatype: str, largest: float, beyond: float, as_array: bool
) -> None:
    def convert(value: float) -> Array:
        return to_array("x", JsonTensor(np.array([0.0, value]) if as_array else [0, value]), datatype)

    below = float(np.nextafter(beyond, 0.0))
    assert convert(below).tolist() == [0.0, largest]
    assert convert(-below).tolist() == [0.0, -largest]
    for value in (beyond, -beyond):
        with pytest.raises(InvalidInput, match=rf"\(up to {largest:.6g}\), but holds {value:.6g}".replace("+", r"\+")):
            convert(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
@pytest.mark.parametrize("datatype", ["FP16", "FP32", "FP64"])
def test_what_is_no_finite_float_is_refused(datatype: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=f"'x' has datatype {datatype}"):
        to_array("x", JsonTensor([value]), datatype)


@pytest.mark.parametrize("value", [1.5, -0.5, 2.0**53 + 2, 1e300])
def test_a_float_that_is_no_exact_whole_number_is_no_integer(value: float) -> None:
    with pytest.raises(InvalidInput, match="is not an exact whole number"):
        to_array("x", JsonTensor([value]), "INT64")

    assert to_array("x", JsonTensor([2.0**53, -3.0]), "INT64").tolist() == [2**53, -3]


@pytest.mark.parametrize("datatype", DATATYPES)
@pytest.mark.parametrize("value", ["1", True, 1, None, {}, [[1], 2]], ids=repr)
def test_a_value_of_another_type_is_refused_and_named(datatype: str, value: Any) -> None:
    fitting = {"BYTES": str, "BOOL": bool}.get(datatype, int)
    if type(value) is fitting:
        assert to_array("x", JsonTensor(value), datatype).shape == ()
    else:
        with pytest.raises(InvalidInput, match="Input 'x'"):
            to_array("x", JsonTensor([value]), datatype)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([[1, 2], [3]], "in dimension 1, list 0 has 2 elements and list 1 has 1"),
        ([[[1]], [[1], [2]]], "in dimension 1, list 0 has 1 elements and list 1 has 2"),
        ([[[1], [2]], [[3], [4, 5]]], "in dimension 2, list 0 has 1 elements and list 3 has 2"),
        ([[1], 2], "dimension 1 holds both lists and values"),
        ([1, [2]], "some elements are lists"),
        ([[], [1]], "in dimension 1, list 0 has 0 elements and list 1 has 1"),
    ],
)
def test_ragged_lists_are_refused_with_the_dimension(data: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        to_array("x", JsonTensor(data), "FP32")


@pytest.mark.parametrize(("depth", "fits"), [(63, True), (64, True), (65, False)])
def test_a_tensor_has_at_most_64_dimensions(depth: int, fits: bool) -> None:
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    declared = JsonTensor([1], "FP32", (1,) * depth)

    for tensor in (JsonTensor(nested), declared):
        if fits:
            assert to_array("x", tensor, "FP32").ndim == depth
        else:
            with pytest.raises(InvalidInput, match=r"more than 64 deep|no tensor can have"):
                to_array("x", tensor, "FP32")


@pytest.mark.parametrize(
    ("data", "shape"),
    [([], (0, 3)), ([], (2, 0)), ([[], []], (2, 0)), ([1, 2], (2, 1, 1)), ([[1, 2]], (1, 2)), ([1], ())],
)
def test_a_declared_shape_is_taken(data: Any, shape: tuple[int, ...]) -> None:
    assert to_array("x", JsonTensor(data, "FP32", shape), "FP32").shape == shape


@pytest.mark.parametrize(
    ("data", "shape", "said"),
    [
        ([1, 2], (3,), r"\[3\] \(3 elements\), but has 2 elements"),
        ([[1, 2]], (2, 1), r"but has data of shape \[1, 2\]"),
        ([], (0, 2**31 - 1, 2**31 - 1, 2**31 - 1), "which no tensor can have"),
    ],
)
def test_a_declared_shape_that_does_not_fit_is_refused(data: Any, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(InvalidInput, match=f"'x' declares shape .*{said}"):
        to_array("x", JsonTensor(data, "FP32", shape), "FP32")


def test_another_declared_datatype_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'x' must have datatype FP32, but the request declares FP64"):
        to_array("x", JsonTensor([1.0], "FP64", (1,)), "FP32")


def assert_same(back: Array, array: Array) -> None:
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.flags.c_contiguous
    assert back.tolist() == array.tolist() if array.dtype == object else back.tobytes() == array.tobytes()
