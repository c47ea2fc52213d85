"""Every way into the data plane: the literal AWS events with another path, method and body, and direct invokes."""

import base64
import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from modelet.events import answering
from modelet.predict import Models
from tests.server_timing import read_server_timing

EVENTS = Path(__file__).parents[1] / "events"
HTTP = ("http-api-predict", "http-api-base64", "rest-predict", "function-url-predict")
BALANCED = ("alb-predict", "alb-multi-value-predict")
PROTOCOLS = ("simple", "v2")
REFS = {"live": None, "alias": "live", "version": "1"}

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What any caller gets: the body parsed, or bytes where it is not JSON; headers where there are any; and the
    phases, which never come twice.
    """

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    timing: dict[str, float | None] = field(default_factory=dict, compare=False)


def load(name: str) -> Event:
    """A fresh copy of one of the literal events."""
    event: Event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


_LOADED = {name: load(name) for name in (*HTTP, *BALANCED)}


def event(entrance: str, path: str, body: str | bytes | None = None, method: str = "POST") -> Event:
    """The event of an HTTP request; bytes that are no text come as base64, as AWS sends them."""
    made = copy.deepcopy(_LOADED[entrance])
    if "rawPath" in made:
        made["rawPath"] = path
        made["requestContext"]["http"].update(method=method, path=path)
    else:
        made.update(path=path, httpMethod=method)
    made["body"] = body
    if isinstance(body, str) and made["isBase64Encoded"]:
        body = body.encode(errors="surrogatepass")
    if isinstance(body, bytes):
        made.update(body=base64.b64encode(body).decode(), isBase64Encoded=True)
    return made


def ask(models: Models, asked: Any) -> Answer:
    """Answer an event, after checking that Lambda could send the answer and that a caller could read it."""
    answer = answering.answer(models, asked, None)
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    if "statusCode" not in answer:
        return Answer(answer.get("status", 200), answer)
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
    timing = read_server_timing(answer["headers"].pop("server-timing"))
    return Answer(answer["statusCode"], _body(answer), answer["headers"], timing)


def _body(answer: dict[str, Any]) -> Any:
    if answer["headers"]["content-type"] == "application/json" and "content-encoding" not in answer["headers"]:
        assert answer["isBase64Encoded"] is False
        return json.loads(answer["body"] or "null")
    body: str = answer["body"]
    return base64.b64decode(body, validate=True) if answer["isBase64Encoded"] else body.encode()


def post(models: Models, path: str, body: object = None) -> Answer:
    """Post a JSON body, or bytes as they are, to the HTTP API."""
    held = body if isinstance(body, bytes) else json.dumps(body)
    return ask(models, event("http-api-predict", path, held))


def get(models: Models, path: str, method: str = "GET") -> Answer:
    """Get a path of the HTTP API."""
    return ask(models, event("http-api-predict", path, None, method))


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask for a prediction: an entrance, a protocol, and how the version is named."""

    entrance: str
    protocol: str
    ref: str | None

    def ask(self, models: Models, model: str, inputs: dict[str, Any], datatype: str = "FP32") -> Answer:
        """Ask a model this way; `datatype` is what a v2 request declares."""
        if self.protocol == "direct":
            version = {} if self.ref is None else {"version": self.ref}
            return ask(models, {"model": model, "inputs": inputs, **version})
        body = inputs if self.protocol == "simple" else {"inputs": [v2(*item, datatype) for item in inputs.items()]}
        return self.send(models, model, json.dumps(body))

    def send(self, models: Models, model: str, body: str | bytes | None) -> Answer:
        """Post a body as it is."""
        return ask(models, event(self.entrance, self.path(model), body))

    def path(self, model: str) -> str:
        """The path of this protocol for a model."""
        root, verb = ("/models/", "predict") if self.protocol == "simple" else ("/v2/models/", "infer")
        return f"{root}{model}/{verb}" if self.ref is None else f"{root}{model}/versions/{self.ref}/{verb}"


def v2(name: str, data: Any, datatype: str) -> dict[str, Any]:
    """A tensor of a v2 request. Ragged data declares the shape that it begins with."""
    return {"name": name, "datatype": datatype, "shape": _shape(data), "data": data}


def _shape(data: Any) -> list[int]:
    try:
        return list(np.shape(data))
    except ValueError:
        return [len(data), *_shape(data[0])] if isinstance(data, list) else []


OVER_HTTP = {
    f"{entrance}-{protocol}-{name}": Way(entrance, protocol, ref)
    for entrance in HTTP
    for protocol in PROTOCOLS
    for name, ref in REFS.items()
}
WAYS = OVER_HTTP | {f"direct-{name}": Way("direct", "direct", ref) for name, ref in REFS.items()}
