"""Other model servers, each in an environment of its own, one at a time beside the local service.

`make bench PEERS=1` makes the environments; a server whose environment is not there is left out, and said so.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import questions, service
from benchmarks.processes import serving
from benchmarks.rounds import Reach, Row, compare
from benchmarks.stage import Published, Stage
from benchmarks.worker import working
from tests.servers import free_port

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(__file__).parent / "baselines" / "peers"
START_SECONDS = 60.0
ROUNDS = 5
RATE, TAIL = Reach("at least", 2.5), Reach("at most", 1.0)
CASES = {"1 row, 1 connection": (1, 1), "1 row, 8 connections": (1, 8), "1000 rows, 1 connection": (1000, 1)}


def _as_asked(body: str) -> str:
    return body


def _as_named_rows(body: str) -> str:
    return json.dumps({"x": questions.rows(body).tolist()})


def _as_rows(answer: str) -> questions.Answer:
    return questions.array(json.loads(answer))


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: its environment, and how it is asked where it does not speak the Open Inference Protocol."""

    title: str
    name: str
    body: Callable[[str], str] = _as_asked
    outputs: Callable[[str], questions.Answer] = questions.outputs

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return ROOT / f".venv-bench-{self.name}" / "bin" / "python"


PEERS = (
    Peer("MLServer", "mlserver"),
    Peer("LitServe", "litserve"),
    Peer("BentoML", "bentoml", _as_named_rows, _as_rows),
    Peer("KServe", "kserve"),
)
FASTAPI = Peer("plain FastAPI", "fastapi")


def run(stage: Stage) -> list[Row]:
    """Requests per second and the slowest of a hundred requests, against every server that is there."""
    rows = []
    with service.modelet(stage) as ours:
        with serving("benchmarks.baselines.server", "fastapi", str(stage.small.file), env=stage.small.env) as address:
            rows += against(FASTAPI, stage.small.name, ours, address)
        for peer in PEERS:
            if not peer.python.exists():
                rows.append(
                    Row(peer.title, "requests/s", RATE, note=f"not measured: there is no {peer.python.parts[-3]}")
                )
                continue
            with started(peer, stage.small, stage.scratch) as address:
                rows += against(peer, stage.small.name, ours, address)
    return rows


def against(peer: Peer, model: str, ours: str, theirs: str) -> list[Row]:
    """The rows of one server; fails unless it gives the same answers."""
    rows = []
    for case, (count, connections) in CASES.items():
        body, path = questions.body(count, 2), questions.path(model)
        with (
            working("benchmarks.clients:open_clients", url=ours + path, body=body) as mine,
            working("benchmarks.clients:open_clients", url=theirs + path, body=peer.body(body)) as other,
        ):
            said = service.measure({"Modelet": mine, peer.title: other}, connections, ROUNDS)
        questions.agree(
            {
                "Modelet": questions.outputs(said["Modelet"][-1]["answer"]),
                peer.title: peer.outputs(said[peer.title][-1]["answer"]),
            }
        )
        rates = {name: [each["rate"] for each in rounds] for name, rounds in said.items()}
        tails = {name: [each["p99"] * 1000 for each in rounds] for name, rounds in said.items()}
        rows += [compare(case, "requests/s", RATE, rates), compare(f"{case}, p99", "ms", TAIL, tails)]
    return rows


@contextmanager
def started(peer: Peer, model: Published, scratch: Path) -> Iterator[str]:
    """A server in its environment, and its address once it answers; its processes end with the context."""
    port = free_port()
    with (scratch / f"{peer.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(peer.python), str(SCRIPTS / f"{peer.name}_peer.py"), str(model.file), str(port)],
            cwd=scratch,
            env={**os.environ, "ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1", "HOME": str(scratch)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, peer)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", peer: Peer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"benchmarks: {peer.title} did not start; run {peer.name}_peer.py by hand to see why.")
