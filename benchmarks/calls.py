"""A Lambda handler, called as Lambda's runtime would: every handler here is measured by these lines."""

import time
from collections.abc import Callable
from importlib import import_module
from statistics import median
from typing import Any


class Context:
    """What Lambda says of an invocation, with all the time in the world."""

    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    function_name = "function"
    function_version = "$LATEST"
    memory_limit_in_mb = "1769"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        return 30_000


def open_handler(handler: str) -> Callable[..., dict[str, Any]]:
    """Import a handler, `module.function`; what it answers, and the median seconds of a number of calls."""
    module, _, name = handler.rpartition(".")
    call, context = getattr(import_module(module), name), Context()

    def act(event: dict[str, Any], calls: int = 1) -> dict[str, Any]:
        taken = []
        for _ in range(calls):
            began = time.perf_counter()
            answer = call(event, context)
            taken.append(time.perf_counter() - began)
        return {"seconds": median(taken), "answer": answer}

    return act
