"""Asking a service from the command line: in JSON while that fits a request, which says the same as it does in this
process; what is larger becomes tensors, which the client sends as they lie in memory, or uploads.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from modelet.errors import InvalidInput

if TYPE_CHECKING:
    from modelet.client import Bearer, Client, Iam
    from modelet.session import Array


class Caller(NamedTuple):
    """Who asks: nobody in particular, the bearer of a token, or this environment's AWS identity."""

    token: str | None = None
    iam: bool = False

    def auth(self, url: str) -> "Bearer | Iam | None":
        """What the client shows of it to a service; raises InvalidSetting where there is no identity."""
        from modelet.client import Bearer, Iam

        if self.iam:
            return Iam(service="lambda" if ".lambda-url." in url else "execute-api")
        return Bearer(self.token) if self.token else None


class Asked(NamedTuple):
    """What is asked of a model: its inputs in JSON, and what stands for NaN and Infinity in it."""

    model: str
    ref: str
    body: bytes
    non_finite: str | None = None

    def answer(self, version: int, outputs: Mapping[str, object]) -> dict[str, Any]:
        """What a version answered, as it is printed."""
        if self.non_finite == "string":
            from modelet.tensors.nonfinite import spelled

            return {"model": self.model, "version": version, "outputs": spelled(outputs)}
        return {"model": self.model, "version": version, "outputs": outputs}


def ask(url: str, caller: Caller, asked: Asked) -> dict[str, Any]:
    """The answer of the service at `url`; raises the error that it names, and Unavailable where it is not there."""
    from modelet.client import Client
    from modelet.client.conversation import MOST_BYTES

    with Client(url, auth=caller.auth(url)) as client:
        return _in_json(client, asked) if len(asked.body) <= MOST_BYTES else _as_tensors(client, asked)


def _in_json(client: "Client", asked: Asked) -> dict[str, Any]:
    from modelet.tensors.nonfinite import HEADER

    headers = {} if asked.non_finite is None else {HEADER: asked.non_finite}
    answer = client.post_json(f"/models/{asked.model}/versions/{asked.ref}/predict", asked.body, headers)
    return {
        "model": asked.model,
        "version": int(answer.headers["x-modelet-version"]),
        "outputs": answer.json(),
    }


def _as_tensors(client: "Client", asked: Asked) -> dict[str, Any]:
    from modelet.tensors.nested import to_json
    from modelet.tensors.nonfinite import check_finite

    specs = {spec["name"]: spec for spec in client.metadata(asked.model, asked.ref)["inputs"]}
    arrays = _arrays(asked, specs)
    bare = _are_bare(arrays, specs)
    inputs = {name: array[None] for name, array in arrays.items()} if bare else arrays
    prediction = client.predict(asked.model, inputs, asked.ref)
    if asked.non_finite == "error":
        check_finite(prediction.outputs)
    outputs = {name: to_json(array[0, ...] if bare else array) for name, array in prediction.outputs.items()}
    return asked.answer(prediction.version, outputs)


def _arrays(asked: Asked, specs: Mapping[str, Mapping[str, Any]]) -> "dict[str, Array]":
    from modelet.messages import HttpRequest
    from modelet.protocols.tensors import parse_tensors
    from modelet.tensors.nested import JsonTensor, to_array

    arrays = {}
    for name, data in parse_tensors(HttpRequest("POST", "/predict", body=asked.body)).items():
        if name not in specs:
            raise InvalidInput(f"Model {asked.model!r} has no input {name!r:.200}; its inputs: {', '.join(specs)}.")
        if isinstance(data, dict):
            raise InvalidInput(f"Input {name!r} is a reference beside large tensors: refer to those, too.")
        arrays[name] = to_array(name, JsonTensor(data), specs[name]["datatype"], asked.non_finite)
    return arrays


def _are_bare(arrays: "Mapping[str, Array]", specs: Mapping[str, Mapping[str, Any]]) -> bool:
    # One row without its batch dimension, as plain JSON takes it.
    shapes = {name: specs[name]["shape"] for name in arrays}
    return all(shape[:1] == [-1] and arrays[name].ndim == len(shape) - 1 for name, shape in shapes.items())
