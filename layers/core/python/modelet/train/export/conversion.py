"""From a fitted pipeline to the bytes of an ONNX model: the same bytes for the same pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.manifest import Artifact, Manifest, Signature, TensorSpec
from modelet.train.export.answering import scores
from modelet.train.export.description import Export
from modelet.train.export.graph import Graph
from modelet.train.export.precision import PRECISIONS
from modelet.train.export.scores import labels_and_probabilities, numbers
from modelet.train.export.source import Columns, Matrix, Source
from modelet.train.export.transforms import transformed
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    from modelet.train.job import Job

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """An ONNX model and its signature; `label` and `probabilities` are the names of the outputs that a table's truth
    compares with. Of a regression, `label` is the name of the predicted number.
    """

    artifact: bytes
    signature: Signature
    label: str
    probabilities: str | None = None
    opsets: Mapping[str, int] = field(default_factory=dict)

    def manifest(self, model: str) -> Manifest:
        """The manifest of a version that nobody has published, to load it as serving does."""
        artifact = Artifact(sha256(self.artifact).hexdigest(), len(self.artifact))
        return Manifest(model, artifact, self.signature, opsets=self.opsets)


def export(job: "Job", pipeline: Any, table: Table) -> Exported:
    """The ONNX model of a pipeline that was fitted to a table.

    Rows come in as one tensor of shape [-1, fields], or where a field is no number as one of shape [-1, 1] for each
    field, by its name. Out come label and probabilities, or the predicted number. Raises InvalidJob.
    """
    classes = None if table.task == "regression" else pipeline.classes_
    inputs, outputs = _inputs(job.export, table), _outputs(job.export, classes)
    _check_names(inputs, outputs)
    graph = Graph(PRECISIONS[job.export.precision], [spec.name for spec in (*inputs, *outputs)])
    rows: Source = Matrix(job.export.input, len(table.fields))
    if not table.is_matrix:
        rows = Columns({field.name: field.name for field in table.fields})
    *steps, (_, estimator) = pipeline.steps
    for _, step in steps:
        rows = transformed(graph, step, rows)
    found = scores(graph, estimator, rows.whole(graph))
    tensors = (numbers(graph, found),) if classes is None else labels_and_probabilities(graph, found, classes)
    for tensor, spec in zip(tensors, outputs, strict=True):
        graph.rename(tensor, spec.name)
    model = graph.model(job.model, _declared(inputs), _declared(outputs))
    model.doc_string = job.description or ""
    artifact = model.SerializeToString(deterministic=True)
    label, probabilities = outputs[0].name, None if classes is None else outputs[1].name
    return Exported(artifact, Signature(inputs, outputs, batched=True), label, probabilities, graph.opsets)


def _inputs(export: Export, table: Table) -> tuple[TensorSpec, ...]:
    number = PRECISIONS[export.precision].tensor
    if table.is_matrix:
        return (TensorSpec(export.input, number, (-1, len(table.fields))),)
    return tuple(TensorSpec(field.name, number if field.numeric else "BYTES", (-1, 1)) for field in table.fields)


def _outputs(export: Export, classes: "Array | None") -> tuple[TensorSpec, ...]:
    if classes is None:
        return (TensorSpec(export.prediction, "FP32", (-1,)),)
    return (
        TensorSpec(export.label, "BYTES" if classes.dtype.kind in "UO" else "INT64", (-1,)),
        TensorSpec(export.probabilities, "FP32", (-1, len(classes))),
    )


def _check_names(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> None:
    named = {spec.name for spec in inputs}
    for spec in outputs:
        if spec.name in named:
            raise InvalidJob(
                f"Column {spec.name!r} has the name of an output: give that another one (export.label, "
                "export.probabilities or export.prediction), or rename the column."
            )


def _declared(specs: tuple[TensorSpec, ...]) -> list[Any]:
    from onnx import TensorProto, helper

    kinds = {
        "FP32": TensorProto.FLOAT,
        "FP64": TensorProto.DOUBLE,
        "INT64": TensorProto.INT64,
        "BYTES": TensorProto.STRING,
    }
    return [
        helper.make_tensor_value_info(
            spec.name, kinds[spec.datatype], [None if size == -1 else size for size in spec.shape or ()]
        )
        for spec in specs
    ]
