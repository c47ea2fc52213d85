"""Our side of a training benchmark: a whole run of a job, into a store of its own.

`python -m benchmarks.baselines.whole_run FOLDER`, with a job on standard input; prints the seconds and what it made.
"""

import json
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Time it, stage by stage."""
    import numpy  # noqa: F401
    import onnx  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    from modelet.store import open_store
    from modelet.train import find_job, run

    job = find_job(json.load(sys.stdin))
    stages: dict[str, list[float]] = {}

    def report(stage: str, _: float | None) -> None:
        now = time.perf_counter()
        stages.setdefault(stage.partition(": ")[0], [now, now])[1] = now

    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        store = open_store(Path(folder).as_uri())
        began = time.perf_counter()
        outcome = run(store, job, report)
        took = time.perf_counter() - began
    spent = {name: round(last - first, 3) for name, (first, last) in stages.items()}
    print(json.dumps({"seconds": took, "r2": outcome.metrics["r2"], "stages": spent}))


if __name__ == "__main__":
    main()
