"""Requests and answers as objects: one line of JSON, and after it the body as it is."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from modelet.answers.keys import answer_key, body_key, no_answer, request_key
from modelet.errors import CorruptObject
from modelet.messages import HttpRequest, HttpResponse
from modelet.store.base import CHUNK_BYTES, AlreadyExists, Store

Head = dict[str, Any]


class Kept(NamedTuple):
    """A response that was kept, and when: in seconds since the epoch."""

    response: HttpResponse
    at: float


class Waiting(NamedTuple):
    """A request that waits to be answered, and since when: in seconds since the epoch."""

    request: HttpRequest
    at: float


def holds(status: int) -> bool:
    """Whether an answer stands for whoever repeats the request with its key: a prediction, or where one lies. A failure
    passes; a refusal costs little to make again, and what is missing or does not fit may have become otherwise.
    """
    return 200 <= status < 300 or status == 303


def keep_answer(store: Store, answer_id: str, response: HttpResponse, now: float) -> HttpResponse:
    """Keep the answer to a request and answer it; where there is one already, answer that."""
    head: Head = {"at": now, "status": response.status, "headers": dict(response.headers)}
    body = response.body
    if len(body) > CHUNK_BYTES:  # named by what it is, so that nobody can replace the body of another's answer
        head["body"] = sha256(body).hexdigest()
        store.put(body_key(answer_id, head["body"]), _chunks(body))
        body = b""
    try:
        store.put_if_absent(answer_key(answer_id), _write(head, body))
    except AlreadyExists:
        return (read_answer(store, answer_id) or Kept(response, now)).response
    return response


def read_answer(store: Store, answer_id: str) -> Kept | None:
    """The answer that was kept, or None as long as there is none; raises CorruptObject."""
    read = _read(store, answer_key(answer_id))
    if read is None:
        return None
    head, body = read
    digest = head.get("body")
    if digest is not None:
        body = _read_body(store, answer_id, digest)
    return Kept(HttpResponse(head["status"], body, head["headers"]), head["at"])


def leave_request(store: Store, answer_id: str, request: HttpRequest, now: float) -> None:
    """Have a request answered later; leaving it once more changes nothing."""
    head = {
        "at": now,
        "method": request.method,
        "path": request.path,
        "headers": dict(request.headers),
        "query": dict(request.query),
    }
    try:
        store.put_if_absent(request_key(answer_id), _write(head, request.body))
    except AlreadyExists:
        return


def read_request(store: Store, answer_id: str) -> Waiting:
    """The request that waits; raises AnswerNotFound or CorruptObject."""
    read = _read(store, request_key(answer_id))
    if read is None:
        raise no_answer(answer_id)
    head, body = read
    return Waiting(HttpRequest(head["method"], head["path"], head["headers"], head["query"], body), head["at"])


def _write(head: Head, body: bytes) -> bytes:
    # The standard library's JSON also takes what an event may hold and Unicode has no bytes for.
    return json.dumps(head).encode() + b"\n" + body


def _read(store: Store, key: str) -> tuple[Head, bytes] | None:
    try:
        found = store.get(key)
    except FileNotFoundError:
        return None
    line, _, body = found.data.partition(b"\n") if found else (b"", b"", b"")
    try:
        head: Head = json.loads(line)
    except ValueError:
        raise CorruptObject(f"{key} does not begin with a line of JSON.") from None
    return head, body


def _read_body(store: Store, answer_id: str, digest: str) -> bytes:
    key = body_key(answer_id, digest)
    try:
        body = b"".join(store.stream(key))
    except FileNotFoundError:
        raise CorruptObject(f"{key} is missing.") from None
    if sha256(body).hexdigest() != digest:
        raise CorruptObject(f"{key} is not what its digest says.")
    return body


def _chunks(body: bytes) -> Iterator[bytes]:
    return (body[at : at + CHUNK_BYTES] for at in range(0, len(body), CHUNK_BYTES))
