"""JSON tensors to and from numpy, strictly: nothing is rounded, wrapped, parsed from text or guessed on the way in."""

from collections.abc import Sequence
from itertools import chain
from math import isfinite, prod
from struct import error as StructError  # noqa: N812
from struct import pack
from typing import Any, NamedTuple, cast

import numpy as np

from modelet.errors import InvalidInput
from modelet.tensors.datatypes import INTEGER_RANGES, NUMPY_NAMES, WIDENED

Array = np.ndarray[Any, Any]

MAX_RANK = 64  # numpy's own limit
MAX_ELEMENTS = 2**48
EXACT_FLOAT = 2**53
_FP32 = np.dtype("<f4")
BFLOAT16_MAX = 2.0**128 - 2.0**120
OVERFLOW = {"FP16": 65520.0, "BF16": 2.0**128 - 2.0**119, "FP32": 2.0**128 - 2.0**103, "FP64": float("inf")}
"""The least that rounds to infinity."""


class JsonTensor(NamedTuple):
    """A tensor as JSON brought it: nested lists, or a flat list with the `shape` and `datatype` that the caller
    declared. Numbers may also come as an array of float64, all below 2**53, or of int64. `columns` are what those of a
    matrix are called.
    """

    data: object
    datatype: str | None = None
    shape: tuple[int, ...] | None = None
    columns: Sequence[str] = ()


def to_array(name: str, tensor: JsonTensor, datatype: str, non_finite: str | None = None) -> Array:
    """Convert to a C-contiguous array of `datatype` (an Open Inference Protocol name; BYTES gives an object array of
    str). What is declared as BF16 is rounded to it, the nearest and of two the even one, and widened to FP32.

    The shape is the declared one, or that of the nesting. `non_finite` is the policy by which text or null may stand
    for NaN and Infinity, and null for "" (`modelet.tensors.nonfinite`). Raises InvalidInput, naming `name`, for ragged
    or too deep lists, values of another type, numbers outside the datatype's range, and a declared datatype or shape
    that does not fit.
    """
    declared = tensor.datatype or datatype
    if declared != datatype and WIDENED.get(declared) != datatype:
        raise InvalidInput(f"Input {name!r} must have datatype {datatype}, but the request declares {tensor.datatype}.")
    shape, leaves = _flatten(name, tensor.data)
    array = _leaves_to_array(name, leaves, declared, non_finite)
    if tensor.shape is None:
        return array.reshape(shape)
    if not is_possible(tensor.shape):
        raise InvalidInput(f"Input {name!r} declares shape {tensor.shape!r:.200}, which no tensor can have.")
    # Lists show no dimension behind one that is 0.
    shown = tensor.shape if array.size else tensor.shape[: len(shape)]
    if array.size != prod(tensor.shape) or (len(shape) > 1 and shape != shown):
        got = f"data of shape {list(shape)}" if len(shape) > 1 else f"{len(leaves)} elements"
        raise InvalidInput(
            f"Input {name!r} declares shape {list(tensor.shape)} ({prod(tensor.shape)} elements), but has {got}."
        )
    return array.reshape(tensor.shape)


def check_columns(tensor: JsonTensor, datatype: str, non_finite: str | None = None) -> None:
    """Raises InvalidInput naming the first column of a matrix, by its rows, that is not of `datatype`."""
    rows = cast("Sequence[Sequence[Any]] | Array", tensor.data)
    for index, name in enumerate(tensor.columns):
        try:
            values = rows[:, index] if isinstance(rows, np.ndarray) else [row[index] for row in rows]
            to_array(name, JsonTensor(values), datatype, non_finite)
        except InvalidInput as error:
            raise InvalidInput(error.message.replace("Input", "Column", 1)) from None


def to_json(array: Array) -> object:
    """What orjson can serialise without loss: the array itself, or nested lists of str for string tensors."""
    if array.dtype.kind in "OUS":
        return array.tolist()
    if array.ndim:
        return np.ascontiguousarray(array)
    return array[()] if array.dtype.kind == "f" else array.item()  # a float keeps its own precision


def is_possible(shape: tuple[int, ...]) -> bool:
    """Whether numpy can make a tensor of this shape."""
    # A dimension of 0 leaves no element, but numpy still multiplies the others.
    return len(shape) <= MAX_RANK and prod(filter(None, shape)) <= MAX_ELEMENTS


def are_within(numbers: Array, limit: float) -> bool:
    """Whether all of at least one number are between -limit and limit, both excluded, as NaN never is."""
    # Finding places is some three times as fast as np.max, and makes no copy as np.absolute would.
    return bool(numbers[numbers.argmin()] > -limit and numbers[numbers.argmax()] < limit)


def _flatten(name: str, data: object) -> tuple[tuple[int, ...], Sequence[Any] | Array]:
    if isinstance(data, np.ndarray):
        return data.shape, data.reshape(-1)
    if not isinstance(data, list):
        return (), (data,)
    shape = [len(data)]
    level: list[Any] = data
    while level and type(level[0]) is list:
        if len(shape) == MAX_RANK:
            raise InvalidInput(f"Input {name!r} is nested more than {MAX_RANK} deep.")
        if set(map(type, level)) != {list}:
            raise InvalidInput(f"Input {name!r} is ragged: dimension {len(shape)} holds both lists and values.")
        lengths = set(map(len, level))
        if len(lengths) != 1:
            row = next(index for index, row in enumerate(level) if len(row) != len(level[0]))
            raise InvalidInput(
                f"Input {name!r} is ragged: in dimension {len(shape)}, list 0 has {len(level[0])} elements "
                f"and list {row} has {len(level[row])}."
            )
        shape.append(lengths.pop())
        level = list(chain.from_iterable(level))
    return tuple(shape), level


def _leaves_to_array(name: str, leaves: Sequence[Any] | Array, datatype: str, non_finite: str | None) -> Array:
    if isinstance(leaves, np.ndarray):
        if datatype in OVERFLOW:
            return _floats(name, leaves, datatype)
        whole = _whole(leaves, datatype) if datatype in INTEGER_RANGES else None
        if whole is not None:
            return whole
        leaves = cast("list[Any]", leaves.tolist())  # to say what is wrong with them
    types = set(map(type, leaves))
    if list in types:
        raise InvalidInput(f"Input {name!r} is ragged: some elements are lists and others are values.")
    if datatype == "BYTES" and (non_finite != "null" or type(None) not in types):
        _expect(name, types, {str}, datatype)
        array = np.empty(len(leaves), dtype=object)
        array[:] = leaves
        return array
    if datatype == "BOOL":
        _expect(name, types, {bool}, datatype)
        return np.array(leaves, dtype=np.bool_)
    if non_finite is None or types <= {int, float} or datatype in INTEGER_RANGES:
        _expect(name, types, {int, float}, datatype)
        return _numbers(name, leaves, float in types, datatype)
    return _with_stand_ins(name, leaves, datatype, non_finite)


def _with_stand_ins(name: str, leaves: Sequence[Any], datatype: str, non_finite: str) -> Array:
    from modelet.tensors.nonfinite import stand_ins, without_null

    if datatype == "BYTES":
        return _leaves_to_array(name, without_null(leaves), datatype, None)
    numbers, words = stand_ins(non_finite, leaves)
    array = _leaves_to_array(name, numbers, datatype, None).copy()
    array[list(words)] = list(words.values())
    return array


def _numbers(name: str, leaves: Sequence[Any], has_floats: bool, datatype: str) -> Array:
    if datatype in INTEGER_RANGES:
        return _integers(name, leaves, has_floats, datatype)
    return _floats(name, leaves, datatype)


def _whole(numbers: Array, datatype: str) -> Array | None:
    low, high = INTEGER_RANGES[datatype]
    whole = numbers.astype(np.int64, copy=False)
    fits = (whole == numbers).all() and low <= whole.min() and whole.max() <= high
    return whole.astype(NUMPY_NAMES[datatype], copy=False) if fits else None


def _expect(name: str, types: set[type], allowed: set[type], datatype: str) -> None:
    wrong = types - allowed
    if wrong:
        words = {str: "text", bool: "true or false", type(None): "null", dict: "an object", int: "a number"}
        kind = min(wrong, key=lambda kind: kind.__name__)
        found = words.get(kind, "a number")
        if datatype in OVERFLOW:
            from modelet.tensors.nonfinite import hint

            found += hint(kind)
        raise InvalidInput(f"Input {name!r} must have elements of datatype {datatype}, but one of them is {found}.")


def _integers(name: str, leaves: Sequence[Any], has_floats: bool, datatype: str) -> Array:
    low, high = INTEGER_RANGES[datatype]
    if has_floats:
        for value in leaves:
            if type(value) is float and not (value.is_integer() and abs(value) <= EXACT_FLOAT):
                raise InvalidInput(
                    f"Input {name!r} has datatype {datatype}, but {value!r} is not an exact whole number in its range."
                )
        leaves = [int(value) for value in leaves]
    if leaves and not low <= (worst := min(leaves)):
        raise InvalidInput(f"Input {name!r} has datatype {datatype} ({low} to {high}), but holds {worst}.")
    if leaves and not (worst := max(leaves)) <= high:
        raise InvalidInput(f"Input {name!r} has datatype {datatype} ({low} to {high}), but holds {worst}.")
    return np.array(leaves, dtype=NUMPY_NAMES[datatype])


def _packed(leaves: list[Any]) -> Array | None:
    """Numbers as FP32, without the detour over FP64 and in half its time; None where one of them cannot be FP32."""
    try:
        return np.frombuffer(pack(f"={len(leaves)}f", *leaves), _FP32) if isfinite(sum(leaves)) else None
    except (OverflowError, StructError):
        return None


def _floats(name: str, leaves: Sequence[Any] | Array, datatype: str) -> Array:
    packed = _packed(leaves) if datatype == "FP32" and type(leaves) is list and leaves else None
    if packed is not None:
        return packed
    try:
        exact = np.asarray(leaves, dtype=np.float64)
    except OverflowError:
        raise InvalidInput(f"Input {name!r} has datatype {datatype}, but holds a number beyond every float.") from None
    if len(exact) and not are_within(exact, OVERFLOW[datatype]):
        worst = exact[~(np.absolute(exact) < OVERFLOW[datatype])][0]
        largest = BFLOAT16_MAX if datatype in WIDENED else np.finfo(NUMPY_NAMES[datatype]).max
        raise InvalidInput(f"Input {name!r} has datatype {datatype} (up to {largest:.6g}), but holds {worst:.6g}.")
    if datatype in WIDENED:
        from modelet.tensors.bfloat16 import nearest  # few requests need it

        return nearest(exact)
    return exact.astype(NUMPY_NAMES[datatype], copy=False)
