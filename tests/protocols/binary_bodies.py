"""Bodies of the binary tensor extension, as a client writes and reads them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelet.events import answering
from modelet.predict import Models
from tests.entrances import event

HEADER = "inference-header-content-length"
DTYPES = {
    "BOOL": "?",
    **{f"{sign}INT{8 * size}": f"<{sign.lower() or 'i'}{size}" for size in (1, 2, 4, 8) for sign in ("", "U")},
    **{f"FP{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}
"""How the extension's numbers lie in bytes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a caller gets, its body as it is on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, or what of it lies before the tensors."""
        return json.loads(self.body[: int(self.headers.get(HEADER, len(self.body)))])


def send(models: Models, path: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> Reply:
    """Post bytes to an HTTP API, where they arrive as base64."""
    asked = event("http-api-predict", path, body, method)
    asked["headers"].update(headers)
    answer = answering.answer(models, asked, None)
    json.dumps(answer, allow_nan=False)
    held = base64.b64decode(answer["body"], validate=True) if answer["isBase64Encoded"] else answer["body"].encode()
    assert answer["isBase64Encoded"] == (
        answer["headers"]["content-type"] != "application/json" or "content-encoding" in answer["headers"]
    )
    return Reply(answer["statusCode"], answer["headers"], held)


def packed(array: Any) -> bytes:
    """The bytes of a tensor; text as UTF-8."""
    if array.dtype != object:
        return bytes(np.ascontiguousarray(array).tobytes())
    encoded = [text.encode() for text in array.reshape(-1).tolist()]
    return b"".join(len(text).to_bytes(4, "little") + text for text in encoded)


def unpacked(data: bytes, datatype: str, shape: list[int]) -> Any:
    """The tensor of some bytes."""
    if datatype != "BYTES":
        return np.frombuffer(data, DTYPES[datatype]).reshape(shape)
    texts = []
    while data:
        end = 4 + int.from_bytes(data[:4], "little")
        texts.append(data[4:end].decode())
        data = data[end:]
    array = np.empty(len(texts), object)
    array[:] = texts
    return array.reshape(shape)


def request(*inputs: tuple[str, str, list[int], bytes], **rest: Any) -> tuple[bytes, dict[str, str]]:
    """A body with these inputs, each a name, a datatype, a shape and bytes; and its header."""
    described = [
        {"name": name, "datatype": datatype, "shape": shape, "parameters": {"binary_data_size": len(data)}}
        for name, datatype, shape, data in inputs
    ]
    text = json.dumps({"inputs": described, **rest}).encode()
    return b"".join([text, *(data for *_, data in inputs)]), {HEADER: str(len(text))}


def outputs(reply: Reply) -> dict[str, Any]:
    """The arrays of an answer by output name, whether binary or JSON; no byte may be left over."""
    assert reply.status == 200, reply.body
    answer, left = reply.json, reply.body[int(reply.headers.get(HEADER, len(reply.body))) :]
    arrays = {}
    for output in answer["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            data = np.array(output["data"], DTYPES.get(output["datatype"], object))
            arrays[output["name"]] = data.reshape(output["shape"])
        else:
            assert "data" not in output
            arrays[output["name"]] = unpacked(left[:size], output["datatype"], output["shape"])
            left = left[size:]
    assert not left
    return arrays
