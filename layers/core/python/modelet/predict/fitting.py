"""Fitting a request to a signature: every input is there, of its datatype and shape, before the model sees it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from modelet.errors import InvalidInput, InvalidRequest
from modelet.manifest import TensorSpec
from modelet.messages import InferRequest, TensorReference
from modelet.session import Array, Session
from modelet.tensors.datatypes import NUMPY_NAMES
from modelet.tensors.nested import JsonTensor, check_columns, to_array


def fit_inputs(session: Session, request: InferRequest, non_finite: str | None = None) -> tuple[dict[str, Array], bool]:
    """The arrays to run, by input name, and whether they are one bare row that was given its batch dimension;
    `non_finite` is the policy by which JSON may hold NaN and Infinity.

    Raises InvalidInput, naming the input and what was expected.
    """
    specs, batched = session.inputs, session.manifest.signature.batched
    if request.inputs.keys() != specs.keys():
        raise _misnamed(session, request.inputs)
    arrays = {name: _array(specs[name], value, non_finite) for name, value in request.inputs.items()}
    bare = False
    if request.bare_rows and batched:
        arrays = {name: _rows_of(array, specs[name]) for name, array in arrays.items()}
        bare = bool(arrays) and all(_is_bare(array, specs[name]) for name, array in arrays.items())
    if bare:
        arrays = {name: array[np.newaxis] for name, array in arrays.items()}
    for name, array in arrays.items():
        problem = specs[name].mismatch(array.shape)
        if problem:
            raise InvalidInput(f"Input {name!r} {problem}.")
    if batched:
        _check_batch(arrays)
    return arrays, bare


def fit_outputs(session: Session, request: InferRequest) -> tuple[str, ...]:
    """The names of the outputs to compute, in order; raises InvalidRequest for an unknown or repeated one."""
    if not request.outputs:
        return session.outputs
    names = tuple(request.outputs)
    for name in names:
        if name not in session.outputs:
            model, known = session.manifest.model, _listed(session.outputs)
            raise InvalidRequest(f"Model {model!r} has no output {name!r}; it has {known}.")
    if len(set(names)) != len(names):
        raise InvalidRequest("An output is asked for twice.")
    return names


def _misnamed(session: Session, given: Iterable[str]) -> InvalidInput:
    model, known = session.manifest.model, _listed(session.inputs)
    for name in given:
        if name not in session.inputs:
            return InvalidInput(f"Model {model!r} has no input {name!r:.200}; its inputs: {known}.")
    missing = next(name for name in session.inputs if name not in given)
    return InvalidInput(f"Input {missing!r} is missing; model {model!r} takes {known}.")


def _array(spec: TensorSpec, value: "JsonTensor | TensorReference | Array", non_finite: str | None) -> Array:
    if isinstance(value, JsonTensor):
        try:
            return to_array(spec.name, value, spec.datatype, non_finite)
        except InvalidInput:
            check_columns(value, spec.datatype, non_finite)
            raise
    assert not isinstance(value, TensorReference), "references are resolved first"
    if value.dtype != NUMPY_NAMES[spec.datatype]:
        found = next((datatype for datatype, name in NUMPY_NAMES.items() if value.dtype == name), value.dtype.name)
        raise InvalidInput(f"Input {spec.name!r} must have datatype {spec.datatype}, but has {found}.")
    return value


def _rows_of(array: Array, spec: TensorSpec) -> Array:
    if array.ndim > 1 or spec.shape is None:
        return array
    # [] shows no dimension but its first: it is a batch of no rows, not a row of no columns.
    if array.shape == (0,) and len(spec.shape) > 1:
        return array.reshape((0, *(max(size, 0) for size in spec.shape[1:])))
    # What holds one value in each row, as a column of a table does, is also taken as that value, or a list of them.
    if spec.shape[1:] == (1,) and array.shape != (1,):
        return array.reshape((-1, 1) if array.ndim else 1)
    return array


def _is_bare(array: Array, spec: TensorSpec) -> bool:
    return spec.shape is not None and array.ndim == len(spec.shape) - 1


def _check_batch(arrays: Mapping[str, Array]) -> None:
    if len({array.shape[0] for array in arrays.values()}) > 1:
        found = ", ".join(f"{name!r} has {array.shape[0]}" for name, array in arrays.items())
        raise InvalidInput(f"All inputs must have the same number of rows, but {found}.")


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(repr, names))
