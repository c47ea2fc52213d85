"""One array as a .npy file, both ways, as SageMaker's predictors for scikit-learn and PyTorch send it by default. No
pickle is ever read.

https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import io
import re
from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from modelet.errors import InvalidRequest, NotAcceptable
from modelet.manifest import Manifest, TensorSpec
from modelet.protocols.invocations.instances import from_instances
from modelet.tensors.datatypes import NUMPY_NAMES
from modelet.tensors.nested import Array, JsonTensor, is_possible
from modelet.tensors.stored import MAGIC, read_header


def read_npy(body: bytes) -> Callable[[Manifest], Mapping[str, JsonTensor | Array]]:
    """What makes the inputs of an array; raises InvalidRequest for a body that is no such file."""
    array = _array(body)

    def arrange(manifest: Manifest) -> Mapping[str, JsonTensor | Array]:
        inputs = manifest.signature.inputs
        if len(inputs) == 1:
            return {inputs[0].name: _converted(array, inputs[0])}
        return from_instances(array.tolist(), manifest)  # type: ignore[return-value]

    return arrange


def write_npy(outputs: Mapping[str, Array]) -> bytes:
    """The only output as a file; raises NotAcceptable where there are several, or it is text."""
    names = ", ".join(map(repr, outputs))
    array = next(iter(outputs.values()))
    if len(outputs) > 1 or array.dtype.kind == "O":
        raise NotAcceptable(f"A .npy file holds one array of numbers, unlike the output {names}: accept JSON.")
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def _array(body: bytes) -> Array:
    data = np.frombuffer(body, np.uint8)
    start, header = read_header(data) if body.startswith(MAGIC) else (0, None)
    if header is None:
        raise InvalidRequest("The body is no .npy file of plain numbers: send what numpy.save writes of them.")
    descr, order, sizes = header.groups()
    dtype, shape = np.dtype(descr.decode()), tuple(map(int, re.findall(rb"[0-9]+", sizes)))
    if not is_possible(shape) or prod(shape) * dtype.itemsize != len(data) - start:
        raise InvalidRequest(
            f"The .npy file declares shape {shape!r:.200}, but has {len(data) - start} bytes of numbers."
        )
    numbers = np.frombuffer(body, dtype, offset=start)
    return numbers.reshape(shape, order="F" if order == b"True" else "C")


def _converted(array: Array, spec: TensorSpec) -> JsonTensor | Array:
    wanted = np.dtype(NUMPY_NAMES[spec.datatype])
    if array.dtype.kind == wanted.kind == "f":
        with np.errstate(over="ignore"):
            made = np.require(array, wanted, ["C", "A"])
        if array.dtype.itemsize <= wanted.itemsize or (np.isinf(made) == np.isinf(array)).all():
            return made
    if array.dtype == wanted:
        return np.require(array, wanted, ["C", "A"])
    return JsonTensor(array.tolist(), shape=array.shape)  # strictly, as if it were JSON
