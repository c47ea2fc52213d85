"""Warm calls: an event in, a response out, in process, with the model loaded. Nothing of a gateway is measured.

Modelet writes its log line for each call, as it does where it is deployed; the baseline writes none.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks import questions
from benchmarks.rounds import Reach, Row, Taken, compare
from benchmarks.stage import BUCKET, Stage
from benchmarks.worker import Worker, working

ROUNDS = 30
TO_FASTAPI, TO_FASTAPI_LONG, TO_PARTS = Reach("at most", 1 / 8), Reach("at most", 1 / 5), Reach("at most", 1.4)


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, and how many times in a round."""

    name: str
    body: str
    calls: int


OURS, TUNED, PLAIN = HANDLERS = ("Modelet", "FastAPI + Mangum", "FastAPI + Mangum, orjson alone")
PARTS = ("parse", "run", "serialise")
BASELINE = "benchmarks.baselines.mangum_handler.handler"
CASES = (
    Case("1 row", questions.body(1, 2), 300),
    Case("1000 rows, short numbers", questions.body(1000, 2), 12),
    Case("1000 rows, full precision", questions.body(1000), 8),
)


@contextmanager
def sides(stage: Stage) -> Iterator[Mapping[str, Worker]]:
    """The handlers and the parts, each in a process of its own."""
    model = stage.small
    env = {**model.env, "MODELET_THREADS": "1", "MODEL_BUCKET": BUCKET, "MODEL_KEY": model.key}
    called = "benchmarks.calls:open_handler"
    with (
        working(called, env, handler="functions.infer.handler.handler") as ours,
        working(called, env, handler=BASELINE) as tuned,
        working(called, {**env, "LARGE_BODY": str(2**31)}, handler=BASELINE) as plain,
        working("benchmarks.baselines.parts:open_parts", env, model=str(model.file)) as parts,
    ):
        yield {OURS: ours, TUNED: tuned, PLAIN: plain, "parts": parts}


def ask(workers: Mapping[str, Worker], model: str, body: str, calls: int) -> dict[str, dict[str, Any]]:
    """What each side says of a number of calls."""
    event = questions.event(model, body)
    questioned = {name: {"body": body} if name == "parts" else {"event": event} for name in workers}
    return {name: worker.ask(calls=calls, **questioned[name]) for name, worker in workers.items()}


def answers(said: Mapping[str, Mapping[str, Any]]) -> dict[str, questions.Answer]:
    """What each side answered."""
    parts = questions.array(said["parts"]["answer"])
    return {**{name: questions.answered(said[name]["answer"]) for name in HANDLERS}, "parts": parts}


def measure(workers: Mapping[str, Worker], model: str, case: Case) -> Taken:
    """The microseconds of each side and each part, round by round."""
    taken: Taken = {name: [] for name in (*HANDLERS, *PARTS)}
    for number in range(ROUNDS + 1):
        order = list(workers)[:: 1 if number % 2 else -1]
        said = ask({name: workers[name] for name in order}, model, case.body, case.calls)
        questions.agree(answers(said))
        if number:
            for name in HANDLERS:
                taken[name].append(said[name]["seconds"] * 1e6)
            for name in PARTS:
                taken[name].append(said["parts"][name] * 1e6)
    return taken


def run(stage: Stage) -> list[Row]:
    """One row less its run, a thousand rows whole; and each against its parts."""
    rows = []
    with sides(stage) as workers:
        for case in CASES:
            taken = measure(workers, stage.small.name, case)
            rows += [_less_run(case.name, taken)] if case is CASES[0] else _whole(case.name, taken)
            rows.append(_against_parts(case.name, taken))
    return rows


def _less_run(case: str, taken: Taken) -> Row:
    rest = {name: [a - b for a, b in zip(taken[name], taken["run"], strict=True)] for name in (OURS, TUNED)}
    return compare(f"{case}, less session.run", "µs", TO_FASTAPI, rest)


def _whole(case: str, taken: Taken) -> list[Row]:
    sides = ((TUNED, TO_FASTAPI_LONG), (PLAIN, None))
    return [compare(case, "µs", reach, {name: taken[name] for name in (OURS, other)}) for other, reach in sides]


def _against_parts(case: str, taken: Taken) -> Row:
    parts = [sum(each) for each in zip(*(taken[name] for name in PARTS), strict=True)]
    note = f"{case}: " + ", ".join(f"{name} {median(taken[name]):.1f} µs" for name in PARTS)
    sides = {OURS: taken[OURS], ", ".join(PARTS): parts}
    return compare(f"{case}, against its parts", "µs", TO_PARTS, sides, note)
