"""Values of a caller → arrays as a model takes them: whatever numpy can convert without losing more than precision."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from modelet.client.answers import unreadable
from modelet.errors import InvalidInput
from modelet.tensors.datatypes import INTEGER_RANGES, NUMPY_NAMES

Array = np.ndarray[Any, Any]
Spec = Mapping[str, Any]


def fitted(name: str, value: Any, spec: Spec) -> Array:
    """The value of an input as an array of the datatype that its spec, as the service describes it, names.

    Floats may lose precision and integers become floats; what would be cut off or wrapped is refused. Numbers without a
    dimension of their own fill a column `[-1, 1]`. Raises InvalidInput naming the input, and ModeletError
    for a datatype that is none.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InvalidInput(f"Input {name!r} is no array: {error}.") from None
    datatype = str(spec["datatype"])
    if datatype not in NUMPY_NAMES:
        raise unreadable(f"input {name!r} is of datatype {datatype!r:.80}, which is unknown here")
    converted = _texts(name, array) if datatype == "BYTES" else _numbers(name, array, datatype)
    if converted.ndim == 1 and spec["shape"] == [-1, 1]:
        return converted.reshape(-1, 1)
    return np.ascontiguousarray(converted) if converted.ndim else converted


def _texts(name: str, array: Array) -> Array:
    if array.size and array.dtype.kind not in "USO":
        raise InvalidInput(f"Input {name!r} takes text or bytes (BYTES), but is of dtype {array.dtype}.")
    texts = [_text(name, held) for held in array.reshape(-1).tolist()]
    return np.array(texts, object).reshape(array.shape)


def _text(name: str, held: object) -> str:
    try:
        if isinstance(held, str):
            held.encode()
            return held
        return held.decode()  # type: ignore[attr-defined, no-any-return]
    except (AttributeError, UnicodeError):
        raise InvalidInput(f"Input {name!r} takes text (BYTES), and {held!r:.80} is none.") from None


def _numbers(name: str, array: Array, datatype: str) -> Array:
    wanted = np.dtype(NUMPY_NAMES[datatype])
    if array.size == 0 and array.dtype == np.float64:
        return array.astype(wanted)  # the dtype of an empty list says nothing
    if array.dtype == wanted:
        return array
    if wanted.kind in "iu" and array.dtype.kind in "iu":
        low, high = INTEGER_RANGES[datatype]
        if array.size and not (low <= int(array.min()) and int(array.max()) <= high):
            worst = int(array.min()) if int(array.min()) < low else int(array.max())
            raise InvalidInput(f"Input {name!r} is of datatype {datatype} ({low} to {high}), but holds {worst}.")
        return array.astype(wanted)
    if not np.can_cast(array.dtype, wanted, "same_kind"):
        raise InvalidInput(f"Input {name!r} is of datatype {datatype}, but an array of dtype {array.dtype} was given.")
    with np.errstate(over="ignore"):
        converted = array.astype(wanted)
    if wanted.kind == "f" and not np.array_equal(np.isfinite(converted), np.isfinite(array)):
        raise InvalidInput(f"Input {name!r} is of datatype {datatype}, which cannot hold all of its numbers.")
    return converted
