"""Whether the ONNX model answers as the estimator does, on rows that neither has seen."""

from typing import TYPE_CHECKING, Any

from modelet.errors import CandidateRefused
from modelet.train.answers import Answers
from modelet.train.export.conversion import Exported
from modelet.train.gate import Tolerance
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def inputs_of(exported: Exported, table: Table) -> "dict[str, Array]":
    """The rows of a table as the inputs of the exported model, by name."""
    (spec,) = exported.signature.inputs
    return {spec.name: table.rows}


def exported_answers(exported: Exported, table: Table) -> Answers:
    """What the ONNX model answers, loaded and run as serving does it."""
    from modelet.session import Session

    names = [name for name in (exported.label, exported.probabilities) if name]
    session = Session(exported.manifest("candidate"), exported.artifact, threads=1)
    outputs = session.run(inputs_of(exported, table), names)
    return Answers(outputs[exported.label], outputs[exported.probabilities] if exported.probabilities else None)


def compare(own: Answers, exported: Answers) -> dict[str, Any]:
    """The number of rows, of labels that differ, and the largest difference between two probabilities."""
    import numpy as np

    if own.probabilities is None or exported.probabilities is None:
        differences = np.subtract(own.predicted, exported.predicted)
    else:
        differences = own.probabilities - exported.probabilities
    return {
        "rows": len(own.predicted),
        "label_flips": int(np.count_nonzero(own.predicted.astype(object) != exported.predicted.astype(object))),
        "largest_difference": float(np.max(np.abs(differences))),
    }


def check_parity(tolerance: Tolerance, parity: dict[str, Any]) -> None:
    """Raise CandidateRefused where the ONNX model is another model than the estimator."""
    flips, difference = parity["label_flips"], parity["largest_difference"]
    if flips > tolerance.label_flips or not difference <= tolerance.largest_difference:
        raise CandidateRefused(
            f"The candidate is refused, and nothing was published: on {parity['rows']} held-out rows, the ONNX model "
            f"gives {flips} other labels than the estimator (label_flips may be {tolerance.label_flips}), and "
            f"probabilities that differ by up to {difference:.3g} "
            f"(largest_difference may be {tolerance.largest_difference:g})."
        )
