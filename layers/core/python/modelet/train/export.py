"""From a fitted pipeline to the bytes of an ONNX model: the same bytes for the same pipeline."""

from typing import TYPE_CHECKING, Any

from modelet.manifest import Signature, TensorSpec
from modelet.train.job import Job

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

OPSETS = {"": 21, "ai.onnx.ml": 3}
"""What the runtime of every layer loads, with the IR version that belongs to it."""


def export(job: Job, pipeline: Any, columns: int, classes: "Array") -> bytes:
    """The ONNX model of a pipeline: FP32 rows of shape [-1, columns] in, label and probabilities out."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    label = StringTensorType([None]) if _are_text(classes) else Int64TensorType([None])
    model = convert_sklearn(
        pipeline,
        name=job.model,  # without one, every conversion has a random name
        doc_string=job.description or "",
        initial_types=[(job.export.input, FloatTensorType([None, columns]))],
        final_types=[
            (job.export.label, label),
            (job.export.probabilities, FloatTensorType([None, len(classes)])),
        ],
        options={id(pipeline): {"zipmap": False}},
        target_opset=OPSETS,
    )
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def signature_of(job: Job, columns: int, classes: "Array") -> Signature:
    """The signature that the exported model has."""
    names = job.export
    return Signature(
        inputs=(TensorSpec(names.input, "FP32", (-1, columns)),),
        outputs=(
            TensorSpec(names.label, "BYTES" if _are_text(classes) else "INT64", (-1,)),
            TensorSpec(names.probabilities, "FP32", (-1, len(classes))),
        ),
        batched=True,
    )


def _are_text(classes: "Array") -> bool:
    return classes.dtype.kind in "UO"
