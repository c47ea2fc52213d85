"""The rows that trials learn from: read once by each process, and the same as those of the run that searches."""

import threading

from modelet.errors import InvalidJob
from modelet.train.data import load
from modelet.train.job import Job
from modelet.train.table import Table

_lock = threading.Lock()
_held: tuple[str, Table] | None = None


def hold(digest: str, table: Table) -> None:
    """Keep the learning rows that this process has read already, in place of others."""
    global _held  # noqa: PLW0603 - a process has room for one table
    with _lock:
        _held = (digest, table)


def learning_rows(job: Job, digest: str) -> Table:
    """The learning rows of a job, which have this digest; raises InvalidJob where the data have changed since, and what
    reading them raises.
    """
    held = _held
    if held is not None and held[0] == digest:
        return held[1]
    table = load(job.data, job.seed)
    learnt, _ = job.split.positions(table, job.seed)
    learning = table.take(learnt)
    if learning.digest() != digest:
        raise InvalidJob(f"{table.source} is not what it was when this search began: run the job again.")
    hold(digest, learning)
    return learning
