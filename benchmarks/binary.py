"""A binary tensor of 4 MB, against `session.run` and one copy of the body."""

from benchmarks.rounds import Reach, Row
from benchmarks.stage import Stage

REACH = Reach("at most", 1.5)


def run(stage: Stage) -> list[Row]:  # noqa: ARG001 - as every benchmark
    """One row, without figures until the protocol's binary extension is there."""
    return [Row("4 MB", "ms", REACH, note="not measured: binary tensors are not served yet")]
