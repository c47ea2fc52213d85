"""Bodies of any content type, sent to /predictions as the HTTP API brings them."""

import json

from modelet.predict import Models
from tests.entrances import Answer, ask, event

BOUNDARY = "----boundary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED = "application/x-www-form-urlencoded"


def send(
    models: Models, where: str, body: object, kind: str | None = "application/json", method: str = "POST"
) -> Answer:
    """What is not text or bytes is sent as JSON; without a kind there is no content type."""
    held = body if isinstance(body, (str, bytes)) else json.dumps(body)
    made = event("http-api-predict", f"/predictions/{where}", held, method)
    made["headers"].pop("content-type")
    if kind is not None:
        made["headers"]["content-type"] = kind
    return ask(models, made)


def part(name: str, data: bytes, *, file: str | None = None, kind: str | None = None) -> bytes:
    """One part of a form, as curl -F writes it."""
    lines = [f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")]
    lines += [f"Content-Type: {kind}"] if kind else []
    return "\r\n".join([f"--{BOUNDARY}", *lines, "", ""]).encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
