"""A whole run of a job, from reading the data to the published version, against the bare fit and export of its
estimator on the same rows: what reading, splitting, evaluating, gate, parity, baseline, report and publishing add.

Both sides are processes of their own, which time themselves once their libraries are imported: that takes seconds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.baselines.bare_training import EXPORTED
from benchmarks.rounds import Reach, Row, compare, interleaved
from benchmarks.stage import Stage

ROOT = Path(__file__).parents[1]
ROUNDS = 3
REACH = Reach("at most", 1.1)
TREES = {300: None, 1000: REACH}
"""Of some seconds of training, what a run does besides is a larger part; the reach is for those that take longer."""
ROWS, COLUMNS = 100_000, 20
JOB: dict[str, Any] = {
    "model": "bench-training",
    "data": {"target": "y", "leaks": "warn"},
    "split": {"method": "random", "held_out": 0.2, "seed": 3},
    "estimator": {"name": "boosting"},
    "seed": 3,
    "promote": "live",
}


def data(folder: Path, rows: int = ROWS) -> Path:
    """A file of made rows: a Parquet table of FP32 columns and a number to predict."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    random = np.random.default_rng(3)
    columns = random.normal(size=(COLUMNS, rows)).astype(np.float32)
    target = columns[0] * columns[1] + np.sin(3 * columns[2]) + random.normal(scale=0.3, size=rows)
    path = folder / f"training-{rows}.parquet"
    pq.write_table(pa.table({**{f"x{at}": column for at, column in enumerate(columns)}, "y": target}), path)
    return path


def job(source: Path, trees: int) -> dict[str, Any]:
    """The job that learns so many trees from a file."""
    data, estimator = {**JOB["data"], "source": str(source)}, {**JOB["estimator"], "max_iter": trees}
    return {**JOB, "data": data, "estimator": estimator}


def side(module: str, folder: Path, described: dict[str, Any]) -> dict[str, Any]:
    """What a side says of its round."""
    command = [sys.executable, "-m", f"benchmarks.baselines.{module}", str(folder)]
    env = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # threads that wait for a core must not burn another
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=json.dumps(described), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def run(stage: Stage) -> list[Row]:
    """One row for each number of trees."""
    source = data(stage.scratch)
    return [_compared(stage.scratch, job(source, trees), reach) for trees, reach in TREES.items()]


def _compared(folder: Path, described: dict[str, Any], reach: Reach | None) -> Row:
    sides = {
        "Modelet": lambda: float(side("whole_run", folder, described)["seconds"]),
        EXPORTED: lambda: float(side("bare_training", folder, described)["seconds"]),
    }
    case = f"{ROWS:,} rows of {COLUMNS} columns, {described['estimator']['max_iter']} trees"
    return compare(case, "s", reach, interleaved(sides, ROUNDS))
