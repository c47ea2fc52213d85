"""The classification extension: of an output the k largest elements of each row, as text "value:index[:label]".

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_classification.md
Labels are those of the manifest. FP16 is classified too, which Triton refuses.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from modelet.errors import InvalidRequest
from modelet.messages import InferResponse
from modelet.phases import enter
from modelet.predict import Models
from modelet.session import Array

MOST_ELEMENTS = 1_000_000  # Triton's limit


def classify(models: Models, answer: InferResponse, name: str, array: Array, count: object) -> Array:
    """The classes of one output; raises InvalidRequest for a `count` that is none, and for an output that has none."""
    if type(count) is not int or count < 1:
        raise InvalidRequest(
            f"Output {name!r} has 'classification' {count!r:.80}: it must be a whole number of at least 1."
        )
    manifest = models.resolve(answer.model, str(answer.version))
    enter("encode")
    return top_classes(name, array, count, manifest.signature.batched, manifest.labels.get(name, ()))


def top_classes(name: str, array: Array, count: int, batched: bool, labels: Sequence[Any] = ()) -> Array:
    """The `count` largest elements, or all there are, as an object array of text: of each row, where `batched`; of
    equals the first. Raises InvalidRequest where there is nothing to choose among.
    """
    width = prod(array.shape[batched:])
    if array.dtype.kind not in "iuf" or array.ndim <= batched or not width:
        raise InvalidRequest(
            f"Output {name!r} has no classes: a classification needs numbers with a dimension of at least one class, "
            f"but it has datatype {array.dtype.name} and shape {list(array.shape)}."
        )
    rows = array.reshape(-1, width)
    chosen = min(count, width)
    if len(rows) * chosen > MOST_ELEMENTS:
        raise InvalidRequest(
            f"Output {name!r} has {len(rows)} rows: {chosen} classes of each are more than {MOST_ELEMENTS} elements; "
            "ask for fewer."
        )
    places = _largest(rows, chosen)
    pattern = "%f" if array.dtype.kind == "f" else "%d"  # as std::to_string
    texts = np.empty(places.shape, dtype=object)
    for row, indices in enumerate(places.tolist()):
        values = rows[row, indices].tolist()
        texts[row] = [_text(pattern % value, at, labels) for value, at in zip(values, indices, strict=True)]
    return texts if batched else texts[0]


def _largest(rows: Array, count: int) -> Array:
    # A stable sort of what is turned round, and turned back: largest first, of equals the first; NaN is least.
    ranked = np.where(np.isnan(rows), -np.inf, rows) if rows.dtype.kind == "f" else rows
    ascending = np.argsort(ranked[:, ::-1], axis=1, kind="stable")
    places: Array = rows.shape[1] - 1 - ascending[:, ::-1][:, :count]
    return places


def _text(value: str, index: int, labels: Sequence[Any]) -> str:
    return f"{value}:{index}:{labels[index]}" if index < len(labels) else f"{value}:{index}"
