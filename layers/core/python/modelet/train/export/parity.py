"""Whether the ONNX model answers as the estimator does, on rows that neither has seen."""

from typing import TYPE_CHECKING, Any

from modelet.train.answers import Answers
from modelet.train.export.asking import exported_answers, inputs_of
from modelet.train.gate.description import Tolerance
from modelet.train.refusing import refusal

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["check_parity", "compare", "exported_answers", "inputs_of"]

LISTED = 10
"""So many label flips are kept with the version, the first ones."""

SHOWN = 3
"""So many of them are told in a refusal."""


def compare(own: Answers, exported: Answers) -> dict[str, Any]:
    """The number of rows, of labels that differ, and the largest difference between two probabilities; between two
    numbers as a share of what the estimator answered, or of how those answers spread where that is more.

    The first flips are listed: the position among the rows, both labels, and the probabilities that they were given.
    """
    import numpy as np

    if own.probabilities is None or exported.probabilities is None:
        differences = np.abs(np.subtract(own.predicted, exported.predicted, dtype=np.float64))
        scale = np.maximum(np.abs(own.predicted), np.std(own.predicted))
        shares = np.divide(differences, scale, out=differences.copy(), where=scale > 0)
        return {
            "rows": len(own.predicted),
            "label_flips": 0,
            "largest_difference": float(np.max(shares)),
            "largest_absolute_difference": float(np.max(differences)),
        }
    flips = np.flatnonzero(own.predicted.astype(object) != exported.predicted.astype(object))
    measured = {
        "rows": len(own.predicted),
        "label_flips": len(flips),
        "largest_difference": float(np.max(np.abs(own.probabilities - exported.probabilities))),
    }
    return measured | ({"flipped": [_flip(at, own, exported) for at in flips[:LISTED].tolist()]} if len(flips) else {})


def _flip(at: int, own: Answers, exported: Answers) -> dict[str, Any]:
    assert own.probabilities is not None
    assert exported.probabilities is not None
    return {
        "row": at,
        "estimator": own.predicted[at].item() if hasattr(own.predicted[at], "item") else own.predicted[at],
        "onnx": exported.predicted[at].item() if hasattr(exported.predicted[at], "item") else exported.predicted[at],
        "estimator_probability": round(float(own.probabilities[at].max()), 9),
        "onnx_probability": round(float(exported.probabilities[at].max()), 9),
    }


def check_parity(tolerance: Tolerance, parity: dict[str, Any], precision: str = "double") -> None:
    """Raise CandidateRefused where the ONNX model is another model than the estimator; of one in single precision, the
    refusal offers double.
    """
    flips, difference = parity["label_flips"], parity["largest_difference"]
    if flips <= tolerance.label_flips and difference <= tolerance.largest_difference:
        return
    told = "".join(
        f"; row {flip['row']}: {flip['estimator']!r} with probability {flip['estimator_probability']:.9g} became "
        f"{flip['onnx']!r} with {flip['onnx_probability']:.9g}"
        for flip in parity.get("flipped", [])[:SHOWN]
    )
    offer = "; try export: {precision: double}" if precision == "single" else ""
    raise refusal(
        f"on {parity['rows']} held-out rows, the ONNX model "
        f"gives {flips} other labels than the estimator (label_flips may be {tolerance.label_flips}), and "
        f"answers that differ by up to {difference:.3g} "
        f"(largest_difference may be {tolerance.largest_difference:g}){told}{offer}"
    )
