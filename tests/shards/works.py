"""Work for shards of tests, each importable by a worker's process."""

import os
import signal
import time

from modelet.errors import InvalidJob, Unavailable
from modelet.shards import Shard, shard_work
from modelet.shards.work import Json
from modelet.store.base import AlreadyExists


@shard_work
def square(shard: Shard) -> Json:
    """A number and what the job adds to it; prints, as libraries do."""
    print("a line on standard output", flush=True)
    return {"square": shard.own["number"] ** 2 + shard.request.get("plus", 0)}


@shard_work
def noted_square(shard: Shard) -> Json:
    """The same, and leaves a note of each time that it was called."""
    shard.store.put(f"notes/{shard.index}/{os.getpid()}-{time.monotonic_ns()}", [b""])
    return square(shard)


@shard_work
def refused_when_odd(shard: Shard) -> Json:
    """Refuses odd numbers on purpose, after a note."""
    if shard.own["number"] % 2:
        noted_square(shard)
        raise InvalidJob(f"{shard.own['number']} is odd.")
    return square(shard)


@shard_work
def broken_when_odd(shard: Shard) -> Json:
    """Fails for odd numbers without meaning to."""
    noted_square(shard)
    if shard.own["number"] % 2:
        raise ZeroDivisionError("a bug")
    return square(shard)


@shard_work
def away_at_first(shard: Shard) -> Json:
    """Is told that something is away, the first time."""
    if _first(shard):
        raise Unavailable("Away.")
    return square(shard)


@shard_work
def killed_at_first(shard: Shard) -> Json:
    """Its process is killed as by the kernel, the first time, at shard 1."""
    if shard.index == 1 and _first(shard):
        os.kill(os.getpid(), signal.SIGKILL)
    return square(shard)


@shard_work
def killed_always(shard: Shard) -> Json:
    """Its process is killed each time, at shard 1."""
    if shard.index == 1:
        noted_square(shard)
        os.kill(os.getpid(), signal.SIGKILL)
    return square(shard)


@shard_work
def endless(shard: Shard) -> Json:
    """Says which process it runs in, and does not come to an end."""
    shard.store.put(f"pids/{os.getpid()}", [b""])
    while True:
        signal.pause()


@shard_work
def counted(shard: Shard) -> Json:
    """Counts rows."""
    return {"counts": shard.own}


def not_for_shards(shard: Shard) -> Json:
    """Is not marked."""
    return {}


def _first(shard: Shard) -> bool:
    try:
        shard.store.put_if_absent(f"begun/{shard.index}", b"")
    except AlreadyExists:
        return False
    return True
