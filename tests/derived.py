"""Variants made in-process: what publishing derives in a child process, small or of several ranges."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto, helper

from modelet.manifest import LATENCY, Artifact, Manifest
from modelet.manifest.variant import ARCHITECTURE, RANGE_BYTES
from modelet.registry.publishing import publish
from modelet.registry.variants import VariantRecord
from modelet.store.base import Store
from tests.onnx_models import model, tensor
from tests.published import declared_signature

WIDTH = 2048


def large(width: int = WIDTH) -> ModelProto:
    """`y` = `x` × 2: FP32 of shape [-1, width], by a matrix: of 16 MiB, which is two ranges and a little of a third."""
    node = helper.make_node("MatMul", ["x", "matrix"], ["y"])
    shape = ("N", width)
    matrix = {"matrix": np.eye(width, dtype=np.float32) * 2}
    return model([node], [tensor("x", shape)], [tensor("y", shape)], matrix)


def ort_format(made: ModelProto) -> bytes:
    """The model as ONNX Runtime maps it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.ort"
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(path)
        options.log_severity_level = 4
        options.add_session_config_entry("session.save_model_format", "ORT")
        onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return path.read_bytes()


def record_of(artifact: Artifact, data: bytes, **changed: Any) -> VariantRecord:
    """The record of a variant for this runtime and architecture, with some of its fields changed."""
    ranges = tuple(sha256(data[start : start + RANGE_BYTES]).hexdigest() for start in range(0, len(data), RANGE_BYTES))
    blob = Artifact(sha256(data).hexdigest(), len(data))
    record = VariantRecord(
        artifact,
        onnxruntime.__version__,
        ARCHITECTURE,
        LATENCY,
        "ort",
        blob,
        RANGE_BYTES,
        ranges,
        {"prepacking": False},
    )
    return record._replace(**changed)


def publish_variants(store: Store, name: str, made: ModelProto, *variants: tuple[bytes, Mapping[str, Any]]) -> Manifest:
    """Publish a model with variants, each given as its bytes and what its record says otherwise than usual."""
    data = made.SerializeToString(deterministic=True)
    artifact = Artifact(sha256(data).hexdigest(), len(data))
    contents = {artifact.sha256: data}
    records = []
    for content, changed in variants:
        record = record_of(artifact, content, **changed)
        contents[record.blob.sha256] = content
        records.append(record)
    draft = Manifest(name, artifact, declared_signature(made))
    sources = {digest: lambda held=held: [held] for digest, held in contents.items()}
    return publish(store, draft, sources, records=records)
