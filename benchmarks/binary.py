"""A binary tensor of 4 MB, against `session.run` and one copy of the body.

Both sides begin with the body as bytes and end with bytes: a request and a response without an event around them, so
that no side decodes base64. What an event adds to both is a row of its own, without a reach; so is a model that hands
on what it gets, where nothing is left but what is done around the run.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks import questions
from benchmarks.rounds import Reach, Row, Taken, compare
from benchmarks.stage import Published, Stage
from benchmarks.worker import Worker, working

ROUNDS, CALLS = 11, 5
ROWS = 16_384  # of 64 FP32 numbers: 4 MiB
REACH = Reach("at most", 1.5)
PLAIN, COPIED, EVENT, ENCODED = SIDES = (
    "Modelet",
    "session.run, one copy of the body",
    "Modelet, from event to answer",
    "session.run, one copy of the body, base64 both ways",
)
UNALIGNED = "Modelet, not aligned"
NOTE = "4 MB: from an HTTP request to a response, and from a body to a body, without base64 on either side"
EVENT_NOTE = "4 MB as base64: the body is base64 text both ways, as it is in a handler's event and answer"
ECHO_NOTE = "4 MB handed on: through a model that does nothing, so that 4 MB come back"
UNALIGNED_NOTE = "… not aligned: the JSON ends where no element may begin, so that the tensor has to be copied"


@contextmanager
def sides(model: Published) -> Iterator[Mapping[str, Worker]]:
    """Each side in a process of its own."""
    env = {**model.env, "MODELET_THREADS": "1"}
    ours, copied = "benchmarks.bodies:open_modelet", "benchmarks.bodies:open_copied"
    with (
        working(ours, env, model=model.name, event=False) as plain,
        working(copied, env, model=str(model.file), event=False) as copying,
        working(ours, env, model=model.name, event=True) as evented,
        working(copied, env, model=str(model.file), event=True) as encoding,
    ):
        yield dict(zip(SIDES, (plain, copying, evented, encoding), strict=True))


def ask(workers: Mapping[str, Worker], rows: int, calls: int) -> dict[str, dict[str, Any]]:
    """What each side says of a number of calls with so many rows; Modelet also of those that are not aligned."""
    said = {name: worker.ask(rows=rows, calls=calls) for name, worker in workers.items()}
    return {**said, UNALIGNED: workers[PLAIN].ask(rows=rows, calls=calls, aligned=False)}


def answers(said: Mapping[str, Mapping[str, Any]]) -> dict[str, questions.Answer]:
    """The first rows that each side answered."""
    return {name: questions.array(each["answer"]) for name, each in said.items()}


def measure(model: Published) -> Taken:
    """The milliseconds of each side, round by round."""
    taken: Taken = {name: [] for name in (*SIDES, UNALIGNED)}
    with sides(model) as workers:
        for number in range(ROUNDS + 1):
            order = list(workers)[:: 1 if number % 2 else -1]
            said = ask({name: workers[name] for name in order}, ROWS, CALLS)
            questions.agree(answers(said))
            if number:
                for name in taken:
                    taken[name].append(said[name]["seconds"] * 1e3)
    return taken


def run(stage: Stage) -> list[Row]:
    """The row that is to be reached, the same through an event, and a model that does nothing."""
    small, echo = measure(stage.small), measure(stage.echo)
    cases: tuple[tuple[str, Reach | None, Taken, str, str, str], ...] = (
        ("4 MB", REACH, small, PLAIN, COPIED, NOTE),
        ("4 MB as base64", None, small, EVENT, ENCODED, EVENT_NOTE),
        ("4 MB handed on", None, echo, PLAIN, COPIED, ECHO_NOTE),
        ("4 MB handed on, not aligned", None, echo, UNALIGNED, COPIED, UNALIGNED_NOTE),
    )
    return [
        compare(case, "ms", reach, {name: taken[name] for name in (ours, theirs)}, note)
        for case, reach, taken, ours, theirs, note in cases
    ]
