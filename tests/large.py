"""A model that counts as too large for one file, because that limit is a parameter."""

import numpy as np
from onnx import ModelProto, helper

from modelet.manifest import Manifest
from modelet.publish import Limits
from modelet.registry.blobs import read_blob
from modelet.registry.publishing import publish
from modelet.store.base import Store
from tests.onnx_models import model, tensor
from tests.registry.drafts import source_of

WIDTH = 256
LIMITS = Limits(one_file_bytes=10_000)


def layered(factor: float = 2.0) -> ModelProto:
    """`y` = `x` × `factor` + 1, by a matrix and its transpose: FP32 of shape [-1, 256] in, [-1, 2, 128] out."""
    nodes = [
        helper.make_node("MatMul", ["x", "one"], ["a"]),
        helper.make_node("Transpose", ["scale"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["a", "turned"], ["b"]),
        helper.make_node("Add", ["b", "bias"], ["c"]),
        helper.make_node("Reshape", ["c", "shape"], ["y"]),
    ]
    constants = {
        "one": np.eye(WIDTH, dtype=np.float32),
        "scale": np.eye(WIDTH, dtype=np.float32) * np.float32(factor),
        "bias": np.ones(WIDTH, np.float32),
        "shape": np.array([-1, 2, WIDTH // 2]),
    }
    return model(nodes, [tensor("x", ("N", WIDTH))], [tensor("y", ("N", 2, WIDTH // 2))], constants)


def without_variants(store: Store, manifest: Manifest, name: str) -> Manifest:
    """The same files as a model of this name, published as for a runtime of which nobody has derived anything."""
    contents = {blob.sha256: read_blob(store, manifest.model, blob) for blob in manifest.needs()}
    draft = manifest._replace(model=name, variants=(), parity={})
    return publish(store, draft, {digest: source_of(data) for digest, data in contents.items()})
