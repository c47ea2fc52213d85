"""Shadows: a version that gets a copy of requests which another one has answered. What it says is compared and counted,
and never answers anybody.

A copy is run after the primary's run, in a thread of the least priority, so that the two do not take each other's
cores. On Lambda the environment, and this thread with it, may be frozen as soon as the answer is sent; it goes on with
the next request.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from modelet import log
from modelet.errors import ModeletError, Unavailable
from modelet.messages import InferRequest
from modelet.predict.comparing import compare
from modelet.predict.fitting import fit_inputs
from modelet.predict.routing import is_copied
from modelet.registry.aliases import Target
from modelet.session import Array

if TYPE_CHECKING:
    from modelet.predict.models import Models

AT_ONCE = 1
"""Copies that one process has under way: two runs of one session take twice the memory that it was given room for."""
MOST_BYTES = 32 * 1024 * 1024
"""Of one copy, inputs and outputs together: what is larger is not held any longer than its answer takes."""

UNITS = {
    "shadow_requests": "Count",
    "shadow_failed": "Count",
    "shadow_skipped": "Count",
    "shadow_ms": "Milliseconds",
    "shadow_compared": "Count",
    "shadow_mismatches": "Count",
    "shadow_max_difference": "None",
}


class Prediction(NamedTuple):
    """What one version of an alias was given, and what it answered, by name. Nobody changes either."""

    model: str
    alias: str
    version: int
    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]

    @property
    def size(self) -> int:
        """Bytes of all tensors, text not counted."""
        return sum(array.nbytes for arrays in (self.inputs, self.outputs) for array in arrays.values())

    def pair(self, shadow: Target) -> "_Pair":
        """It, and the shadow that gets a copy, as the log names them."""
        return _Pair(self.model, str(self.version), str(shadow.version))


class _Pair(NamedTuple):
    model: str
    version: str
    shadow_version: str


def cast(models: "Models", shadow: Target, prediction: Prediction) -> None:
    """Begin to run a copy of a prediction, if this is one of those that the shadow gets a copy of, and return at once,
    raising nothing. Where there is no log, nobody would learn of it, and nothing is run.
    """
    place = prediction.model, prediction.alias
    if models.settings.log and shadow.version != prediction.version and is_copied(shadow, place, models.routing_key):
        SHADOWS.begin(models, shadow, prediction)


class Shadows:
    """The copies that a process has under way. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._skipped: Counter[_Pair] = Counter()

    def begin(self, models: "Models", shadow: Target, prediction: Prediction) -> None:
        """Run a copy in a thread of its own; where it is too large, or too many are under way, only count it."""
        pair = prediction.pair(shadow)
        if prediction.size > MOST_BYTES:
            _report(pair, {"shadow_skipped": 1})
            return
        with self._lock:
            if self._under_way == AT_ONCE:
                self._skipped[pair] += 1  # told by those that are under way, when they end
                return
            self._under_way += 1
        try:
            arguments = (models, shadow, prediction)
            threading.Thread(target=self._run, args=arguments, name="shadow", daemon=True).start()
        except RuntimeError:  # there are no more threads to be had
            _report(pair, {"shadow_skipped": 1})
            self._end()

    def _run(self, models: "Models", shadow: Target, prediction: Prediction) -> None:
        try:
            _report(prediction.pair(shadow), _outcome(models, shadow, prediction))
        finally:
            self._end()

    def _end(self) -> None:
        with self._lock:
            self._under_way -= 1
            skipped, self._skipped = self._skipped, Counter()
        for pair, count in skipped.items():
            _report(pair, {"shadow_skipped": count})


SHADOWS = Shadows()


def _outcome(models: "Models", shadow: Target, prediction: Prediction) -> dict[str, Any]:
    try:
        return _measure(models, shadow, prediction)
    except ModeletError as error:
        return {"shadow_requests": 1, "shadow_failed": 1, "code": error.code}
    except Exception as error:  # noqa: BLE001 - the boundary: nobody waits for it
        return {"shadow_requests": 1, "shadow_failed": 1, "code": "internal", "failure": log.whereabouts(error)}


def _measure(models: "Models", shadow: Target, prediction: Prediction) -> dict[str, Any]:
    try:
        session = models.spare_session(prediction.model, shadow)
    except Unavailable as error:  # as after a freeze; a moment later it may be there
        return {"shadow_skipped": 1, "code": error.code}
    if session is None:
        return {"shadow_skipped": 1}
    inputs, _ = fit_inputs(session, InferRequest(prediction.model, str(shadow.version), prediction.inputs))
    names = [name for name in prediction.outputs if name in session.outputs]
    # The runtime takes no names for all of them.
    outputs, took = session.run_aside(inputs, names, models.settings.gateway_seconds) if names else ({}, 0.0)
    found = compare(prediction.outputs, outputs, session.manifest.labels)
    return {
        "shadow_requests": 1,
        "shadow_failed": 0,
        "shadow_ms": int(took * 1e6) / 1000,
        "shadow_compared": found.compared,
        "shadow_mismatches": found.mismatches,
        "shadow_max_difference": found.max_difference,
    }


def _report(pair: _Pair, fields: dict[str, Any]) -> None:
    log.report({**pair._asdict(), **fields}, _Pair._fields, UNITS)
