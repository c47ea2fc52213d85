"""The context object that Lambda hands to a handler beside the event.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

import time
from typing import Any

from modelet.local.event import ACCOUNT
from modelet.local.template import Function


class Context:
    """What Lambda says of one invocation; `deadline` is in seconds since the epoch."""

    __slots__ = ("_function", "aws_request_id", "deadline")

    function_version = "$LATEST"
    log_stream_name = "local"
    client_context: Any = None
    identity: Any = None

    def __init__(self, function: Function, request_id: str, deadline: float) -> None:
        self._function = function
        self.aws_request_id = request_id
        self.deadline = deadline

    @property
    def function_name(self) -> str:
        """The name of the function in the template."""
        return self._function.name

    @property
    def memory_limit_in_mb(self) -> str:
        """The memory of the function, as text."""
        return str(self._function.memory)

    @property
    def invoked_function_arn(self) -> str:
        """The name of the function in an account that is none."""
        return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{self._function.name}"

    @property
    def log_group_name(self) -> str:
        """Where Lambda would log."""
        return f"/aws/lambda/{self._function.name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        return max(0, int((self.deadline - time.time()) * 1000))


def invocation_context(function: Function, request_id: str) -> Context:
    """The context of an invocation that starts now."""
    return Context(function, request_id, time.time() + function.timeout)
