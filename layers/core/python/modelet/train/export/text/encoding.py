"""A pretrained encoder as part of a graph: texts in, one vector for each out."""

from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.export.graph import OPSETS, Graph
from modelet.train.export.precision import PRECISIONS
from modelet.train.export.source import Matrix, Source
from modelet.train.export.text.reading import whole
from modelet.train.export.text.tokens import Tokens, tokenised

if TYPE_CHECKING:
    from onnx import ModelProto

    from modelet.train.features.encoder.files import Pretrained

NUMBERS, MASK, SEGMENTS = "input_ids", "attention_mask", "token_type_ids"
INPUTS = {NUMBERS, MASK, SEGMENTS}


def encoded(graph: Graph, step: Any, rows: Source) -> Source:
    """The rows of text after an `Embedding`."""
    tensor = vectors(graph, step.pretrained, rows.whole(graph))
    if graph.precision.name == "double":
        tensor = graph.cast(tensor, graph.precision.datatype)
    return Matrix(tensor, step.pretrained.width)


def encoder_model(pretrained: "Pretrained") -> bytes:
    """The encoder on its own: `text` of shape [-1, 1] in, `vector` out."""
    from onnx import TensorProto, helper

    graph = Graph(PRECISIONS["single"], ["text", "vector"])
    graph.rename(vectors(graph, pretrained, "text"), "vector")
    given = helper.make_tensor_value_info("text", TensorProto.STRING, [None, 1])
    made = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [None, pretrained.width])
    return graph.model("encoder", [given], [made]).SerializeToString(deterministic=True)


def vectors(graph: Graph, pretrained: "Pretrained", rows: str) -> str:
    """The vector of each text of shape [n, 1], in FP32."""
    tokens = tokenised(graph, pretrained.tokenizer, pretrained.encoder.max_tokens, rows)
    hidden = graph.take_in(pretrained.model(), _feeds(graph, pretrained, tokens))[0]
    pooled = _pooled(graph, pretrained.encoder.pooling, hidden, tokens)
    if not pretrained.encoder.normalise:
        return pooled
    length = graph.add("ReduceL2", [pooled, whole(graph, [1])], keepdims=1)
    return graph.add("Div", [pooled, length])


def check_encoder(model: "ModelProto", where: str) -> int:
    """The width of an encoder's vectors; raises InvalidJob for a model that is none."""
    held = {tensor.name for tensor in model.graph.initializer}
    names = {value.name for value in model.graph.input if value.name not in held}
    if NUMBERS not in names or MASK not in names or names - INPUTS:
        raise InvalidJob(
            f"features.encoder.model: {where} takes {', '.join(sorted(names))[:200]}, and an encoder takes "
            f"{NUMBERS}, {MASK} and perhaps {SEGMENTS}."
        )
    sizes = model.graph.output[0].type.tensor_type.shape.dim
    if len(sizes) != 3 or not sizes[2].dim_value:
        raise InvalidJob(
            f"features.encoder.model: the first output of {where} must have the shape [texts, tokens, width], with a "
            "vector for each token."
        )
    return int(sizes[2].dim_value)


def at_our_opset(model: "ModelProto", where: str) -> "ModelProto":
    """The model at the opset of the graphs that it becomes part of; raises InvalidJob where it cannot be converted."""
    from onnx import version_converter

    opset = {entry.domain: entry.version for entry in model.opset_import}.get("", 0)
    if opset == OPSETS[""]:
        return model
    try:
        return version_converter.convert_version(model, OPSETS[""])
    except Exception as error:  # noqa: BLE001 - the converter's exceptions share no class
        raise InvalidJob(
            f"features.encoder.model: {where} has opset {opset}, and cannot be converted to {OPSETS['']}: "
            f"{' '.join(str(error).split()):.200}. Export it again with opset {OPSETS['']}."
        ) from None


def _feeds(graph: Graph, pretrained: "Pretrained", tokens: Tokens) -> dict[str, str]:
    feeds = {NUMBERS: tokens.numbers, MASK: tokens.mask}
    if SEGMENTS in pretrained.inputs:
        feeds[SEGMENTS] = graph.add("Sub", [tokens.mask, tokens.mask])
    return feeds


def _pooled(graph: Graph, pooling: str, hidden: str, tokens: Tokens) -> str:
    if pooling == "cls":
        return graph.add("Gather", [hidden, whole(graph, 0)], axis=1)
    mask = graph.add("Unsqueeze", [graph.cast(tokens.mask, "float32"), whole(graph, [2])])
    total = graph.add("ReduceSum", [graph.add("Mul", [hidden, mask]), whole(graph, [1])], keepdims=0)
    return graph.add("Div", [total, graph.add("ReduceSum", [mask, whole(graph, [1])], keepdims=0)])
