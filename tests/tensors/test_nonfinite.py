"""NaN and Infinity through strict JSON: what a policy lets out comes in again as it was."""

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from modelet.errors import InvalidInput, InvalidRequest, NotFinite
from modelet.tensors.datatypes import NUMPY_NAMES
from modelet.tensors.nested import Array, JsonTensor, to_array, to_json
from modelet.tensors.nonfinite import ERROR, NULL, POLICIES, STRING, check_finite, check_policy, spelled

FLOATS = ("FP16", "FP32", "FP64")
OTHERS = sorted(NUMPY_NAMES.keys() - {*FLOATS})
WORDS = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


def arrays(datatype: str) -> st.SearchStrategy[Array]:
    width = np.dtype(NUMPY_NAMES[datatype]).itemsize * 8
    some = st.sampled_from([*WORDS.values(), 0.0, -0.0, 1.5])
    shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
    return npst.arrays(NUMPY_NAMES[datatype], shapes, elements=some | st.floats(width=width))  # type: ignore[arg-type]


def sent(array: Array, policy: str) -> Any:
    """What a caller parses of an array."""
    held = to_json(array)
    text = orjson.dumps(spelled(held) if policy == STRING else held, option=orjson.OPT_SERIALIZE_NUMPY)
    return orjson.loads(text)


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("datatype", FLOATS)
@given(data=st.data())
def test_words_bring_every_number_back(datatype: str, flat: bool, data: st.DataObject) -> None:
    array = data.draw(arrays(datatype))
    body = sent(array.reshape(-1) if flat or not array.size else array, STRING)

    back = to_array("x", JsonTensor(body, datatype, array.shape), datatype, STRING)

    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array, strict=True)
    assert np.array_equal(np.signbit(back[~np.isnan(back)]), np.signbit(array[~np.isnan(array)]))


@pytest.mark.parametrize("datatype", FLOATS)
@given(data=st.data())
def test_null_brings_back_nan_for_every_number_that_is_not_finite(datatype: str, data: st.DataObject) -> None:
    array = data.draw(arrays(datatype))

    back = to_array("x", JsonTensor(sent(array.reshape(-1), NULL), datatype, array.shape), datatype, NULL)

    np.testing.assert_array_equal(back, np.where(np.isfinite(array), array, np.nan).astype(array.dtype), strict=True)


@given(words=st.lists(st.sampled_from([*WORDS, 1.0, 0.5, 3]), min_size=1))
def test_words_stand_for_numbers_of_bf16_too(words: list[Any]) -> None:
    back = to_array("x", JsonTensor(words, "BF16", (len(words),)), "FP32", STRING)

    np.testing.assert_array_equal(back, np.array([WORDS.get(word, word) for word in words], np.float32), strict=True)


@pytest.mark.parametrize(("policy", "leaf"), [(STRING, None), (NULL, "NaN"), (ERROR, None), (ERROR, "NaN")])
@pytest.mark.parametrize("datatype", FLOATS)
def test_what_stands_for_a_number_by_another_policy_is_refused(datatype: str, policy: str, leaf: Any) -> None:
    with pytest.raises(InvalidInput, match=f"'x' must have elements of datatype {datatype}, but one of them is"):
        to_array("x", JsonTensor([1.0, leaf]), datatype, policy)


@pytest.mark.parametrize("leaf", ["nan", "inf", "+Infinity", "1", "", True, {}, []])
@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_else_stands_for_a_number(policy: str, leaf: Any) -> None:
    with pytest.raises(InvalidInput, match="'x'"):
        to_array("x", JsonTensor([1.0, leaf]), "FP32", policy)


@pytest.mark.parametrize(
    ("leaf", "said"), [(None, 'send "x-modelet-non-finite: null"'), ("NaN", 'send "x-modelet-non-finite: string"')]
)
def test_a_refusal_without_a_policy_says_which_one_there_is(leaf: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        to_array("x", JsonTensor([leaf]), "FP32")


@pytest.mark.parametrize("datatype", OTHERS)
@pytest.mark.parametrize("policy", POLICIES)
def test_only_floats_have_such_numbers(datatype: str, policy: str) -> None:
    for leaf in (None, "NaN"):
        if (datatype, leaf) == ("BYTES", "NaN"):
            assert to_array("x", JsonTensor([leaf]), datatype, policy).tolist() == ["NaN"]
        elif (datatype, policy, leaf) != ("BYTES", NULL, None):
            with pytest.raises(InvalidInput, match=r"one of them is (null|text)\.$"):
                to_array("x", JsonTensor([leaf]), datatype, policy)


@pytest.mark.parametrize("shape", [None, (2, 2)])
def test_null_is_no_text_where_null_stands_for_what_is_missing(shape: tuple[int, ...] | None) -> None:
    back = to_array("x", JsonTensor([["a", None], [None, ""]], None, shape), "BYTES", NULL)

    assert back.tolist() == [["a", ""], ["", ""]]
    with pytest.raises(InvalidInput, match="'x' must have elements of datatype BYTES, but one of them is a number"):
        to_array("x", JsonTensor([None, 1]), "BYTES", NULL)


def test_a_number_that_rounds_to_infinity_is_refused_beside_words() -> None:
    with pytest.raises(InvalidInput, match=r"FP16 .* but holds 65520"):
        to_array("x", JsonTensor(["Infinity", 65520.0]), "FP16", STRING)


@pytest.mark.parametrize("datatype", FLOATS)
def test_numbers_beside_words_are_written_as_they_are_without(datatype: str) -> None:
    array = np.array([0.1, np.nan], NUMPY_NAMES[datatype])

    text = orjson.dumps(spelled({"y": [array, array[0], array[1]]}), option=orjson.OPT_SERIALIZE_NUMPY)

    alone = orjson.dumps(array[:1], option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    assert text == b'{"y":[[%b,"NaN"],%b,"NaN"]}' % (alone, alone)


def test_the_output_that_is_not_finite_is_named_with_the_count() -> None:
    fine = {"a": np.array([1.0]), "b": np.array([1]), "c": np.array(["NaN"], object)}

    check_finite(fine)

    with pytest.raises(NotFinite, match=r"'d' holds 3 numbers that are not finite"):
        check_finite({**fine, "d": np.array([[np.nan, np.inf], [-np.inf, 0]], np.float16)})
    with pytest.raises(NotFinite, match=r"'d' holds a number that is not finite"):
        check_finite({**fine, "d": np.array(np.nan)})


@pytest.mark.parametrize("policy", [None, "", "NULL", "nan", 7, ["null"], {}])
def test_an_unknown_policy_is_refused_with_those_that_there_are(policy: Any) -> None:
    with pytest.raises(InvalidRequest, match="there are null, string, error"):
        check_policy(policy)
