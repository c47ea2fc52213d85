"""Which operators of onnxruntime-extensions a candidate may have: those that read text, given to them as tensors and
attributes. Others of that library open files and decode media, and no model is trusted with that.
"""

from collections.abc import Iterable

from onnx import ModelProto, NodeProto

from modelet.errors import RefusedModel
from modelet.manifest.document import EXTENSIONS
from modelet.publish.names import subgraphs

ALLOWED = frozenset(
    {
        *("BasicTokenizer", "BertTokenizer", "CLIPTokenizer", "GPT2Tokenizer", "HfBertTokenizer", "RobertaTokenizer"),
        *("SentencepieceTokenizer", "SpmTokenizer", "WordpieceTokenizer", "RaggedTensorToDense", "StringJoin"),
        *("StringLength", "StringLower", "StringSplit", "StringStrip", "StringUpper"),
    }
)


def check_operators(model: ModelProto) -> None:
    """Raise RefusedModel for an operator of the extensions that is not allowed, wherever in the model it is."""
    for nodes in (model.graph.node, *(function.node for function in model.functions)):
        _check(nodes)


def _check(nodes: Iterable[NodeProto]) -> None:
    for node in nodes:
        if node.domain == EXTENSIONS and node.op_type not in ALLOWED:
            raise RefusedModel(
                f"operator {node.op_type!r:.80} of domain {EXTENSIONS!r} is not served: of that domain, only "
                f"tokenizers are, and what joins and splits text ({', '.join(sorted(ALLOWED))})."
            )
        for subgraph in subgraphs(node):
            _check(subgraph.node)
