"""Graph fix-ups that make any model servable: tensors in, tensors out, of datatypes that numpy has, on any machine's
locale.

ZipMap outputs (a sequence of maps, which scikit-learn's converters make) become the plain tensor below them, with the
labels kept; sequences of tensors become one tensor with a leading dimension; bfloat16, float8 and 4-bit inputs and
outputs are cast from and to a datatype that numpy has; string operators use the locale that every machine has. A model
that needs none of this keeps its bytes.
"""

from collections.abc import Iterable
from typing import Any

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, TypeProto, ValueInfoProto, helper

from modelet.errors import RefusedModel

LOCALE = "C.UTF-8"
CASTS: dict[int, int] = {
    TensorProto.BFLOAT16: TensorProto.FLOAT,
    TensorProto.FLOAT8E4M3FN: TensorProto.FLOAT,
    TensorProto.FLOAT8E4M3FNUZ: TensorProto.FLOAT,
    TensorProto.FLOAT8E5M2: TensorProto.FLOAT,
    TensorProto.FLOAT8E5M2FNUZ: TensorProto.FLOAT,
    TensorProto.INT4: TensorProto.INT8,
    TensorProto.UINT4: TensorProto.UINT8,
}

Labels = dict[str, list[Any]]


def canonicalise(model: ModelProto) -> tuple[bool, Labels]:
    """Fix a model in place; answers whether anything was changed, and the labels of former ZipMap outputs by output
    name.

    Raises RefusedModel for inputs and outputs that have no tensor form: maps going in, optional values.
    """
    graph, labels = model.graph, _strip_zipmaps(model.graph)
    changed = bool(labels)
    initialised = {tensor.name for tensor in graph.initializer}
    for value in graph.input:
        if value.name not in initialised:
            changed |= _plain_input(graph, value)
    for value in graph.output:
        changed |= _plain_output(graph, value)
    return _set_locales(graph.node) | changed, labels


def _strip_zipmaps(graph: GraphProto) -> Labels:
    outputs = {value.name: value for value in graph.output}
    labels: Labels = {}
    for node in graph.node:
        if node.op_type != "ZipMap" or node.domain != "ai.onnx.ml" or node.output[0] not in outputs:
            continue
        name = node.output[0]
        classes = [helper.get_attribute_value(attribute) for attribute in node.attribute]
        labels[name] = [item.decode() if isinstance(item, bytes) else item for held in classes for item in held]
        node.CopyFrom(helper.make_node("Identity", [node.input[0]], [name], name=node.name))
        outputs[name].type.CopyFrom(helper.make_tensor_type_proto(TensorProto.FLOAT, [None, len(labels[name])]))
    return labels


def _plain_input(graph: GraphProto, value: ValueInfoProto) -> bool:
    kind = value.type.WhichOneof("value")
    if kind == "sequence_type":
        inner = _rename(graph, value.name)
        element = _sequence_element(value)
        graph.node.insert(0, helper.make_node("SplitToSequence", [value.name], [inner], axis=0, keepdims=0))
        value.type.CopyFrom(_stacked(element))
        return True
    if kind != "tensor_type":
        raise RefusedModel(f"Input {value.name!r} is {_word(kind)}, which has no tensor form.")
    wanted = CASTS.get(value.type.tensor_type.elem_type)
    if wanted is None:
        return False
    inner = _rename(graph, value.name)
    graph.node.insert(0, helper.make_node("Cast", [value.name], [inner], to=value.type.tensor_type.elem_type))
    value.type.tensor_type.elem_type = wanted
    return True


def _plain_output(graph: GraphProto, value: ValueInfoProto) -> bool:
    kind = value.type.WhichOneof("value")
    if kind == "sequence_type":
        element = _sequence_element(value)
        inner = _rename(graph, value.name)
        graph.node.append(helper.make_node("ConcatFromSequence", [inner], [value.name], axis=0, new_axis=1))
        value.type.CopyFrom(_stacked(element))
        return True
    if kind not in ("tensor_type", None):
        raise RefusedModel(f"Output {value.name!r} is {_word(kind)}, which has no tensor form.")
    wanted = CASTS.get(value.type.tensor_type.elem_type)
    if wanted is None:
        return False
    inner = _rename(graph, value.name)
    graph.node.append(helper.make_node("Cast", [inner], [value.name], to=wanted))
    value.type.tensor_type.elem_type = wanted
    return True


def _sequence_element(value: ValueInfoProto) -> TypeProto.Tensor:
    element = value.type.sequence_type.elem_type
    if element.WhichOneof("value") != "tensor_type" or element.tensor_type.elem_type in CASTS:
        raise RefusedModel(
            f"{value.name!r} is a sequence of something other than plain tensors, which has no tensor form."
        )
    return element.tensor_type


def _stacked(element: TypeProto.Tensor) -> TypeProto:
    stacked = TypeProto()
    stacked.tensor_type.elem_type = element.elem_type
    if element.HasField("shape"):
        stacked.tensor_type.shape.dim.add()
        stacked.tensor_type.shape.dim.extend(element.shape.dim)
    return stacked


def _rename(graph: GraphProto, name: str) -> str:
    inner = name + "/inner"
    _rename_in(graph.node, name, inner)
    return inner


def _rename_in(nodes: Iterable[NodeProto], old: str, new: str) -> None:
    for node in nodes:
        for names in (node.input, node.output):
            for index, held in enumerate(names):
                if held == old:
                    names[index] = new
        for subgraph in _subgraphs(node):
            _rename_in(subgraph.node, old, new)
            for value in subgraph.output:
                if value.name == old:
                    value.name = new


def _subgraphs(node: NodeProto) -> list[GraphProto]:
    return [graph for item in node.attribute for graph in (*((item.g,) if item.HasField("g") else ()), *item.graphs)]


def _set_locales(nodes: Iterable[NodeProto]) -> bool:
    changed = False
    for node in nodes:
        for subgraph in _subgraphs(node):
            changed |= _set_locales(subgraph.node)
        if node.op_type != "StringNormalizer":
            continue
        held = [attribute for attribute in node.attribute if attribute.name == "locale"]
        # English and the default fold case as C.UTF-8 does; another language's locale is the author's choice and stays.
        if not held or held[0].s.startswith((b"en", b"C", b"POSIX")):
            for attribute in held:
                node.attribute.remove(attribute)
            node.attribute.append(helper.make_attribute("locale", LOCALE))
            changed = True
    return changed


def _word(kind: str | None) -> str:
    return {
        "map_type": "a map",
        "optional_type": "an optional value",
        "sparse_tensor_type": "a sparse tensor",
        "opaque_type": "an opaque value",
    }.get(kind or "", "of an unknown kind")
