"""One JSON line per invocation on standard output, which is CloudWatch's log; its numbers are metrics in the embedded
metric format.

Format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import sys
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

import orjson

from modelet.phases import NAMES, TOTAL, Phases, init_ms

NAMESPACE = "Modelet"
DIMENSIONS = ("function", "model", "version")

_FIELDS = {name: f"{name}_ms" for name in NAMES} | {TOTAL: "duration_ms"}

Line = dict[str, Any]

_cold = True


class invocation:  # noqa: N801 - a function to its callers; `contextmanager` would cost three times as much
    """Collect the fields of one line and print it at the end, with the phases, whatever happens.

    The line holds names, numbers and the error's code: no payload, no header and no secret ever reaches it.
    """

    __slots__ = ("_enabled", "_line", "cold", "phases")

    def __init__(self, function: str, request_id: str, enabled: bool = True) -> None:
        self._line: Line = {"function": function, "request_id": request_id, "cold": _cold}
        self._enabled = enabled
        self.phases = Phases()
        self.cold = _cold
        if _cold:
            _warm_up(self._line)

    def __enter__(self) -> Line:
        return self._line

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        line = self._line
        if kind is not None:
            line.setdefault("status", 500)
        if self._enabled:
            _print(line, self.phases.close())


def _warm_up(line: Line) -> None:
    global _cold  # noqa: PLW0603 - one execution environment is cold once
    _cold = False
    if (milliseconds := init_ms()) is not None:
        line["init_ms"] = milliseconds


def _print(line: Line, spent: dict[str, float]) -> None:
    for name, milliseconds in spent.items():
        line[_FIELDS[name]] = milliseconds
    line["errors"] = int(line.get("status", 200) >= 500)
    dimensions = DIMENSIONS if "version" in line else DIMENSIONS[:1]
    _write(line, _metrics(dimensions, tuple(spent)))


def report(line: Line, dimensions: tuple[str, ...], units: Mapping[str, str]) -> None:
    """Print a line of its own, of something that no invocation waits for: what has a unit in it is a metric by these
    dimensions.
    """
    metrics = [{"Name": name, "Unit": unit} for name, unit in units.items() if name in line]
    _write(line, [{"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}])


def _write(line: Line, metrics: object) -> None:
    line["_aws"] = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": metrics}
    sys.stdout.write(orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE).decode())
    sys.stdout.flush()


@lru_cache(maxsize=64)
def _metrics(dimensions: tuple[str, ...], phases: tuple[str, ...]) -> orjson.Fragment:
    """What of the line are metrics: only the phases that happened, so that none costs anything for a zero."""
    metrics = [{"Name": _FIELDS[phase], "Unit": "Milliseconds"} for phase in phases]
    metrics.append({"Name": "errors", "Unit": "Count"})
    return orjson.Fragment(orjson.dumps([{"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}]))


def whereabouts(error: Exception) -> str:
    """The type of an unexpected failure and where it happened, never its text, which may quote what the caller sent."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} in " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))


def notice(text: str, enabled: bool = True) -> None:
    """Print what an operator should know, on a line of its own."""
    if enabled:
        sys.stdout.write(orjson.dumps({"notice": text}, option=orjson.OPT_APPEND_NEWLINE).decode())
        sys.stdout.flush()
