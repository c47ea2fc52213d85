"""Plays the bucket, which tells a function of each request that was left for later, and Lambda, which asks the function
again where it failed.

An answer that promises another one at `/answers/{id}` says that there is such a request, whatever store it lies in; and
one that still does so after the service was started anew, that nobody works on it.
"""

import queue
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from modelet.local.answer import Response
from modelet.local.context import invocation_context
from modelet.local.event import ACCOUNT
from modelet.local.template import Function

Handler = Callable[[Any, Any], Any]

PROMISED = "/answers/"
BUCKET = "modelet-local"
AT_ONCE = 4
PAUSES = (1.0, 2.0)
"""Seconds after which it is tried again; Lambda waits a minute, and then two."""


class Trigger:
    """At most AT_ONCE handlers at once, in threads that end with the process. Safe to share between threads."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[str, Function, Handler]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    def watch(self, response: Response, function: Function, handler: Handler) -> None:
        """Start the handler where its answer promises another one and nothing is under way to it."""
        if response.status != 202:
            return
        promise = dict(response.headers).get("location", "")
        if not promise.startswith(PROMISED):
            return
        answer_id = promise.removeprefix(PROMISED)
        with self._lock:
            if answer_id in self._under_way:
                return
            self._under_way.add(answer_id)
            self._calls.put((answer_id, function, handler))
            if len(self._threads) < AT_ONCE:
                self._threads.append(threading.Thread(target=self._work, daemon=True, name="trigger"))
                self._threads[-1].start()

    def _work(self) -> None:
        while True:
            answer_id, function, handler = self._calls.get()
            try:
                deliver(answer_id, function, handler)
            finally:
                with self._lock:
                    self._under_way.discard(answer_id)


def deliver(answer_id: str, function: Function, handler: Handler, pauses: Iterable[float] = PAUSES) -> None:
    """Tell a handler of a request, and again after each pause while it raises; what it says goes to stderr."""
    # The same invocation whatever process plays it: who was killed at it is succeeded at once by the next service.
    event, invocation_id = object_created(f"requests/{answer_id}"), str(uuid.uuid5(uuid.NAMESPACE_OID, answer_id))
    for pause in (0.0, *pauses):
        time.sleep(pause)
        try:
            handler(event, invocation_context(function, invocation_id))
        except (Exception, SystemExit):  # noqa: BLE001 - whatever a handler does, the service lives on
            sys.stderr.write(f"{function.name} failed, request {invocation_id}:\n{traceback.format_exc()}")
        else:
            return


def object_created(key: str) -> dict[str, Any]:
    """The event by which EventBridge tells that an object was written.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": "us-east-1",
        "resources": [f"arn:aws:s3:::{BUCKET}"],
        "detail": {
            "version": "0",
            "bucket": {"name": BUCKET},
            "object": {"key": key, "size": 0, "etag": "", "sequencer": ""},
            "request-id": "",
            "requester": ACCOUNT,
            "source-ip-address": "127.0.0.1",
            "reason": "PutObject",
        },
    }
