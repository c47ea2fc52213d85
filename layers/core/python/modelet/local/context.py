"""The context object that Lambda hands to a handler beside the event.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

import time
from dataclasses import dataclass
from typing import Any

from modelet.local.event import ACCOUNT
from modelet.local.template import Function


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda says of one invocation; `deadline` is in seconds since the epoch."""

    aws_request_id: str
    function_name: str
    memory_limit_in_mb: str
    invoked_function_arn: str
    log_group_name: str
    log_stream_name: str
    deadline: float
    function_version: str = "$LATEST"
    client_context: Any = None
    identity: Any = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        return max(0, int((self.deadline - time.time()) * 1000))


def invocation_context(function: Function, request_id: str) -> Context:
    """The context of an invocation that starts now."""
    return Context(
        aws_request_id=request_id,
        function_name=function.name,
        memory_limit_in_mb=str(function.memory),
        invoked_function_arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function.name}",
        log_group_name=f"/aws/lambda/{function.name}",
        log_stream_name="local",
        deadline=time.time() + function.timeout,
    )
