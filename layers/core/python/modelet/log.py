"""One JSON line per invocation on standard output, which is CloudWatch's log; its numbers are metrics in the embedded
metric format.

Format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

NAMESPACE = "Modelet"
_cold = True


@contextmanager
def invocation(function: str, request_id: str, enabled: bool = True) -> Iterator[dict[str, Any]]:
    """Collect the fields of one line and print it at the end, whatever happens.

    The line holds names, numbers and the error's code: no payload, no header and no secret ever reaches it.
    """
    global _cold  # noqa: PLW0603 - one execution environment is cold once
    line: dict[str, Any] = {"function": function, "request_id": request_id, "cold": _cold}
    _cold = False
    started = time.perf_counter()
    try:
        yield line
    except BaseException:
        line.setdefault("status", 500)
        raise
    finally:
        line["duration_ms"] = round((time.perf_counter() - started) * 1000, 3)
        if enabled:
            _print(line)


def _print(line: dict[str, Any]) -> None:
    dimensions = [name for name in ("function", "model", "version") if name in line]
    line["errors"] = int(line.get("status", 200) >= 500)
    line["_aws"] = {
        "Timestamp": int(time.time() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": [{"Name": "duration_ms", "Unit": "Milliseconds"}, {"Name": "errors", "Unit": "Count"}],
            }
        ],
    }
    sys.stdout.write(orjson.dumps(line, default=str).decode() + "\n")
    sys.stdout.flush()


def whereabouts(error: Exception) -> str:
    """The type of an unexpected failure and where it happened, never its text, which may quote what the caller sent."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} in " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
