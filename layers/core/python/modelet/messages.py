"""The plain request and response that every caller and every protocol share: HTTP without a framework, inference
without a wire format.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

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


class InferRequest(NamedTuple):
    """One prediction: a model, a version number or an alias, and tensors by input name.

    `bare_rows` allows each input to come without its leading batch dimension; the response then comes without it too.
    `outputs` names the wanted outputs, in order; without a name all of them are wanted.
    """

    model: str
    ref: str
    inputs: "Mapping[str, JsonTensor | np.ndarray[Any, Any]]"
    outputs: Sequence[str] | None = None
    id: str | None = None
    bare_rows: bool = False


class InferResponse(NamedTuple):
    """What a model answered: arrays by output name, and the version that answered. `bare` says that one bare row was
    asked for.
    """

    model: str
    version: int
    outputs: "Mapping[str, np.ndarray[Any, Any]]"
    id: str | None = None
    bare: bool = False
