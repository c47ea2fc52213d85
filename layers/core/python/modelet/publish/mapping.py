"""Deriving the variant of a model whose weights lie beside its graph: one file, which is mapped when it is loaded.

The runtime optimises the graph on weights that are mapped, and writes what it made of them to a file of its own; from
there they are laid out anew, so that the variant is the same bytes each time.
"""

from pathlib import Path

import onnxruntime
from onnx import ModelProto

from modelet.manifest.document import WEIGHTS_FILE
from modelet.publish.beside import SMALLEST, lay_beside
from modelet.publish.external import locate
from modelet.session.mapped import footer, open_mapped, read_beside

RAW = "raw.onnx"
RAW_WEIGHTS = "raw.onnx.data"


def derive_mapped(artifact: Path, derived: Path, options: onnxruntime.SessionOptions) -> None:
    """Write the variant of the canonical model at `artifact` to `derived`, optimised as `options` say; raises whatever
    the runtime raises.
    """
    folder = artifact.parent
    options.optimized_model_filepath = str(folder / RAW)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", RAW_WEIGHTS)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", str(SMALLEST))
    open_mapped(read_beside(str(artifact), str(folder / WEIGHTS_FILE)), options, None)
    model = ModelProto()
    model.ParseFromString((folder / RAW).read_bytes())
    model.graph.initializer.sort(key=lambda tensor: tensor.name)
    with derived.open("xb") as file:
        lay_beside(model, locate(model, folder), file)
        graph = model.SerializeToString(deterministic=True)
        file.write(graph + footer(graph))
    for name in (RAW, RAW_WEIGHTS):
        (folder / name).unlink(missing_ok=True)
