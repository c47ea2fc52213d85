"""Every tensor that a model carries, wherever it carries it."""

from collections.abc import Iterator

from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto

from modelet.errors import RefusedModel

_REPEATED = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data")


def tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Every tensor of a model: initialisers and attributes, those of subgraphs and functions included."""
    yield from _graph_tensors(model.graph)
    for function in model.functions:
        yield from _function_tensors(function)
    for training in model.training_info:
        yield from _graph_tensors(training.initialization)
        yield from _graph_tensors(training.algorithm)


def check_weights(model: ModelProto) -> None:
    """Raise RefusedModel for a tensor that holds two sets of data: programs differ in which of them they believe."""
    for tensor in tensors(model):
        fields = [name for name in _REPEATED if len(getattr(tensor, name))]
        fields += ["raw_data"] if tensor.HasField("raw_data") else []
        fields += ["external_data"] if tensor.data_location == TensorProto.EXTERNAL else []
        if len(fields) > 1:
            raise RefusedModel(f"tensor {tensor.name!r:.200} holds its data twice, in {' and in '.join(fields)}.")


def _graph_tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from _sparse_tensors(sparse)
    for node in graph.node:
        yield from _node_tensors(node)


def _function_tensors(function: FunctionProto) -> Iterator[TensorProto]:
    for attribute in function.attribute_proto:
        yield from _attribute_tensors(attribute)
    for node in function.node:
        yield from _node_tensors(node)


def _node_tensors(node: NodeProto) -> Iterator[TensorProto]:
    for attribute in node.attribute:
        yield from _attribute_tensors(attribute)


def _attribute_tensors(attribute: AttributeProto) -> Iterator[TensorProto]:
    if attribute.HasField("t"):
        yield attribute.t
    yield from attribute.tensors
    for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
        yield from _sparse_tensors(sparse)
    for graph in (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs):
        yield from _graph_tensors(graph)


def _sparse_tensors(sparse: SparseTensorProto) -> Iterator[TensorProto]:
    yield from (sparse.values, sparse.indices)
