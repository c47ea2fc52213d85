"""The sets that scikit-learn brings along, for a first try."""

from modelet.train.table import Field, Table
from modelet.train.task import infer_task

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def load_bundled(source: str, name: str) -> Table:
    """One of BUNDLED."""
    import numpy as np
    from sklearn import datasets

    held = getattr(datasets, f"load_{name}")()
    truth = held.target_names[held.target] if "target_names" in held else held.target.astype(np.float64)
    return Table(
        source=source,
        fields=tuple(Field(str(name)) for name in held.feature_names),
        rows=held.data.astype(np.float32),
        truth=truth,
        task=infer_task(truth),
    )
