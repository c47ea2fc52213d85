"""The model repository extension: what can be asked for, and loading it before somebody asks.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md

Models load when they are asked for, so that READY says that a request is answered, not that the model is in memory; the
`reason` tells them apart. UNAVAILABLE is what could not be loaded a moment ago, or cannot be read.
"""

from collections.abc import Iterator, Mapping
from concurrent import futures
from time import perf_counter_ns
from typing import NamedTuple

from modelet.errors import (
    CorruptObject,
    DeadlineExceeded,
    InvalidRequest,
    ModeletError,
    ModelNotFound,
    NotSupported,
    UnknownSchema,
)
from modelet.messages import HttpRequest, HttpResponse
from modelet.phases import NEVER, deadline, enter
from modelet.predict import Models
from modelet.protocols.body import json_response, parse_object

MOST_MODELS = 1000
"""Names that are looked at, in the order of the alphabet: each takes a few reads of the store."""
READERS = 16

Outcomes = Mapping[tuple[str, int], ModeletError | None]

ON_DEMAND = "not in memory: it is loaded by its first request"


class Line(NamedTuple):
    """One line of the index."""

    name: str
    version: str
    state: str
    reason: str


def names(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /v2/models, as KServe answers it: the names of all models that can be asked."""
    return json_response({"models": list(dict.fromkeys(line.name for line in read_index(models) if line.version))})


def index(models: Models, request: HttpRequest, repository: str = "") -> HttpResponse:
    """POST /v2/repository[/{repository}]/index: every version that can be asked for; with `ready` only what is READY.
    There is one repository, whatever it is called.
    """
    ready = parse_object(request).get("ready", False) if request.body.strip() else False
    if not isinstance(ready, bool):
        raise InvalidRequest(f"The request's 'ready' must be true or false, but is {ready!r:.80}.")
    lines = [line._asdict() for line in read_index(models) if line.state == "READY" or not ready]
    return json_response(lines)


def load(models: Models, request: HttpRequest, model: str, repository: str = "") -> HttpResponse:
    """POST /v2/repository[/{repository}]/models/{model}/load: puts what `live` leads to into memory, or says why
    not.
    """
    parameters = parse_object(request).get("parameters") if request.body.strip() else None
    if parameters:
        raise NotSupported(
            "A model is served as it was published: 'config' and files cannot come with a load. Publish a version with "
            "`modelet push`."
        )
    sessions = models.load(model)
    versions = [str(session.manifest.version) for session in sessions]
    return json_response({"name": model, "load": True, "versions": versions})


def read_index(models: Models) -> list[Line]:
    """Every version that can be asked for of the first MOST_MODELS models, by name and version.

    Raises StoreUnavailable, or DeadlineExceeded where the store takes longer than the request can wait.
    """
    enter("resolve")
    found, until = models.names()[:MOST_MODELS], deadline()
    seconds = None if until == NEVER else (until - perf_counter_ns()) / 1e9
    pool = futures.ThreadPoolExecutor(READERS)
    try:
        versions = list(pool.map(lambda name: _versions(models, name), found, timeout=seconds))
    except futures.TimeoutError:
        raise DeadlineExceeded("Reading all models takes longer than this request can wait.") from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    outcomes = models.outcomes()
    return [line for name, held in zip(found, versions, strict=True) for line in _lines(name, held, outcomes)]


def _versions(models: Models, name: str) -> list[int] | ModeletError:
    try:
        return models.versions(name)
    except ModelNotFound:
        return []
    except (CorruptObject, UnknownSchema) as error:  # of one model, which says nothing of the others
        return error


def _lines(name: str, held: list[int] | ModeletError, outcomes: Outcomes) -> Iterator[Line]:
    if isinstance(held, ModeletError):
        yield Line(name, "", "UNAVAILABLE", held.message)
        return
    for version in held:
        failure = outcomes.get((name, version))
        if failure is not None:
            yield Line(name, str(version), "UNAVAILABLE", failure.message)
        else:
            yield Line(name, str(version), "READY", "" if (name, version) in outcomes else ON_DEMAND)
