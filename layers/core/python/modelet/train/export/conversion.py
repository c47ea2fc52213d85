"""From a fitted pipeline to the bytes of an ONNX model: the same bytes for the same pipeline."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from modelet.manifest import Artifact, Manifest, Signature, TensorSpec
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    from modelet.train.job import Job

    Array = np.ndarray[Any, Any]

OPSETS = {"": 21, "ai.onnx.ml": 3}
"""What the runtime of every layer loads, with the IR version that belongs to it."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An ONNX model and its signature; `label` and `probabilities` are the names of the outputs that a table's truth
    compares with.
    """

    artifact: bytes
    signature: Signature
    label: str
    probabilities: str | None = None

    def manifest(self, model: str) -> Manifest:
        """The manifest of a version that nobody has published, to load it as serving does."""
        return Manifest(model, Artifact(sha256(self.artifact).hexdigest(), len(self.artifact)), self.signature)


def export(job: "Job", pipeline: Any, table: Table) -> Exported:
    """The ONNX model of a pipeline that was fitted to a table: FP32 rows of shape [-1, fields] in, label and
    probabilities out.
    """
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    classes, columns, names = pipeline.classes_, len(table.fields), job.export
    is_text = classes.dtype.kind in "UO"
    model = convert_sklearn(
        pipeline,
        name=job.model,  # without one, every conversion has a random name
        doc_string=job.description or "",
        initial_types=[(names.input, FloatTensorType([None, columns]))],
        final_types=[
            (names.label, StringTensorType([None]) if is_text else Int64TensorType([None])),
            (names.probabilities, FloatTensorType([None, len(classes)])),
        ],
        options={id(pipeline): {"zipmap": False}},
        target_opset=OPSETS,
    )
    signature = Signature(
        inputs=(TensorSpec(names.input, "FP32", (-1, columns)),),
        outputs=(
            TensorSpec(names.label, "BYTES" if is_text else "INT64", (-1,)),
            TensorSpec(names.probabilities, "FP32", (-1, len(classes))),
        ),
        batched=True,
    )
    return Exported(model.SerializeToString(deterministic=True), signature, names.label, names.probabilities)
