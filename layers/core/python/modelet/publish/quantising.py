"""INT8 weights for a model: a quarter of its size, and on most CPUs faster.

Activations are quantised while the model runs, by the range of all values in the tensor: so a row's answer depends, a
little, on the rows that it is asked with. https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import onnx

KINDS = ("MatMul", "Gemm", "Gather", "Attention", "EmbedLayerNormalization")
"""Not convolutions, which become slower."""

PREPARED = "onnx.quant.pre_process"
"""Without this mark, the quantiser tells the root logger what it would like to have been done before."""


ORIGINAL, QUANTISED = "original.onnx", "int8.onnx"


class Unquantisable(Exception):
    """Raised, with the reason, where a model has no INT8 form because the quantiser fails on it."""


def quantised(artifact: bytes) -> bytes | None:
    """The same model with INT8 weights, the same bytes for the same model; None where it has no weights to quantise.

    In a process of its own, for the quantiser infers shapes, which has ended processes. Raises Unquantisable.
    """
    with tempfile.TemporaryDirectory(prefix="modelet-") as name:
        folder = Path(name)
        (folder / ORIGINAL).write_bytes(artifact)
        done = subprocess.run(
            [sys.executable, "-m", "modelet.publish.quantising", name],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(folder or os.curdir for folder in sys.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().splitlines() or [f"it ended with {done.returncode}"]
            raise Unquantisable(told[-1])
        made = folder / QUANTISED
        return made.read_bytes() if made.exists() else None


def main(folder: Path) -> None:
    """Write the INT8 form beside the original of a folder, where it has one."""
    made = _quantised((folder / ORIGINAL).read_bytes())
    if made is not None:
        (folder / QUANTISED).write_bytes(made)


def _quantised(artifact: bytes) -> bytes | None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load_model_from_string(artifact)
    opsets = [(opset.domain, opset.version) for opset in model.opset_import]
    mark = model.metadata_props.add()
    mark.key, mark.value = PREPARED, "onnxruntime.quant"
    with tempfile.TemporaryDirectory(prefix="modelet-") as folder:
        path = Path(folder) / "quantised.onnx"
        quantize_dynamic(
            model,
            path,
            op_types_to_quantize=list(KINDS),
            per_channel=True,
            reduce_range=True,  # else sums overflow, and answers differ, on CPUs without VNNI
            weight_type=QuantType.QInt8,
            # What operators of other domains make has no type that ONNX knows, and such weights would be refused.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        made = onnx.load_model(path)
    if not any(tensor.data_type == onnx.TensorProto.INT8 for tensor in made.graph.initializer):
        return None
    _tidy(made, model, opsets)
    return bytes(made.SerializeToString(deterministic=True))


def _tidy(made: onnx.ModelProto, model: onnx.ModelProto, opsets: list[tuple[str, int]]) -> None:
    kept = [entry for entry in made.metadata_props if entry.key not in (PREPARED, "onnx.infer")]
    del made.metadata_props[:]
    made.metadata_props.extend(kept)
    made.producer_name, made.producer_version = model.producer_name, model.producer_version
    made.doc_string = model.doc_string
    named = {opset.domain for opset in made.opset_import}
    for domain, version in opsets:
        if domain not in named:
            made.opset_import.append(onnx.helper.make_opsetid(domain, version))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
