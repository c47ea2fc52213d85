"""Of onnxruntime-extensions, tokenizers are served, and nothing that opens files."""

from pathlib import Path

import pytest
from onnx import ModelProto, TensorProto, helper

from modelet.manifest.document import EXTENSIONS
from modelet.publish import push
from modelet.publish.derive import derive
from modelet.store.memory import MemoryStore
from tests.onnx_models import model, save, tensor
from tests.publish.asking import refusal

TEXT = TensorProto.STRING


def one(operator: str) -> ModelProto:
    node = helper.make_node(operator, ["text"], ["made"], domain=EXTENSIONS)
    return model([node], [tensor("text", ["N"], TEXT)], [tensor("made", ["N"], TEXT)], domains=[EXTENSIONS])


def within(operator: str) -> ModelProto:
    node = helper.make_node(operator, ["text"], ["inner"], domain=EXTENSIONS)
    branch = helper.make_graph([node], "branch", [], [tensor("inner", ["N"], TEXT)])
    choice = helper.make_node("If", ["yes"], ["made"], then_branch=branch, else_branch=branch)
    inputs = [tensor("text", ["N"], TEXT), tensor("yes", [], TensorProto.BOOL)]
    return model([choice], inputs, [tensor("made", ["N"], TEXT)], domains=[EXTENSIONS])


@pytest.mark.parametrize("made", [one("ImageReader"), within("ImageReader"), one("HfJsonTokenizer")])
def test_an_operator_that_is_no_tokenizer_is_refused(made: ModelProto, tmp_path: Path) -> None:
    assert "of domain 'ai.onnx.contrib' is not served: of that domain, only tokenizers are" in refusal(made, tmp_path)


def test_a_model_with_an_allowed_operator_is_published_and_derived_again(tmp_path: Path) -> None:
    store = MemoryStore()

    manifest = push(store, save(one("StringLower"), tmp_path / "model.onnx"), "m")

    assert manifest.opsets == {"ai.onnx": 21, EXTENSIONS: 1}
    assert "variants" in manifest.parity or "without_variant" in manifest.parity
    assert not any("differ" in reason for reason in derive(store, "m", 1).without.values())
