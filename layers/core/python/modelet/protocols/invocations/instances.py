"""Tensors of JSON → the inputs of a version: rows that are bare, rows that are objects, and whole tensors by name."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelet.errors import InvalidInput
from modelet.manifest import Manifest, TensorSpec
from modelet.manifest.columns import is_matrix, is_split, known_columns
from modelet.messages import TensorReference
from modelet.protocols.invocations.frames import Frame, frame_of_records, tensors_of
from modelet.protocols.tensors import tensor
from modelet.tensors.nested import Array, JsonTensor

Inputs = Mapping[str, JsonTensor | TensorReference | Array]


def from_instances(held: object, manifest: Manifest) -> Inputs:
    """The inputs of bare rows, for a model of one input or of one column each; or of objects by input or column."""
    if isinstance(held, list) and held and isinstance(held[0], dict):
        return _from_objects(held, manifest)
    signature, inputs = manifest.signature, manifest.signature.inputs
    if isinstance(held, list) and not held and is_matrix(signature):
        return tensors_of(Frame(None, []), manifest)  # a list that is empty does not show how long its rows are
    if len(inputs) == 1:
        return {inputs[0].name: JsonTensor(held)}
    if is_split(signature) and isinstance(held, (list, np.ndarray)):
        return tensors_of(Frame(None, held), manifest)
    if not inputs:
        raise InvalidInput(f"Model {manifest.model!r} takes no inputs: send 'inputs': {{}}.")
    names = ", ".join(repr(spec.name) for spec in inputs)
    raise InvalidInput(f"Model {manifest.model!r} has {len(inputs)} inputs: send objects that name them: {names}.")


def from_named(held: Mapping[str, Any], manifest: Manifest) -> Inputs:
    """The inputs of tensors by name, or of a table's columns by name."""
    specs = {spec.name: spec for spec in manifest.signature.inputs}
    if held.keys() == {"reference"} and len(specs) == 1 and "reference" not in specs:
        (name,) = specs
        return {name: tensor(name, held)}
    if specs.keys().isdisjoint(held) and known_columns(manifest) and _are_columns(held.values()):
        return tensors_of(_transposed(held), manifest)
    return {name: _tensor(name, data, specs.get(name)) for name, data in held.items()}


def _from_objects(instances: Sequence[Any], manifest: Manifest) -> Inputs:
    for number, instance in enumerate(instances):
        if not isinstance(instance, dict):
            raise InvalidInput(f"Row 0 is an object, but row {number} is none.")
    inputs = manifest.signature.inputs
    if len(inputs) == 1 and inputs[0].name not in instances[0]:
        features = [_features(instance) for instance in instances]
        if all(row is not None for row in features):
            return {inputs[0].name: JsonTensor(features)}
    names, rows = frame_of_records(instances)
    return from_named({name: [row[place] for row in rows] for place, name in enumerate(names or ())}, manifest)


def _features(instance: Mapping[str, Any]) -> object:
    # {"features": […]}, or {"data": {"features": {"values": […]}}}, as SageMaker's own algorithms take them.
    match instance:
        case {"features": list(values), **rest} if not rest:
            return values
        case {"data": {"features": {"values": list(values)}}, **rest} if not rest:
            return values
    return None


def _tensor(name: str, data: object, spec: TensorSpec | None) -> JsonTensor | TensorReference:
    # One number a row is a column, though the model may want it as rows of one.
    if spec and spec.shape and len(spec.shape) == 2 and spec.shape[1] == 1 and _is_flat(data):
        return JsonTensor(data, shape=(len(data), 1))  # type: ignore[arg-type]
    return tensor(name, data)


def _is_flat(data: object) -> bool:
    if isinstance(data, np.ndarray):
        return data.ndim == 1
    return isinstance(data, list) and not any(isinstance(value, list) for value in data)


def _are_columns(held: Any) -> bool:
    return all(_is_flat(values) for values in held)


def _transposed(held: Mapping[str, Any]) -> Frame:
    lengths = {name: len(values) for name, values in held.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name!r:.200} has {length}" for name, length in lengths.items())
        raise InvalidInput(f"All columns must have the same number of rows, but {found:.500}.")
    return Frame(tuple(held), _rows(list(held.values())))


def _rows(columns: Sequence[Any]) -> Any:
    # Columns of different datatypes stay Python's numbers, for one array of both would round whole ones.
    if all(isinstance(column, np.ndarray) for column in columns) and len({column.dtype for column in columns}) == 1:
        return np.stack(columns, axis=1)
    lists = (column.tolist() if isinstance(column, np.ndarray) else column for column in columns)
    return [list(row) for row in zip(*lists, strict=True)]
