"""Creating a session for 400 MB: the `load` phase of a first answer, against `InferenceSession(path)` with defaults.

The phase is what the response's `Server-Timing` says of it: the model's bytes are in memory when it begins.
"""

import re
from typing import Any

from benchmarks import load, questions
from benchmarks.rounds import Reach, Row, compare, interleaved
from benchmarks.stage import Stage

MEGABYTES = 400
ROUNDS = 7
REACH = Reach("at most", 0.02)


def phase(answer: dict[str, Any], name: str) -> float | None:
    """The milliseconds of a phase, as the answer's `Server-Timing` gives them."""
    found = re.search(rf"\b{name};dur=([\d.]+)", answer["headers"].get("server-timing", ""))
    return float(found[1]) if found else None


def run(stage: Stage) -> list[Row]:
    """One row."""
    model, body, case = stage.large(MEGABYTES), questions.body(1), f"{MEGABYTES} MB"
    questions.agree(load.answers(model, body))
    if phase(load.first_answer(model, body)["answer"], "load") is None:
        return [Row(case, "ms", REACH, note="not measured: the response has no phase `load`")]
    sides = {
        "Modelet": lambda: phase(load.first_answer(model, body)["answer"], "load") or 0.0,
        "InferenceSession(path)": lambda: load.reading(model, body)["open"] * 1000,
    }
    return [compare(case, "ms", REACH, interleaved(sides, ROUNDS))]
