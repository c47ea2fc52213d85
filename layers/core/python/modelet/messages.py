"""The plain request and response that every caller and every protocol share: HTTP without a framework, inference
without a wire format.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    from modelet.manifest import Manifest
    from modelet.tensors.nested import JsonTensor


class HttpRequest(NamedTuple):
    """One HTTP request, whatever event brought it. `headers` have lower-case names; `path` is as it came, still
    percent-encoded where the caller encoded it, without its stage.
    """

    method: str
    path: str
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: bytes = b""


class HttpResponse(NamedTuple):
    """One HTTP response, before an event codec gives it the shape that its caller expects."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


class TensorReference(NamedTuple):
    """A tensor that lies in the store: the key of an upload, or the URL of an object below an allowed prefix; with the
    datatype and shape that the request declares, where it does.
    """

    url: str
    datatype: str | None = None
    shape: tuple[int, ...] | None = None


class InferRequest(NamedTuple):
    """One prediction: a model, a version number or an alias, and tensors by input name.

    `bare_rows` allows each input to come without its leading batch dimension; the response then comes without it too.
    `outputs` names the wanted outputs, in order; without a name all of them are wanted. Requests with the same
    `routing_key` are answered by the same version of a split alias. `non_finite` says how NaN and Infinity stand in
    JSON (`modelet.tensors.nonfinite`); without it none comes in, and each goes out as null. `arrange` makes the inputs
    where only the manifest of the version that answers says what they are, as for rows of a table.
    """

    model: str
    ref: str
    inputs: "Mapping[str, JsonTensor | TensorReference | np.ndarray[Any, Any]]"
    outputs: Sequence[str] | None = None
    id: str | None = None
    bare_rows: bool = False
    routing_key: str | None = None
    non_finite: str | None = None
    arrange: "Callable[[Manifest], Mapping[str, JsonTensor | TensorReference | np.ndarray[Any, Any]]] | None" = None


class InferResponse(NamedTuple):
    """What a model answered: arrays by output name, and the version that answered. `bare` says that one bare row was
    asked for, and `non_finite` how NaN and Infinity are to stand in JSON.
    """

    model: str
    version: int
    outputs: "Mapping[str, np.ndarray[Any, Any]]"
    id: str | None = None
    bare: bool = False
    non_finite: str | None = None
