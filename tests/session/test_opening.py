"""How the runtime is told to open a model: with these settings and no others, and without a copy of mapped weights."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto

from modelet.manifest import Artifact, Manifest, Signature, TensorSpec, Variant
from modelet.predict.memfile import MemoryFile
from modelet.session import Session
from modelet.session.opening import session_options, shapes_vary
from tests.derived import WIDTH, large, ort_format
from tests.onnx_models import scale
from tests.published import declared_signature

VARIANT = Variant("1.0", "any", "latency", "0" * 64, Artifact("0" * 64, 1), prepacking=False)
PACKED = Variant("1.0", "any", "batch", "0" * 64, Artifact("0" * 64, 1), prepacking=True)
ENTRIES = (
    "session.load_model_format",
    "session.use_memory_mapped_ort_model",
    "session.use_ort_model_bytes_for_initializers",
    "session.disable_prepacking",
    "session.intra_op.allow_spinning",
)


def rows(*shape: int) -> Signature:
    return Signature((TensorSpec("x", "FP32", shape),), (TensorSpec("y", "FP32", shape),), batched=True)


@pytest.mark.parametrize(
    ("variant", "entries"),
    [
        (None, (None, None, None, None, "0")),
        (VARIANT, ("ORT", "1", "1", "1", "0")),
        (PACKED, ("ORT", "1", "1", None, "0")),
    ],
    ids=["canonical", "variant", "packed variant"],
)
def test_what_the_runtime_is_told(variant: Variant | None, entries: tuple[str | None, ...]) -> None:
    options = session_options(rows(-1, 2), 3, variant)

    assert tuple(entry(options, name) for name in ENTRIES) == entries
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (3, 1)


def entry(options: Any, name: str) -> str | None:
    try:
        return str(options.get_session_config_entry(name))
    except RuntimeError:
        return None


@pytest.mark.parametrize(
    ("signature", "vary"),
    [
        (rows(-1, 2), False),
        (rows(1, 2), False),
        (rows(-1, -1), True),
        (rows(-1, 3, -1, -1), True),
        (Signature((TensorSpec("x", "FP32", (-1,)),), (), batched=False), True),
        (Signature((TensorSpec("x", "FP32", None),), (), batched=False), True),
        (Signature((TensorSpec("x", "FP32", (3,)),), (), batched=False), False),
    ],
)
def test_memory_is_kept_between_runs_only_where_no_more_than_the_rows_vary(signature: Signature, vary: bool) -> None:
    options = session_options(signature, 1)

    assert shapes_vary(signature) is vary
    assert (options.enable_cpu_mem_arena, options.enable_mem_pattern) == (not vary, not vary)


@pytest.mark.parametrize("variant", [VARIANT, PACKED], ids=["mapped", "packed"])
@pytest.mark.parametrize("made", [scale(2.0, "x", "y", WIDTH), large()], ids=["small", "large"])
def test_a_variant_answers_as_its_model_does(made: ModelProto, variant: Variant) -> None:
    signature = declared_signature(made)
    manifest = Manifest("m", Artifact("0" * 64, 1), signature, version=1)
    canonical = Session(manifest, made.SerializeToString(), threads=1)
    x = np.random.default_rng(0).standard_normal((3, WIDTH)).astype(np.float32)

    with MemoryFile() as file:
        file.write(ort_format(made), 0)
        mapped = Session(manifest, file.path, 1, variant)

    assert np.array_equal(mapped.run({"x": x}, ["y"])["y"], canonical.run({"x": x}, ["y"])["y"])


MEASURE = """
import sys
from pathlib import Path
import numpy as np
from modelet.manifest import Artifact, Manifest, Signature, TensorSpec, Variant
from modelet.predict.memfile import MemoryFile
from modelet.session import Session

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

spec = (TensorSpec("x", "FP32", (-1, 4096)),), (TensorSpec("y", "FP32", (-1, 4096)),)
manifest = Manifest("m", Artifact("0" * 64, 1), Signature(*spec, True), version=1)
variant = Variant("1", "any", "latency", "0" * 64, Artifact("0" * 64, 1), False)
path = Path(sys.argv[1])
x = np.ones((1, 4096), np.float32)
with MemoryFile() as file:
    with path.open("rb") as held:
        for at in range(0, path.stat().st_size, 1 << 20):
            file.write(held.read(1 << 20), at)
    before = resident()
    session = Session(manifest, file.path, 1, variant)
assert session.run({"x": x}, ["y"])["y"].sum() == 8192
print((resident() - before) / path.stat().st_size)
"""


def test_mapped_weights_are_resident_once(tmp_path: Path) -> None:
    path = tmp_path / "model.ort"
    path.write_bytes(ort_format(large(4096)))

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], env={"ORT_DISABLE_TELEMETRY": "1"}, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert (
        0.9 < float(done.stdout) < 1.5
    )  # a copy would make it 2; 16 MiB of weights beside the runtime's own structures
