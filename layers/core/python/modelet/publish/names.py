"""Renaming a value of a graph, so that a fix-up can put a node between it and its old name."""

from collections.abc import Iterable, Iterator, MutableSequence

from onnx import GraphProto, NodeProto


def rename(graph: GraphProto, name: str) -> str:
    """Give a value of `graph` a name that nothing has, wherever nodes and subgraphs mean it, and answer that name.

    The graph's own inputs and outputs keep theirs: they are the model's, and the caller connects them anew.
    """
    inner = fresh(graph, name + "/inner")
    for tensor in graph.initializer:
        tensor.name = inner if tensor.name == name else tensor.name
    for value in graph.value_info:
        value.name = inner if value.name == name else value.name
    _rename_in(graph.node, name, inner)
    return inner


def fresh(graph: GraphProto, name: str) -> str:
    """A name like `name` that nothing in the graph or below it has."""
    taken = set(_names(graph))
    while name in taken:
        name += "_"
    return name


def subgraphs(node: NodeProto) -> list[GraphProto]:
    """The graphs in a node's attributes: bodies of loops, branches of conditions."""
    return [graph for item in node.attribute for graph in (*((item.g,) if item.HasField("g") else ()), *item.graphs)]


def _rename_in(nodes: Iterable[NodeProto], old: str, new: str) -> None:
    for node in nodes:
        _replace(node.input, old, new)
        _replace(node.output, old, new)
        for subgraph in subgraphs(node):
            if old not in _defined(subgraph):  # else the subgraph means a value of its own by it
                _rename_in(subgraph.node, old, new)
                for value in subgraph.output:
                    value.name = new if value.name == old else value.name


def _replace(names: MutableSequence[str], old: str, new: str) -> None:
    names[:] = [new if name == old else name for name in names]


def _names(graph: GraphProto) -> Iterator[str]:
    yield from _defined(graph)
    for node in graph.node:
        yield from node.input
        for subgraph in subgraphs(node):
            yield from _names(subgraph)


def _defined(graph: GraphProto) -> set[str]:
    names = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    names.update(sparse.values.name for sparse in graph.sparse_initializer)
    names.update(name for node in graph.node for name in node.output)
    return names
