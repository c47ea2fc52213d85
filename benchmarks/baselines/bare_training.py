"""The bare side of a training benchmark: scikit-learn's fit, and the export alone, of rows that are in memory.

`python -m benchmarks.baselines.bare_training FOLDER`, with a job on standard input; prints the seconds and what it
made. The export is ours, for skl2onnx does not convert these trees with the onnx that is locked.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

EXPORTED = "scikit-learn fit + export"


def main() -> None:
    """Time it, and say how good the model is on the rows that were held out."""
    import numpy as np
    import pyarrow.parquet as pq
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.metrics import r2_score
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import Pipeline

    from modelet.train import find_job
    from modelet.train.export import export
    from modelet.train.fitting import one_thread
    from modelet.train.table import Field, Table

    described: dict[str, Any] = json.load(sys.stdin)
    table = pq.read_table(described["data"]["source"])
    truth = table["y"].to_numpy()
    rows = np.stack([table[name].to_numpy() for name in table.column_names if name != "y"], axis=1)
    split = described["split"]
    learnt, held, wanted, told = train_test_split(rows, truth, test_size=split["held_out"], random_state=split["seed"])
    options = {name: value for name, value in described["estimator"].items() if name != "name"}
    estimator = HistGradientBoostingRegressor(**options, random_state=described["seed"], early_stopping=False)
    fields = tuple(Field(name) for name in table.column_names if name != "y")
    small = Table("made", fields, learnt[:1], wanted[:1], "regression")
    with one_thread():  # as the job: results are the same on every machine
        began = time.perf_counter()
        estimator.fit(learnt, wanted)
        artifact = export(find_job(described), Pipeline([("estimator", estimator)]), small).artifact
        took = time.perf_counter() - began
    Path(sys.argv[1], "bare.onnx").write_bytes(artifact)
    print(json.dumps({"seconds": took, "r2": r2_score(told, estimator.predict(held)), "rows": len(learnt)}))


if __name__ == "__main__":
    main()
