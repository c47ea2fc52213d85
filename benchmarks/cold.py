"""Cold starts: the first answer of a built function under Lambda's emulator, which starts the runtime when it is asked.

The data plane, a FastAPI handler, and one that only opens a local model take turns. The data plane is deployed twice:
one deployment names its model, as the FastAPI handler's does, the other reads whichever model it is asked for. The
pages of all files are in memory, as the first round leaves them.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import artifacts, questions
from benchmarks.rounds import Reach, Row, compare, interleaved
from benchmarks.stage import BUCKET, Published, Stage
from tests.stack.built import Built
from tests.stack.emulator import running

ROUNDS = 10
OURS, UNNAMED, FASTAPI, FLOOR = "Modelet", "Modelet, model not named", "FastAPI + Mangum + boto3", "floor"
REACHES = {FASTAPI: Reach("at most", 0.28), FLOOR: Reach("at most", 1.25)}


@dataclass(frozen=True, slots=True)
class Side:
    """A built function and how it is started."""

    built: Built
    handler: str
    env: dict[str, str]

    def first_answer(self, event: dict[str, Any], scratch: Path) -> tuple[float, dict[str, Any]]:
        """The seconds from the first invoke to its answer, in which the runtime starts, and the answer."""
        with TemporaryDirectory(dir=scratch) as folder, running(self.built, self.handler, self.env, Path(folder)) as f:
            began = time.perf_counter()
            answer = f.invoke(event)
            return time.perf_counter() - began, answer


def build(stage: Stage) -> Mapping[str, tuple[Built, str]]:
    """The three functions and their handlers, by name."""
    ours = artifacts.data_plane(stage.scratch)
    return {
        OURS: (ours, "functions.infer.handler.handler"),
        FASTAPI: (artifacts.mangum(ours, stage.scratch), "handler.handler"),
        FLOOR: (artifacts.floor(ours, stage.small.file, stage.scratch), "handler.handler"),
    }


def sides(built: Mapping[str, tuple[Built, str]], model: Published, endpoint: str) -> dict[str, Side]:
    """The functions with the model in the bucket at `endpoint`. Each is told which model it is; Modelet once more is
    not.
    """
    env = {**model.through(endpoint), "MODEL_BUCKET": BUCKET, "MODEL_KEY": model.key}
    named = {**env, "MODELET_DEFAULT_MODEL": model.name}  # as template.yaml does
    deployed = {name: Side(function, handler, named) for name, (function, handler) in built.items()}
    return {**deployed, UNNAMED: Side(*built[OURS], env)}


def answers(functions: Mapping[str, Side], event: dict[str, Any], scratch: Path) -> dict[str, questions.Answer]:
    """What each function answers first."""
    return {name: questions.answered(side.first_answer(event, scratch)[1]) for name, side in functions.items()}


def run(stage: Stage) -> list[Row]:
    """The first answer for a small model, from a store at once and from one that takes 30 ms for each request."""
    built, model = build(stage), stage.small
    event = questions.event(model.name, questions.body(1))
    cases = {"small model": stage.moto, "small model, 30 ms per request": stage.delayed}
    functions = {case: sides(built, model, endpoint) for case, endpoint in cases.items()}
    for held in functions.values():
        questions.agree(answers(held, event, stage.scratch))

    def timed(side: Side) -> Callable[[], float]:
        return lambda: side.first_answer(event, stage.scratch)[0] * 1000

    every = {(case, name): timed(side) for case, held in functions.items() for name, side in held.items()}
    all_taken, rows = interleaved(every, ROUNDS), []
    for case in cases:
        taken = {name: all_taken[case, name] for name in functions[case]}
        for other, reach in REACHES.items():
            rows.append(compare(case, "ms", reach, {name: taken[name] for name in (OURS, other)}))
        for other in REACHES:
            both = {name: taken[name] for name in (UNNAMED, other)}
            rows.append(compare(f"{case}, which the deployment does not name", "ms", None, both))
    return rows
