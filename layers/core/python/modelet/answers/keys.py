"""Where requests that wait and answers that are kept live. Who knows an id may read its answer: none can be guessed."""

import os
import re
from hashlib import sha256

from modelet.errors import AnswerNotFound

ID_BYTES = 16

_ID = re.compile(r"[0-9a-f]{32}")
_REQUEST = re.compile(r"(?:.*/)?requests/([0-9a-f]{32})", re.DOTALL)


def new_id() -> str:
    """An id that no other answer has, from the kernel, so that environments of one snapshot do not choose alike."""
    return os.urandom(ID_BYTES).hex()


def check_id(answer_id: str) -> str:
    """Refuse what is no id before any I/O; raises AnswerNotFound."""
    if not _ID.fullmatch(answer_id):
        raise no_answer(answer_id)
    return answer_id


def no_answer(answer_id: str) -> AnswerNotFound:
    """The error that says so."""
    return AnswerNotFound(f"There is no answer {answer_id!r:.80}, or it has expired: send the request again.")


def claim_key(key: str, method: str, path: str) -> str:
    """Where an idempotency key of a route is claimed, however its path is percent-encoded."""
    if "%" in path:
        from urllib.parse import unquote

        path = unquote(path)
    named = "\0".join((key, method, path.rstrip("/")))
    return f"answers/{sha256(named.encode(errors='surrogatepass')).hexdigest()}/claim"


def answer_key(answer_id: str) -> str:
    """Where an answer is kept."""
    return f"answers/{answer_id}/answer"


def attempt_key(answer_id: str) -> str:
    """Where it is said who is working on a request that waits."""
    return f"answers/{answer_id}/attempt"


def body_key(answer_id: str, digest: str) -> str:
    """Where the body of an answer lies that is too large to be written in one piece."""
    return f"answers/{answer_id}/bodies/{digest}"


def request_key(answer_id: str) -> str:
    """Where a request waits; that it was written is what starts the prediction."""
    return f"requests/{answer_id}"


def requested_id(key: str) -> str | None:
    """The id of the request at a key of the bucket, whatever the store's prefix; None for any other key."""
    found = _REQUEST.fullmatch(key)
    return found[1] if found else None
