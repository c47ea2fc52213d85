"""The local service over HTTP, against an ASGI application on uvicorn that does nothing but predict."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks import questions
from benchmarks.processes import serving
from benchmarks.rounds import Reach, Row, Taken, compare
from benchmarks.stage import Stage
from benchmarks.worker import Worker, working
from modelet.local import running

ROUNDS = 7
SECONDS = 1.0
CONNECTIONS = (1, 8)
REACH = Reach("at least", 0.6)


@contextmanager
def modelet(stage: Stage) -> Iterator[str]:
    """What `modelet up` runs, and its address; like the others it writes no line for each request."""
    model = stage.small
    env = {**model.env, "MODELET_THREADS": "1", "MODELET_LOG": "off"}
    with running(model.env["MODELET_STORE"], env=env) as address:
        yield address


@contextmanager
def clients(addresses: Mapping[str, str], model: str, body: str) -> Iterator[Mapping[str, Worker]]:
    """Clients of each service."""
    with ExitStack() as opened:
        yield {
            name: opened.enter_context(
                working("benchmarks.clients:open_clients", url=address + questions.path(model), body=body)
            )
            for name, address in addresses.items()
        }


@contextmanager
def sides(stage: Stage) -> Iterator[Mapping[str, str]]:
    """The addresses of both services."""
    with (
        modelet(stage) as ours,
        serving("benchmarks.baselines.server", "bare", str(stage.small.file), env=stage.small.env) as bare,
    ):
        yield {"Modelet": ours, "bare ASGI application": bare}


def measure(
    asked: Mapping[str, Worker], connections: int, rounds: int, seconds: float = SECONDS
) -> dict[str, list[dict[str, Any]]]:
    """What the clients of each service say, round by round; a first round is thrown away."""
    said: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    names = list(asked)
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            answer = asked[name].ask(connections=connections, seconds=seconds)
            if number:
                said[name].append(answer)
    return said


def answers(said: Mapping[str, list[dict[str, Any]]]) -> dict[str, questions.Answer]:
    """What each service answered last."""
    return {name: questions.outputs(rounds[-1]["answer"]) for name, rounds in said.items()}


def run(stage: Stage) -> list[Row]:
    """Requests per second of one process, at 1 and at 8 connections, with one row in each request."""
    rows = []
    with sides(stage) as addresses, clients(addresses, stage.small.name, questions.body(1, 2)) as asked:
        for connections in CONNECTIONS:
            said = measure(asked, connections, ROUNDS)
            questions.agree(answers(said))
            rates: Taken = {name: [each["rate"] for each in rounds] for name, rounds in said.items()}
            busiest = max(each["busy"] for rounds in said.values() for each in rounds)
            case = f"1 row, {connections} connection{'s' if connections > 1 else ''}"
            note = f"the clients worked for at most {busiest:.0%} of the time"
            rows.append(compare(case, "requests/s", REACH, rates, note))
    return rows
