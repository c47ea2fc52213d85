"""Whether the ONNX model answers as the estimator does, on rows that neither has seen."""

from typing import TYPE_CHECKING, Any

from modelet.errors import CandidateRefused
from modelet.manifest import Manifest
from modelet.train.evaluation import Answers
from modelet.train.job import Export, Tolerance

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def answers_of(manifest: Manifest, artifact: bytes, names: Export, rows: "Array") -> Answers:
    """What the ONNX model answers, loaded and run as serving does it."""
    from modelet.session import Session

    outputs = Session(manifest, artifact, threads=1).run({names.input: rows}, (names.label, names.probabilities))
    return Answers(outputs[names.label], outputs[names.probabilities])


def compare(own: Answers, exported: Answers) -> dict[str, Any]:
    """The number of rows, of labels that differ, and the largest difference between two probabilities."""
    import numpy as np

    return {
        "rows": len(own.labels),
        "label_flips": int(np.count_nonzero(own.labels.astype(object) != exported.labels.astype(object))),
        "largest_difference": float(np.max(np.abs(own.probabilities - exported.probabilities))),
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
