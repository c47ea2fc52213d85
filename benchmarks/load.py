"""Loading: from a request for a model that is in the store to its answer, with everything imported.

The least that can be done is to read the same bytes and to run once. Each round has processes of its own.
"""

from os import sched_getaffinity
from statistics import median
from typing import Any

from benchmarks import memory, questions
from benchmarks.rounds import Reach, Row, compare, interleaved
from benchmarks.stage import BUCKET, Published, Stage
from benchmarks.worker import working

SIZES = {100: 9, 400: 7, 1000: 5}
"""Megabytes, and rounds."""
TIME, MEMORY = Reach("at most", 1.3), Reach("at most", 1.25)
HANDLER = "functions.infer.handler.handler"


def threads() -> int:
    """As many as there are cores, for both sides."""
    return len(sched_getaffinity(0))


def environment(model: Published) -> dict[str, str]:
    """Of a function that has memory enough for the model."""
    cache = str(4 * model.size // 1_000_000 + 1000)
    return {**model.env, "MODELET_THREADS": str(threads()), "MODELET_CACHE_MB": cache}


def first_answer(model: Published, body: str) -> dict[str, Any]:
    """The seconds from a request to its answer in a process that has loaded nothing, and the answer."""
    with working("benchmarks.calls:open_handler", environment(model), handler=HANDLER) as worker:
        return worker.ask(event=questions.event(model.name, body))


def reading(model: Published, body: str) -> dict[str, Any]:
    """The seconds of reading the same bytes into memory, and of a first run."""
    options = {"bucket": BUCKET, "key": model.key, "model": str(model.file), "threads": threads()}
    with working("benchmarks.baselines.reading:open_reader", model.env, **options) as worker:
        return worker.ask(body=body)


def peak(model: Published, body: str) -> tuple[int, int]:
    """The bytes that the process held before the request, and at most until its answer."""
    with working("benchmarks.calls:open_handler", environment(model), handler=HANDLER) as worker:
        base = memory.resident(worker.pid)
        with memory.watched(worker.pid) as seen:
            worker.ask(event=questions.event(model.name, body))
        return base, seen.bytes


def answers(model: Published, body: str) -> dict[str, questions.Answer]:
    """What both sides answer."""
    ours, theirs = first_answer(model, body)["answer"], reading(model, body)["answer"]
    return {"Modelet": questions.answered(ours), "reading": questions.array(theirs)}


def run(stage: Stage) -> list[Row]:
    """Time and memory for each size."""
    body, rows = questions.body(1), []
    for megabytes, rounds in SIZES.items():
        model = stage.large(megabytes)
        questions.agree(answers(model, body))
        rows += [_time(model, body, megabytes, rounds), _memory(model, body, megabytes)]
    return rows


def _time(model: Published, body: str, megabytes: int, rounds: int) -> Row:
    sides = {
        "Modelet": lambda: first_answer(model, body)["seconds"] * 1000,
        "reading and a first run": lambda: reading(model, body)["seconds"] * 1000,
    }
    return compare(f"{megabytes} MB", "ms", TIME, interleaved(sides, rounds))


def _memory(model: Published, body: str, megabytes: int) -> Row:
    seen = [peak(model, body) for _ in range(3)]
    grown = [(top - base) / 1e6 for base, top in seen]
    base = median(before for before, _ in seen) / 1e6
    taken = {"Modelet": grown, "artifact": [model.size / 1e6] * len(grown)}
    note = f"what the process holds at most, less the {base:.0f} MB before"
    return compare(f"{megabytes} MB, peak memory", "MB", MEMORY, taken, note)
