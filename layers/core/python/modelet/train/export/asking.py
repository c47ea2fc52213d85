"""Asking an exported model, loaded and run as serving does it."""

from typing import TYPE_CHECKING, Any

from modelet.train.answers import Answers
from modelet.train.export.conversion import Exported
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    from modelet.session import Session

    Array = np.ndarray[Any, Any]

TEXT_ROWS = 256
"""So many rows of text are asked at once: within the graph, a text has a column for each term that there is."""

DATATYPES = {"FP32": "float32", "FP64": "float64", "BYTES": "object"}


def inputs_of(exported: Exported, table: Table) -> "dict[str, Array]":
    """The rows of a table as the inputs of the exported model, by name."""
    specs = exported.signature.inputs
    if table.is_matrix:
        (spec,) = specs
        return {spec.name: table.rows.astype(DATATYPES[spec.datatype], copy=False)}
    return {
        spec.name: table.rows[spec.name].to_numpy().astype(DATATYPES[spec.datatype]).reshape(-1, 1) for spec in specs
    }


def opened(exported: Exported) -> "Session":
    """A session of the model, as serving has it with one CPU."""
    from modelet.session import Session

    return Session(exported.manifest("candidate"), exported.artifact, threads=1)


def exported_answers(exported: Exported, table: Table, session: "Session | None" = None) -> Answers:
    """What the ONNX model answers to the rows of a table; loads it unless a session is given."""
    names = [name for name in (exported.label, exported.probabilities) if name]
    outputs = _asked(session or opened(exported), inputs_of(exported, table), names)
    return Answers(
        outputs[exported.label].reshape(-1), outputs[exported.probabilities] if exported.probabilities else None
    )


def _asked(session: "Session", inputs: "dict[str, Array]", names: list[str]) -> "dict[str, Array]":
    import numpy as np

    rows = len(next(iter(inputs.values())))
    if rows <= TEXT_ROWS or all(array.dtype != object for array in inputs.values()):
        return session.run(inputs, names)
    parts = [
        session.run({name: array[at : at + TEXT_ROWS] for name, array in inputs.items()}, names)
        for at in range(0, rows, TEXT_ROWS)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}
