"""Graph fix-ups that make any model servable: tensors in, tensors out, of datatypes that numpy has, on any machine's
locale.

ZipMap outputs (a sequence of maps, which scikit-learn's converters make) become the plain tensor below them, with the
labels kept; sequences of tensors become one tensor with a leading dimension; bfloat16, float8 and narrow integers are
cast from and to a datatype that numpy has; string operators use the locale that every machine has. A model that needs
none of this keeps its bytes.
"""

from collections.abc import Iterable

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, TypeProto, ValueInfoProto, helper

from modelet.errors import RefusedModel
from modelet.publish.names import rename, subgraphs
from modelet.publish.zipmap import Labels, strip_zipmaps

LOCALE = "C.UTF-8"
STANDARD_DOMAINS = ("", "ai.onnx")
PLAIN_OPSET = 13  # knows every operator that the fix-ups add
CASTS: dict[int, int] = {
    TensorProto.BFLOAT16: TensorProto.FLOAT,
    TensorProto.FLOAT8E4M3FN: TensorProto.FLOAT,
    TensorProto.FLOAT8E4M3FNUZ: TensorProto.FLOAT,
    TensorProto.FLOAT8E5M2: TensorProto.FLOAT,
    TensorProto.FLOAT8E5M2FNUZ: TensorProto.FLOAT,
    TensorProto.FLOAT8E8M0: TensorProto.FLOAT,
    TensorProto.INT2: TensorProto.INT8,
    TensorProto.INT4: TensorProto.INT8,
    TensorProto.UINT2: TensorProto.UINT8,
    TensorProto.UINT4: TensorProto.UINT8,
}
SPLITTABLE = {  # what the runtime can split into a sequence
    TensorProto.BOOL,
    TensorProto.DOUBLE,
    TensorProto.FLOAT,
    TensorProto.FLOAT16,
    TensorProto.INT32,
    TensorProto.INT64,
    TensorProto.STRING,
}


def canonicalise(model: ModelProto) -> tuple[bool, Labels]:
    """Fix a model in place; answers whether anything was changed, and the labels of former ZipMap outputs by output
    name.

    Raises RefusedModel for inputs and outputs that have no tensor form: maps going in, optional values.
    """
    graph = model.graph
    labels = strip_zipmaps(graph)
    given = {tensor.name for tensor in graph.initializer}
    given.update(sparse.values.name for sparse in graph.sparse_initializer)
    inputs = {value.name: value for value in graph.input if value.name not in given}
    fixed = [_plain_input(graph, value) for value in inputs.values()]
    fixed += [_plain_output(graph, value, inputs.get(value.name)) for value in graph.output]
    changed = any(fixed) or bool(labels)
    if changed and not any(entry.domain in STANDARD_DOMAINS for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid("", PLAIN_OPSET))
    for nodes in (graph.node, *(function.node for function in model.functions)):
        changed |= _set_locales(nodes)
    return changed, labels


def _plain_input(graph: GraphProto, value: ValueInfoProto) -> bool:
    kind = value.type.WhichOneof("value")
    if kind == "sequence_type":
        element = _sequence_element("input", value)
        if element.elem_type not in SPLITTABLE:
            word = TensorProto.DataType.Name(element.elem_type).lower()
            raise RefusedModel(f"input {value.name!r:.200} is a sequence of {word} tensors, which cannot be taken in.")
        inner = rename(graph, value.name)
        graph.node.insert(0, helper.make_node("SplitToSequence", [value.name], [inner], axis=0, keepdims=0))
        value.type.CopyFrom(_stacked(element))
        return True
    if kind != "tensor_type":
        raise RefusedModel(f"input {value.name!r:.200} is {_word(kind)}, which has no tensor form.")
    element_type = value.type.tensor_type.elem_type
    if element_type not in CASTS:
        return False
    inner = rename(graph, value.name)
    graph.node.insert(0, helper.make_node("Cast", [value.name], [inner], to=element_type))
    value.type.tensor_type.elem_type = CASTS[element_type]
    return True


def _plain_output(graph: GraphProto, value: ValueInfoProto, same: ValueInfoProto | None) -> bool:
    kind = value.type.WhichOneof("value")
    if same is not None:  # the input itself is handed out
        changed = value.type != same.type
        value.type.CopyFrom(same.type)
        return changed
    if kind == "sequence_type":
        element = _sequence_element("output", value)
        inner = rename(graph, value.name)
        graph.node.append(helper.make_node("ConcatFromSequence", [inner], [value.name], axis=0, new_axis=1))
        value.type.CopyFrom(_stacked(element))
        return True
    if kind not in ("tensor_type", None):
        raise RefusedModel(f"output {value.name!r:.200} is {_word(kind)}, which has no tensor form.")
    wanted = CASTS.get(value.type.tensor_type.elem_type)
    if wanted is None:
        return False
    inner = rename(graph, value.name)
    graph.node.append(helper.make_node("Cast", [inner], [value.name], to=wanted))
    value.type.tensor_type.elem_type = wanted
    return True


def _sequence_element(side: str, value: ValueInfoProto) -> TypeProto.Tensor:
    element = value.type.sequence_type.elem_type
    if element.WhichOneof("value") != "tensor_type" or element.tensor_type.elem_type in CASTS:
        raise RefusedModel(
            f"{side} {value.name!r:.200} is a sequence of something other than plain tensors, which has no tensor form."
        )
    return element.tensor_type


def _stacked(element: TypeProto.Tensor) -> TypeProto:
    stacked = TypeProto()
    stacked.tensor_type.elem_type = element.elem_type
    if element.HasField("shape"):
        stacked.tensor_type.shape.dim.add()
        stacked.tensor_type.shape.dim.extend(element.shape.dim)
    return stacked


def _set_locales(nodes: Iterable[NodeProto]) -> bool:
    changed = False
    for node in nodes:
        for subgraph in subgraphs(node):
            changed |= _set_locales(subgraph.node)
        if node.op_type != "StringNormalizer" or node.domain not in STANDARD_DOMAINS:
            continue
        held = [attribute for attribute in node.attribute if attribute.name == "locale"]
        # English and the default fold case as C.UTF-8 does; another language's locale is the author's choice and stays.
        if held and held[0].s == LOCALE.encode():
            continue
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
