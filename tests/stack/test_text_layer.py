"""The layer of tokenizers: a library without its package, which only a model that needs it loads."""

import json
from pathlib import Path

from onnx import TensorProto, helper

from modelet.manifest.document import EXTENSIONS
from modelet.publish import push
from modelet.store import open_store
from tests.onnx_models import model, save, tensor
from tests.stack.built import Built

ASK = """
import json, sys
from functions.infer.handler import handler
answer = handler({"model": "small", "inputs": {"text": ["ABC"]}}, None)
print(json.dumps([answer["outputs"], sorted(name for name in sys.modules if "custom" in name or "extensions" in name)]))
"""


def test_a_model_with_a_tokenizer_is_served_from_the_layers_alone(infer: Built, tmp_path: Path) -> None:
    node = helper.make_node("StringLower", ["text"], ["small"], domain=EXTENSIONS)
    text = TensorProto.STRING
    made = model([node], [tensor("text", ["N"], text)], [tensor("small", ["N"], text)], domains=[EXTENSIONS])
    store = f"file://{tmp_path}/store"
    push(open_store(store), save(made, tmp_path / "small.onnx"), "small")

    outputs, imported = json.loads(infer.run(ASK, MODELET_STORE=store, MODELET_LOG="off"))

    assert outputs == {"small": ["abc"]}
    assert imported == ["modelet.session.custom"]


def test_the_layer_is_a_library_and_nothing_else(infer: Built) -> None:
    (layer,) = [tree for tree in infer.layers if tree.name == "text"]

    held = [path for path in layer.rglob("*") if path.is_file() and path.parent.suffix != ".dist-info"]

    assert [path.suffix for path in held] == [".so"]
    assert held[0].stat().st_size < 7_000_000
