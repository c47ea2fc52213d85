"""The OpenAPI document of the whole service: the control plane as FastAPI knows it, and the data plane beside it."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from functions.api.dataplane import OPERATIONS, SCHEMAS, Operation

Json = dict[str, Any]

DESCRIPTION = (
    "Machine-learning models, served. The data plane predicts; the control plane, below `/api`, manages models and "
    "jobs. Every error has the body `{error, code}`: a sentence, and a stable word."
)
PARAMETERS = {"model": "The name of a model.", "ref": "A version number or an alias."}


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
    answer = {"description": "The answer", "content": _content(operation.answer)}
    if operation.method == "POST":
        answer["headers"] = {
            "x-modelet-version": {"description": "The version that answered.", "schema": {"type": "string"}}
        }
    described: Json = {
        "tags": ["predict"],
        "summary": operation.summary,
        "operationId": re.sub(r"\W+", "_", f"{operation.method.lower()}{operation.path}").strip("_"),
        "parameters": [_parameter(name) for name in re.findall(r"{(\w+)}", operation.path)],
        "responses": {
            "200": answer,
            "4XX": {"description": "A mistake of the caller", "content": _content("Error")},
            "5XX": {"description": "A failure of the service", "content": _content("Error")},
        },
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


def _parameter(name: str) -> Json:
    description = PARAMETERS[name]
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": "string"}}


def _content(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
