"""Rows and columns ⇄ tensors: what only the signature of the version that answers can tell apart."""

import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np

from modelet.errors import InvalidInput, InvalidRequest
from modelet.manifest import Manifest, TensorSpec
from modelet.messages import TensorReference
from modelet.protocols.body import row_of
from modelet.protocols.tensors import tensor
from modelet.session import Array
from modelet.tensors.nested import JsonTensor, to_json

BYTES_SUFFIX = "_bytes"
"""Of names of outputs whose text is sent as base64."""

Value = JsonTensor | TensorReference
Tensors = Mapping[str, JsonTensor | TensorReference | Array]
Outputs = Mapping[str, Array]


class Rows:
    """A list of instances, each of which is a row of a batch: bare for a model of one input, else an object by the
    names of the inputs, or of the columns of a table. A model that takes no batch takes one instance, which is all of
    each tensor.
    """

    def __init__(self, instances: Any, key: str = "instances") -> None:
        """`key` is what a refusal calls them. Raises InvalidRequest where they are no list with something in it."""
        if not is_reference(instances) and (not is_list(instances) or not len(instances)):
            raise InvalidRequest(f"'{key}' must be a list of at least one instance.")
        self._instances = instances
        self._key = key
        self._is_whole = False

    def arrange(self, manifest: Manifest) -> Tensors:
        """The tensors by input name; raises InvalidInput naming the instance that differs from the first."""
        specs = {spec.name: spec for spec in manifest.signature.inputs}
        if is_reference(self._instances):
            name = only_input(manifest, self._key)
            return {name: tensor(name, self._instances)}
        if is_object(self._instances[0]):
            self._check_keys()
        if self._are_records(manifest):
            from modelet.protocols.invocations.frames import frame_of_records, tensors_of

            return tensors_of(frame_of_records(self._instances), manifest)
        columns = self._columns(manifest)
        known = ((columns[name], spec.shape) for name, spec in specs.items() if name in columns)
        missing = {len(shape) - _depth(column) for column, shape in known if shape is not None}
        if not manifest.signature.batched and missing == {-1}:
            self._is_whole = True
            if len(self._instances) > 1:
                raise InvalidInput(
                    f"Model {manifest.model!r} takes no batch: send one instance, not {len(self._instances)}."
                )
            columns = {name: _element(column, 0) for name, column in columns.items()}
        return {name: to_tensor(name, column, specs.get(name)) for name, column in columns.items()}

    def predictions(self, outputs: Outputs, bare: bool = False) -> Any:
        """One prediction for each instance: an object by the names of the outputs, which one alone loses. `bare` says
        that the only instance was a row without a list around it, and is answered so.

        Raises InvalidRequest where an output has no row for each instance.
        """
        if self._is_whole:
            return [columns_of(outputs)]
        if bare:
            return row_alone(outputs)
        return rows_of(outputs)

    def _check_keys(self) -> None:
        first = self._instances[0]
        for index, instance in enumerate(self._instances):
            if not is_object(instance) or instance.keys() != first.keys():
                names = ", ".join(map(repr, first))
                raise InvalidInput(f"Instance {index} must be an object with the keys of instance 0: {names:.200}.")

    def _are_records(self, manifest: Manifest) -> bool:
        # Objects of plain values by the names of columns, of a model that takes a table.
        first = self._instances[0]
        if not is_object(first) or any(isinstance(value, (list, dict)) for value in first.values()):
            return False
        from modelet.manifest.columns import known_columns

        return bool(known_columns(manifest))

    def _columns(self, manifest: Manifest) -> dict[str, Any]:
        instances = self._instances
        if not is_object(instances[0]):
            return {only_input(manifest, self._key): instances}
        return {name: [instance[name] for instance in instances] for name in instances[0]}


class Columns:
    """Whole tensors: an object by the names of the inputs, or the value of the only input."""

    def __init__(self, inputs: Any) -> None:
        self._inputs = inputs

    def arrange(self, manifest: Manifest) -> Tensors:
        """The tensors by input name; raises InvalidInput where a bare value has several inputs to go to."""
        specs = {spec.name: spec for spec in manifest.signature.inputs}
        inputs = self._inputs
        if not is_object(inputs):
            inputs = {only_input(manifest, "inputs"): inputs}
        return {name: to_tensor(name, value, specs.get(name)) for name, value in inputs.items()}


def rows_of(outputs: Outputs) -> Any:
    """A list with a value, or an object by output name, for each row; raises InvalidRequest where rows do not match."""
    if not have_rows(outputs):
        shapes = ", ".join(f"{name!r} {list(array.shape)}" for name, array in outputs.items())
        raise InvalidRequest(
            f"The outputs ({shapes:.400}) have no row for each instance: ask in columns, with 'inputs' by input name."
        )
    if len(outputs) == 1:
        return columns_of(outputs)
    columns = {name: _encode(name, array) for name, array in outputs.items()}
    count = len(next(iter(outputs.values())))
    return [{name: _json_element(column, index) for name, column in columns.items()} for index in range(count)]


def row_alone(outputs: Outputs) -> Any:
    """The values of the only row by output name, which one alone loses."""
    return columns_of({name: row_of(array) for name, array in outputs.items()})


def have_rows(outputs: Outputs) -> bool:
    """Whether the first dimensions of all outputs are the same."""
    lengths = {array.shape[:1] for array in outputs.values()}
    return len(lengths) == 1 and () not in lengths


def columns_of(outputs: Outputs) -> Any:
    """The tensors by output name, which one alone loses."""
    values = {name: _encode(name, array) for name, array in outputs.items()}
    return next(iter(values.values())) if len(values) == 1 else values


def to_tensor(name: str, value: Any, spec: TensorSpec | None = None) -> Value:
    """The tensor that a JSON value stands for; text in base64 is taken out of it where the input takes text. Raises
    InvalidInput for base64 or a reference that is wrong.
    """
    return tensor(name, _text(value, name) if spec is not None and spec.datatype == "BYTES" else value)


def only_input(manifest: Manifest, key: str) -> str:
    """The name of the model's only input; raises InvalidInput naming them where there are several."""
    names = [spec.name for spec in manifest.signature.inputs]
    if not names:
        raise InvalidInput(f"Model {manifest.model!r} takes no inputs: send an object without names, {{}}.")
    if len(names) != 1:
        raise InvalidInput(
            f"Model {manifest.model!r} takes {', '.join(map(repr, names))}: '{key}' must name them, in objects."
        )
    return names[0]


def is_list(value: Any) -> bool:
    """Whether a value is a list, or numbers that were read as an array."""
    return isinstance(value, (list, np.ndarray))


def is_object(value: Any) -> bool:
    """Whether a value is an object by names, rather than text in base64 or a reference."""
    return isinstance(value, dict) and not _is_base64(value) and not is_reference(value)


def is_reference(value: Any) -> bool:
    """Whether a value is an object in the store that stands for a tensor."""
    return isinstance(value, dict) and isinstance(value.get("reference"), str)


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str)


def _text(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_text(item, name) for item in value]
    if not _is_base64(value):
        return value
    try:
        return binascii.a2b_base64(value["b64"], strict_mode=True).decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"Input {name!r} holds bytes in base64 that are no UTF-8: the model takes text.") from None
    except ValueError:
        raise InvalidInput(f"Input {name!r} holds a 'b64' that is not valid base64: {value['b64']!r:.80}.") from None


def _depth(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.ndim
    depth = 0
    while isinstance(value, list):
        depth, value = depth + 1, value[0] if value else None
    return depth


def _encode(name: str, array: Array) -> Any:
    return _base64(to_json(array)) if array.dtype.kind in "OUS" and name.endswith(BYTES_SUFFIX) else to_json(array)


def _base64(value: Any) -> Any:
    if isinstance(value, list):
        return [_base64(item) for item in value]
    return {"b64": binascii.b2a_base64(value.encode(), newline=False).decode()}


def _element(column: Any, index: int) -> Any:
    # Of an array an array, also where it is one number.
    return column[index, ...] if isinstance(column, np.ndarray) else column[index]


def _json_element(column: Any, index: int) -> Any:
    element = _element(column, index)
    return to_json(element) if isinstance(element, np.ndarray) else element
