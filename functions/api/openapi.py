"""The OpenAPI document of the whole service: the control plane as FastAPI knows it, and the data plane beside it."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from functions.api import headers
from functions.api.dataplane import CSV, FORM, FORM_DATA, JSON, JSON_LINES, NPY, OCTETS, OPERATIONS, TEXT, Operation
from functions.api.schemas import SCHEMAS

Json = dict[str, Any]

DESCRIPTION = (
    "Machine-learning models, served. The data plane predicts; the control plane, below `/api`, manages models and "
    "jobs. Every error has the body `{error, code}`: a sentence, and a stable word."
)
PARAMETERS = {
    "answer": "The id that a request with `Prefer: respond-async` was answered with.",
    "model": "The name of a model.",
    "ref": "A version number or an alias.",
    "repository": "Anything: there is one repository.",
}

_TEXT: Json = {"type": "string"}
_BYTES: Json = {"type": "string", "format": "binary"}
_FIELDS: Json = {
    "type": "object",
    "description": "`data` or `body` as often as there are rows, or the names of the inputs.",
    "additionalProperties": {"type": "string"},
}
_OTHERS: Json = {
    CSV: {**_TEXT, "examples": ["1.0,2.0\n"]},
    FORM: _FIELDS,
    FORM_DATA: _FIELDS,
    JSON_LINES: {**_TEXT, "examples": ["[1.0, 2.0]\n"]},
    NPY: _BYTES,
    OCTETS: _BYTES,
    TEXT: _TEXT,
}
"""The schemas of content types that are not JSON."""


def document(app: FastAPI) -> Json:
    """The document, made once."""
    if not app.openapi_schema:
        made = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        made["paths"] = {**_data_plane(), **made["paths"]}
        made["components"]["schemas"] |= SCHEMAS
        made["servers"] = [{"url": "/"}]
        app.openapi_schema = made
    return app.openapi_schema


def _data_plane() -> Json:
    paths: Json = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation)
    return paths


def _describe(operation: Operation) -> Json:
    described: Json = {
        "tags": ["predict"],
        "summary": operation.summary,
        "operationId": re.sub(r"\W+", "_", f"{operation.method.lower()}{operation.path}").strip("_"),
        "parameters": [*map(_parameter, re.findall(r"{(\w+)}", operation.path)), *_asked(operation)],
        "responses": _responses(operation),
    }
    if operation.body:
        content = _content(operation.body, operation.takes)
        described["requestBody"] = {"required": not operation.bodiless, "content": content}
    return described


def _asked(operation: Operation) -> tuple[Json, ...]:
    if not operation.predicts:
        return ()
    repeated = headers.REPEATED if operation.method == "POST" else ()
    return (*headers.ASKED, *repeated, *(headers.BINARY if operation.is_binary else ()))


def _responses(operation: Operation) -> Json:
    """What may come, by status; 501 of what is refused always is among the failures."""
    later = operation.predicts and operation.method == "POST"
    replayed = headers.REPLAYED if later else {}
    answers: Json = {}
    if operation.answer:
        served = headers.SERVED if operation.predicts else {}
        binary = headers.BINARY_LENGTH if operation.is_binary else {}
        content = _content(operation.answer, operation.gives)
        answers[str(operation.status)] = _response("The answer", content, served | binary | replayed)
    if operation.looks:
        answers["202"] = _response("There is no answer yet", _content("Running"), headers.LATER)
    if later:
        preferred = headers.LATER | headers.PREFERRED | replayed
        answers["202"] = _response("It is answered later, as was preferred", _content("Running"), preferred)
    if operation.answer and (operation.predicts or operation.looks):
        sentence = "The answer is too large, and lies where `location` says"
        answers["303"] = _response(sentence, _content("Elsewhere"), headers.ELSEWHERE | replayed)
    error = _content(operation.error)
    answers["4XX"] = _response("A mistake of the caller", error, headers.MISTAKEN | replayed)
    answers["5XX"] = _response(
        "A failure of the service, or a part of the protocol that is not served", error, headers.FAILED
    )
    return answers


def _response(description: str, content: Json, held: Json) -> Json:
    return {"description": description, "headers": headers.ALWAYS | held, "content": content}


def _parameter(name: str) -> Json:
    description = PARAMETERS[name]
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": "string"}}


def _content(schema: str, media_types: tuple[str, ...] = (JSON,)) -> Json:
    json = {"$ref": f"#/components/schemas/{schema}"}
    return {media_type: {"schema": _OTHERS.get(media_type, json)} for media_type in media_types}
