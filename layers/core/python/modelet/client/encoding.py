"""Requests and answers of the Open Inference Protocol, with binary tensors or as JSON.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from modelet.client.answers import reading, told, whole
from modelet.tensors.binary import from_bytes, to_bytes
from modelet.tensors.datatypes import NUMPY_NAMES

Array = np.ndarray[Any, Any]

HEADER_LENGTH = "inference-header-content-length"
ENVELOPE_BYTES = 512
"""What a tensor takes of a request besides its data, generously."""


ALIGNMENT = 8
"""Bytes of the largest element."""


class Body:
    """The body of a request: tensors by input name, each with its datatype. A large one may be referred to instead."""

    def __init__(self, tensors: Mapping[str, tuple[str, Array]], outputs: tuple[str, ...], binary: bool) -> None:
        self._tensors = tensors
        self._outputs = outputs
        self._binary = binary
        self._references: dict[str, str] = {}
        self._data = {name: self._encoded(datatype, array) for name, (datatype, array) in tensors.items()}

    @property
    def size(self) -> int:
        """Bytes, at most."""
        held = (len(data) for name, data in self._data.items() if name not in self._references)
        return sum(held) + ENVELOPE_BYTES * (1 + len(self._tensors) + len(self._outputs))

    def excess(self, most: int) -> list[str]:
        """The names of the tensors, largest first, that must be referred to, too, for the body to have `most` bytes."""
        found, size = [], self.size
        left = [name for name in self._data if name not in self._references]
        for name in sorted(left, key=lambda name: len(self._data[name]), reverse=True):
            if size <= most:
                break
            found.append(name)
            size -= len(self._data[name])
        return found

    @property
    def referred(self) -> list[str]:
        """The names of the tensors that are referred to."""
        return list(self._references)

    def weight(self, name: str) -> int:
        """Bytes of a tensor, as an object that can be referred to."""
        return len(self._data[name]) if self._binary else len(to_bytes(self._tensors[name][1]))

    def raw(self, name: str) -> bytes:
        """A tensor's bytes, as an object that can be referred to."""
        return bytes(to_bytes(self._tensors[name][1]))

    def refer(self, name: str, reference: str) -> None:
        """Let the request refer to a tensor, rather than hold it."""
        self._references[name] = reference

    def headers(self) -> dict[str, str]:
        """What the request says of its body."""
        if not self._binary:
            return {"content-type": "application/json"}
        return {"content-type": "application/octet-stream", HEADER_LENGTH: str(len(self._head()))}

    def content(self) -> bytes:
        """The body."""
        if not self._binary:
            return self._head()
        data = [held for name, held in self._data.items() if name not in self._references]
        return b"".join((self._head(), *data))

    def _encoded(self, datatype: str, array: Array) -> memoryview:
        if self._binary:
            return memoryview(to_bytes(array))
        flat = array.reshape(-1)
        held = flat.tolist() if datatype in ("BYTES", "FP16") else np.ascontiguousarray(flat)
        return memoryview(orjson.dumps(held, option=orjson.OPT_SERIALIZE_NUMPY))

    def _head(self) -> bytes:
        body: dict[str, object] = {"inputs": [self._described(name) for name in self._tensors]}
        if self._outputs:
            body["outputs"] = [{"name": name} for name in self._outputs]
        if self._binary:
            body["parameters"] = {"binary_data_output": True}
        head = orjson.dumps(body)
        # Data that begins at a multiple of its elements' size is used where it lies: no copy is made by the service.
        return head.ljust(-(-len(head) // ALIGNMENT) * ALIGNMENT) if self._binary else head

    def _described(self, name: str) -> dict[str, object]:
        datatype, array = self._tensors[name]
        described: dict[str, object] = {"name": name, "datatype": datatype, "shape": list(array.shape)}
        if name in self._references:
            return {**described, "parameters": {"reference": self._references[name]}}
        if self._binary:
            return {**described, "parameters": {"binary_data_size": len(self._data[name])}}
        return {**described, "data": orjson.Fragment(bytes(self._data[name]))}


def decode(headers: Mapping[str, str], content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """What an answer says, and its outputs by name; raises ModeletError for an answer that is none."""
    length = whole(headers.get(HEADER_LENGTH, ""))
    at = len(content) if length is None else length
    said = told(content[:at], "model_name", "model_version", "outputs")
    outputs = {}
    with reading():
        for output in said["outputs"]:
            size = (output.get("parameters") or {}).get("binary_data_size")
            if size is None:
                outputs[output["name"]] = _from_json(output)
                continue
            data = memoryview(content)[at : at + size]
            outputs[output["name"]] = from_bytes(output["name"], data, output["datatype"], tuple(output["shape"]))
            at += size
    return said, outputs


def _from_json(output: Mapping[str, Any]) -> Array:
    return np.array(output["data"], dtype=NUMPY_NAMES[output["datatype"]]).reshape(output["shape"])
