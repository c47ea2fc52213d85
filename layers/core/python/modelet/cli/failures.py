"""How a failure reaches the user: one sentence on standard error, and an exit status that a script can act on."""

import json
import sys

from typer.exceptions import TyperException

from modelet.errors import (
    CandidateRefused,
    Conflict,
    InvalidJob,
    InvalidRequest,
    InvalidSetting,
    ModeletError,
    NotFound,
    RefusedModel,
    Unavailable,
)

FAILED, USAGE, NOT_FOUND, CONFLICT, REFUSED, UNAVAILABLE = 1, 2, 3, 4, 5, 6


def exit_status(error: Exception) -> int:
    """1: failed; 2: wrong usage or input; 3: not found; 4: conflict; 5: a model is refused; 6: try again."""
    if isinstance(error, NotFound | FileNotFoundError):
        return NOT_FOUND
    if isinstance(error, Conflict):
        return CONFLICT
    if isinstance(error, Unavailable):
        return UNAVAILABLE
    if isinstance(error, RefusedModel | CandidateRefused):
        return REFUSED
    wrong_usage = InvalidRequest | InvalidJob | InvalidSetting | TyperException
    return USAGE if isinstance(error, wrong_usage) else FAILED


def report(error: Exception, as_json: bool) -> None:
    """Write what went wrong; with `as_json` as one JSON object with a stable code."""
    code, message = _described(error)
    if as_json:
        sys.stderr.write(json.dumps({"error": message, "code": code}) + "\n")
    else:
        sys.stderr.write(f"modelet: {message}\n")


def _described(error: Exception) -> tuple[str, str]:
    if isinstance(error, ModeletError):
        return error.code, error.message
    if isinstance(error, TyperException):
        return "usage", error.format_message()
    if isinstance(error, OSError):
        return "file", f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
    return "internal", f"unexpected {type(error).__name__}: {error}. MODELET_DEBUG=1 shows where it comes from."
