"""Asking a service over HTTP, by the Open Inference Protocol with JSON tensors."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import orjson

from modelet.client.mirror import mirrored
from modelet.errors import InvalidInput, InvalidRequest, Unavailable
from modelet.tensors.datatypes import NUMPY_NAMES

Array = np.ndarray[Any, Any]

_DATATYPES = {numpy_name: datatype for datatype, numpy_name in NUMPY_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered: arrays by output name, and the version that answered."""

    model: str
    version: int
    outputs: Mapping[str, Array]


class Client:
    """A connection to one service. `timeout` is in seconds. Close it, or use it as a context manager.

    Raises InvalidRequest for a URL that is not one of a service.
    """

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidRequest(f"{url!r} is not the address of a service: use http:// or https://.")
        self._http = httpx.Client(base_url=url, timeout=timeout)

    def predict(self, model: str, inputs: Mapping[str, Any], version: int | str | None = None) -> Prediction:
        """Ask `model`, or its `version` (a number or an alias), with arrays by input name, and wait for its outputs.

        Arrays keep their datatype: FP32 inputs take float32 arrays. Raises the error that the service names by its
        code, such as ModelNotFound or InvalidInput, and Unavailable where it cannot be reached.
        """
        body = {"inputs": [_tensor(name, np.asarray(value)) for name, value in inputs.items()]}
        answer = self.post_json(f"{_path(model, version)}/infer", orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY))
        held = orjson.loads(answer.content)
        outputs = {output["name"]: _array(output) for output in held["outputs"]}
        return Prediction(held["model_name"], int(held["model_version"]), outputs)

    def metadata(self, model: str, version: int | str | None = None) -> dict[str, Any]:
        """The names, datatypes and shapes of a model's inputs and outputs, and its versions; raises as predict does."""
        held: dict[str, Any] = self._send("GET", _path(model, version), None).json()
        return held

    def ready(self) -> bool:
        """Whether the service is there and can read its store."""
        try:
            return bool(self._send("GET", "/v2/health/ready", None).json()["ready"])
        except Unavailable:
            return False

    def post_json(self, path: str, body: bytes) -> httpx.Response:
        """Post JSON to any route of the service; raises as predict does."""
        return self._send("POST", path, body)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, method: str, path: str, body: bytes | None) -> httpx.Response:
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            answer = self._http.request(method, path, content=body, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable(f"The service at {self._http.base_url} cannot be reached: {error}.") from error
        if answer.status_code != 200:
            raise mirrored(answer.status_code, answer.content)
        return answer


def _path(model: str, version: int | str | None) -> str:
    path = f"/v2/models/{quote(model, safe='')}"
    return path if version is None else f"{path}/versions/{quote(str(version), safe='')}"


def _tensor(name: str, array: Array) -> dict[str, object]:
    datatype = "BYTES" if array.dtype.kind in "US" else _DATATYPES.get(array.dtype.name)
    if datatype is None:
        raise InvalidInput(f"Input {name!r} has dtype {array.dtype}, which has no datatype in the protocol.")
    flat = np.ascontiguousarray(array).reshape(-1)
    data = flat.tolist() if datatype in ("BYTES", "FP16") else flat
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": data}


def _array(output: dict[str, Any]) -> Array:
    return np.array(output["data"], dtype=NUMPY_NAMES[output["datatype"]]).reshape(output["shape"])
