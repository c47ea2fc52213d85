"""Fitting a request to a signature: every input is there, of its datatype and shape, before the model sees it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from modelet.errors import InvalidInput, InvalidRequest
from modelet.manifest import Manifest, TensorSpec
from modelet.messages import InferRequest
from modelet.session import Array
from modelet.tensors.nested import JsonTensor, to_array

Specs = Mapping[str, TensorSpec]


def fit_inputs(manifest: Manifest, request: InferRequest) -> tuple[dict[str, Array], bool]:
    """The arrays to run, by input name, and whether they are one bare row that was given its batch dimension.

    Raises InvalidInput, naming the input and what was expected.
    """
    specs = {spec.name: spec for spec in manifest.signature.inputs}
    _check_names(manifest, request.inputs, specs)
    arrays = {
        name: to_array(name, value, specs[name].datatype) if isinstance(value, JsonTensor) else value
        for name, value in request.inputs.items()
    }
    bare = False
    if request.bare_rows and manifest.signature.batched:
        arrays = {name: _with_no_rows(array, specs[name]) for name, array in arrays.items()}
        bare = bool(arrays) and all(_is_bare(array, specs[name]) for name, array in arrays.items())
    if bare:
        arrays = {name: array[np.newaxis] for name, array in arrays.items()}
    for name, array in arrays.items():
        problem = specs[name].mismatch(array.shape)
        if problem:
            raise InvalidInput(f"Input {name!r} {problem}.")
    _check_batch(manifest, arrays)
    return arrays, bare


def fit_outputs(manifest: Manifest, request: InferRequest) -> tuple[str, ...]:
    """The names of the outputs to compute, in order; raises InvalidRequest for an unknown or repeated one."""
    known = [spec.name for spec in manifest.signature.outputs]
    names = tuple(request.outputs or known)
    for name in names:
        if name not in known:
            raise InvalidRequest(f"Model {manifest.model!r} has no output {name!r}; it has {_listed(known)}.")
    if len(set(names)) != len(names):
        raise InvalidRequest("An output is asked for twice.")
    return names


def _check_names(manifest: Manifest, given: Iterable[str], specs: Specs) -> None:
    unknown = [name for name in given if name not in specs]
    missing = [name for name in specs if name not in given]
    if unknown:
        raise InvalidInput(f"Model {manifest.model!r} has no input {unknown[0]!r:.200}; its inputs: {_listed(specs)}.")
    if missing:
        raise InvalidInput(f"Input {missing[0]!r} is missing; model {manifest.model!r} takes {_listed(specs)}.")


def _with_no_rows(array: Array, spec: TensorSpec) -> Array:
    # [] shows no dimension but its first: it is a batch of no rows, not a row of no columns.
    if array.shape != (0,) or spec.shape is None or len(spec.shape) < 2:
        return array
    return array.reshape((0, *(max(size, 0) for size in spec.shape[1:])))


def _is_bare(array: Array, spec: TensorSpec) -> bool:
    return spec.shape is not None and array.ndim == len(spec.shape) - 1


def _check_batch(manifest: Manifest, arrays: Mapping[str, Array]) -> None:
    sizes = {name: array.shape[0] for name, array in arrays.items()} if manifest.signature.batched else {}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{name!r} has {size}" for name, size in sizes.items())
        raise InvalidInput(f"All inputs must have the same number of rows, but {found}.")


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(repr, names))
