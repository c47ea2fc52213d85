"""The sets that scikit-learn brings along, for a first try."""

from collections.abc import Iterator

from modelet.train.data.chunks import Chunk

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")
TARGET = "target"


def read_bundled(name: str) -> Iterator[Chunk]:
    """The rows of one of BUNDLED."""
    import numpy as np
    import pyarrow as pa
    from sklearn import datasets

    held = getattr(datasets, f"load_{name}")()
    truth = held.target_names[held.target] if "target_names" in held else held.target.astype(np.float64)
    columns = {str(column): held.data[:, at] for at, column in enumerate(held.feature_names)}
    batch = pa.RecordBatch.from_pydict({**columns, TARGET: truth})
    yield Chunk(name, range(1, len(truth) + 1), batch, target=TARGET)
