"""The rows of a request within a graph: one tensor for all columns, or one for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelet.train.export.graph import Graph


@dataclass(frozen=True, slots=True)
class Matrix:
    """A tensor of shape [n, width], whose columns have positions."""

    tensor: str
    width: int

    def whole(self, graph: Graph) -> str:  # noqa: ARG002 - it is whole already
        """All columns as one tensor."""
        return self.tensor

    def column(self, graph: Graph, at: int) -> str:
        """The tensor, of shape [n, 1], of the column at a position."""
        return self.tensor if self.width == 1 else graph.add("Gather", [self.tensor, _positions(graph, [at])], axis=1)

    def choose(self, graph: Graph, columns: Sequence[Any]) -> "Matrix":
        """The columns at some positions, in that order."""
        if list(columns) == list(range(self.width)):
            return self
        return Matrix(graph.add("Gather", [self.tensor, _positions(graph, columns)], axis=1), len(columns))


@dataclass(frozen=True, slots=True)
class Columns:
    """Tensors of shape [n, 1] by the name of their column."""

    tensors: Mapping[str, str]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.tensors)

    def whole(self, graph: Graph) -> str:
        """All columns as one tensor."""
        held = list(self.tensors.values())
        return held[0] if len(held) == 1 else graph.add("Concat", held, axis=1)

    def column(self, graph: Graph, at: int) -> str:  # noqa: ARG002 - it is there already
        """The tensor of the column at a position."""
        return list(self.tensors.values())[at]

    def choose(self, graph: Graph, columns: Sequence[Any]) -> "Columns":  # noqa: ARG002 - they are there already
        """Some of them by name, in that order; a single name may stand for a list of one."""
        names = [columns] if isinstance(columns, str) else columns
        return Columns({name: self.tensors[name] for name in names})


Source = Matrix | Columns


def _positions(graph: Graph, columns: Sequence[int]) -> str:
    import numpy as np

    return graph.constant(np.array(columns, np.int64), "columns")
