"""The claim check: a tensor that is too large for a request is uploaded first, and the request refers to it.

Any JSON tensor may be `{"reference": …}`, with a `shape` where neither the file nor the model's signature says it.
"""

from typing import Any

from modelet.errors import InvalidInput, NotSupported
from modelet.messages import HttpRequest, HttpResponse, TensorReference
from modelet.predict import Models
from modelet.protocols.body import json_response
from modelet.store.base import UploadStore
from modelet.store.tensors import URL_SECONDS, new_key
from modelet.tensors.datatypes import DECLARABLE

_KNOWN = {"reference", "datatype", "shape"}


def create(models: Models, request: HttpRequest) -> HttpResponse:
    """POST /uploads/tensors: what to refer to, and where to PUT it first."""
    store = models.store
    if not isinstance(store, UploadStore):
        raise NotSupported(f"The store {store.url} takes no uploads: send tensors within the request.")
    key = new_key()
    upload = {
        "method": "PUT",
        "url": store.sign_put(key, URL_SECONDS),
        "headers": {"content-type": "application/octet-stream"},
        "expires_in": URL_SECONDS,
        "max_bytes": models.settings.max_tensor_bytes,
    }
    return json_response({"reference": key, "upload": upload}, 201)


def read_reference(name: str, held: dict[str, Any]) -> TensorReference:
    """Read `{"reference": …}` in place of a tensor's data; raises InvalidInput naming the input and what is wrong."""
    unknown = held.keys() - _KNOWN
    if unknown:
        raise InvalidInput(f"Input {name!r:.200} is a reference with an unknown key {min(unknown)!r:.200}.")
    url, datatype, shape = held.get("reference"), held.get("datatype"), held.get("shape")
    if not isinstance(url, str):
        raise InvalidInput(f"Input {name!r:.200} has a 'reference' that is no text.")
    if datatype is not None and datatype not in DECLARABLE:
        raise InvalidInput(f"Input {name!r:.200} has an unknown datatype {datatype!r:.80}.")
    if shape is None:
        return TensorReference(url, datatype)
    if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 2**31 for size in shape):
        raise InvalidInput(f"Input {name!r:.200} has a 'shape' that is no list of whole numbers of at least 0.")
    return TensorReference(url, datatype, tuple(shape))
