"""Asks as clients of SageMaker and MLflow do: any content type in, whatever comes out as text and as JSON."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from onnx import ModelProto, TensorProto, helper

from modelet.events import answering
from modelet.manifest import Artifact, Manifest
from modelet.manifest.columns import named_columns
from modelet.predict import Models
from modelet.registry.publishing import publish
from modelet.store.base import Store
from tests.entrances import event
from tests.onnx_models import model, tensor
from tests.published import ELEMENTS, declared_signature

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def predictions(self) -> Any:
        """What was predicted, after checking that nothing else was answered."""
        assert self.status == 200, self.text
        assert set(self.json) == {"predictions"}
        return self.json["predictions"]

    @property
    def error(self) -> str:
        """What the caller did wrong."""
        assert self.status == 400, (self.status, self.text)
        return str(self.json["error"])


def invoke(models: Models, body: object, kind: str = JSON, path: str = "/invocations", **headers: str) -> Answer:
    """Post a body: text and bytes as they are, anything else as JSON."""
    sent = body if isinstance(body, (str, bytes)) else json.dumps(body)
    asked = event("http-api-predict", path, sent)
    asked["headers"] = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return _read(answering.answer(models, asked, None))


def look(models: Models, path: str) -> Answer:
    """Get a path."""
    return _read(answering.answer(models, event("http-api-predict", path, None, "GET"), None))


def _read(answered: dict[str, Any]) -> Answer:
    body = answered["body"]
    text = base64.b64decode(body).decode() if answered["isBase64Encoded"] else body
    return Answer(answered["statusCode"], answered["headers"], text)


def publish_table(store: Store, name: str, made: ModelProto, columns: Sequence[str] = ()) -> None:
    """Publish a model with these columns, as a push writes it."""
    data = made.SerializeToString(deterministic=True)
    artifact, signature = Artifact(sha256(data).hexdigest(), len(data)), declared_signature(made)
    named = named_columns(signature, columns) if columns else ()
    publish(store, Manifest(name, artifact, signature, columns=named), {artifact.sha256: lambda: [data]})


def split(**datatypes: str) -> ModelProto:
    """A model of one column each: every input comes out as it came in, as `of_<input>`."""
    nodes = [helper.make_node("Identity", [name], [f"of_{name}"]) for name in datatypes]
    inputs = [tensor(name, ("N", 1), ELEMENTS[datatype]) for name, datatype in datatypes.items()]
    outputs = [tensor(f"of_{name}", ("N", 1), ELEMENTS[datatype]) for name, datatype in datatypes.items()]
    return model(nodes, inputs, outputs)


def total() -> ModelProto:
    """`y` = the sum of the three numbers of a row: FP32 of shape [-1, 3] in, of [-1] out."""
    node = helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)
    return model([node], [tensor("x", ("N", 3))], [tensor("y", ("N",))], {"axes": [1]})


def text_lengths() -> ModelProto:
    """`y` = the text of `x`, of any width."""
    node = helper.make_node("Identity", ["x"], ["y"])
    kind = TensorProto.STRING
    return model([node], [tensor("x", ("N", "W"), kind)], [tensor("y", ("N", "W"), kind)])
