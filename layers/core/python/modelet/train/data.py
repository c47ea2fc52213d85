"""Where rows come from: one reader per scheme of a source, and a digest that says which rows they were."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

BUNDLED = ("breast_cancer", "digits", "iris", "wine")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows to learn from: `rows` is FP32 of shape [n, columns], `truth` each one's class: whole number or text."""

    source: str
    rows: "Array"
    truth: "Array"
    columns: tuple[str, ...]

    def digest(self, at: "Array | None" = None) -> str:
        """The SHA-256 of the rows, or of those at some positions, in their order; the same on every machine."""
        rows, truth = (self.rows, self.truth) if at is None else (self.rows[at], self.truth[at])
        found = sha256(orjson.dumps({"columns": self.columns, "shape": rows.shape, "truth": truth.tolist()}))
        found.update(rows.astype("<f4", order="C").tobytes())
        return found.hexdigest()


def check_source(source: str) -> None:
    """Raise ValueError, saying what there is, for a source that nothing reads."""
    scheme, _, name = source.partition(":")
    if scheme not in READERS:
        raise ValueError(f"{source!r:.80} has no reader: use {', '.join(f'{known}:…' for known in READERS)}")
    if scheme == "sklearn" and name not in BUNDLED:
        raise ValueError(f"{name!r:.80} is no bundled set: use one of {', '.join(BUNDLED)}")


def load(source: str) -> Dataset:
    """Read a source that check_source accepts."""
    scheme, _, name = source.partition(":")
    return READERS[scheme](source, name)


def _bundled(source: str, name: str) -> Dataset:
    import numpy as np
    from sklearn import datasets

    held = getattr(datasets, f"load_{name}")()
    return Dataset(
        source=source,
        rows=held.data.astype(np.float32),
        truth=held.target_names[held.target],
        columns=tuple(map(str, held.feature_names)),
    )


READERS: dict[str, Callable[[str, str], Dataset]] = {"sklearn": _bundled}
