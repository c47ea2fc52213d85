"""Bodies: JSON as strictly read as the data plane reads it, whatever content type it claims; and files as bytes."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from modelet.errors import InvalidRequest
from modelet.messages import HttpRequest
from modelet.protocols.body import parse_object

ONNX_BODY: dict[str, Any] = {
    "requestBody": {
        "description": "The bytes of an ONNX file.",
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Body(BaseModel):
    """A JSON object in which every key is known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StrictRoute(APIRoute):
    """A route whose JSON body is refused for what Python's parser lets pass: NaN, a key given twice, deep nesting."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        read = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if self.body_field is None:
                return await read(request)
            body = await request.body()
            parse_object(HttpRequest(request.method, request.scope["path"], request.headers, body=body))
            return await read(_as_json(request, body))

        return strict


def _as_json(request: Request, body: bytes) -> Request:
    # curl -d calls everything a form.
    kept = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
    headers = [*kept, (b"content-type", b"application/json")]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({**request.scope, "headers": headers}, receive)


async def _file(request: Request) -> bytes:
    body = await request.body()
    if not body:
        raise InvalidRequest("The body is empty: send the bytes of an ONNX file.")
    return body


File = Annotated[bytes, Depends(_file)]
