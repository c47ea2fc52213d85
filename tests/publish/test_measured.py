"""How a variant is loaded is what was measured, even where that is not what its profile prefers."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, helper

from modelet.manifest import PROFILES
from modelet.publish import push
from modelet.store.memory import MemoryStore
from tests.onnx_models import model, save, tensor

WIDTH, BLOCK = 1024, 32


def quantised() -> ModelProto:
    """A matrix of 4-bit numbers: its kernel needs them packed, without which one row takes a hundred times as long."""
    blocks = WIDTH // BLOCK
    node = helper.make_node(
        "MatMulNBits", ["x", "w", "s"], ["y"], domain="com.microsoft", K=WIDTH, N=WIDTH, bits=4, block_size=BLOCK
    )
    shape = ("N", WIDTH)
    constants = {
        "w": np.random.default_rng(0).integers(0, 256, (WIDTH, blocks, BLOCK // 2), np.uint8),
        "s": np.full(WIDTH * blocks, 0.01, np.float32),
    }
    return model([node], [tensor("x", shape)], [tensor("y", shape)], constants, ["com.microsoft"])


def test_no_profile_loads_a_model_unpacked_that_needs_packed_weights(tmp_path: Path) -> None:
    manifest = push(MemoryStore(), save(quantised(), tmp_path / "model.onnx"), "m")

    profiles = {**manifest.parity.get("variants", {}), **manifest.parity.get("without_variant", {})}
    assert profiles.keys() == set(PROFILES), "a profile has a variant, or the canonical model measured better"
    assert [variant.profile for variant in manifest.variants if not variant.prepacking] == []
