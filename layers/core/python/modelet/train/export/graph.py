"""An ONNX graph while it is built: every tensor is called by a name that nobody else uses."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelet.train.export.precision import Precision

if TYPE_CHECKING:
    import numpy as np
    from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto

    Array = np.ndarray[Any, Any]

OPSETS = {"": 21, "ai.onnx.ml": 3}
IR_VERSION = 10
"""What the runtime of every layer loads."""

ML = "ai.onnx.ml"


class Graph:
    """Nodes and constants in the order in which they were added; `reserved` are the names of inputs and outputs."""

    def __init__(self, precision: Precision, reserved: Sequence[str]) -> None:
        """`precision` is that of the numbers in the graph."""
        self.precision = precision
        self.opsets = dict(OPSETS)
        self._taken = set(reserved)
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._functions: list[Any] = []

    def constant(self, value: "Array", kind: str = "constant") -> str:
        """A tensor of the graph's own; floating-point numbers take the graph's precision, text becomes BYTES."""
        import numpy as np
        from onnx import numpy_helper

        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(self.precision.datatype)
        name = self._unique(kind)
        self._constants.append(numpy_helper.from_array(_storable(array), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        """Add a node with one output and answer the output's name."""
        from onnx import helper

        output = self._unique(kind.lower())
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def add_several(
        self, kind: str, inputs: Sequence[str], count: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs and answer their names."""
        from onnx import helper

        outputs = [self._unique(kind.lower()) for _ in range(count)]
        self._nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], domain=domain, **attributes))
        return outputs

    def for_each(self, count: str, body: "Callable[[str], Sequence[ValueInfoProto]]") -> list[str]:
        """Add a loop: `body` adds the nodes of one turn, whose number is the scalar that it is given, and answers what
        those make, by name, datatype and shape. The answered tensors hold that of all turns, stacked.
        """
        import numpy as np
        from onnx import TensorProto, helper

        go_on = self.constant(np.array(True), "go_on")
        turn, before, after = (self._unique(name) for name in ("turn", "before", "after"))
        around, self._nodes = self._nodes, []
        made = body(turn)
        inner, self._nodes = self._nodes, around
        inner.append(helper.make_node("Identity", [before], [after], name=after))
        ins = [helper.make_tensor_value_info(turn, TensorProto.INT64, [])]
        ins.append(helper.make_tensor_value_info(before, TensorProto.BOOL, []))
        out = helper.make_tensor_value_info(after, TensorProto.BOOL, [])
        return self.add_several(
            "Loop", [count, go_on], len(made), body=helper.make_graph(inner, self._unique("body"), ins, [out, *made])
        )

    def cast(self, tensor: str, datatype: str) -> str:
        """Convert a tensor to a datatype with numpy's name for it."""
        import numpy as np
        from onnx import helper

        return self.add("Cast", [tensor], to=helper.np_dtype_to_tensor_dtype(np.dtype(datatype)))

    def single(self, tensor: str) -> str:
        """A tensor of the graph's precision as FP32."""
        return tensor if self.precision.name == "single" else self.cast(tensor, "float32")

    def take_in(self, model: "ModelProto", inputs: Mapping[str, str]) -> list[str]:
        """Add a whole model whose inputs are tensors of this graph, and answer its outputs' names."""
        from onnx import compose

        prefix = self._unique("part") + "_"
        inner = compose.add_prefix(model, prefix).graph
        renamed = {prefix + name: tensor for name, tensor in inputs.items()}
        for node in inner.node:
            node.input[:] = [renamed.get(name, name) for name in node.input]
        self._nodes.extend(inner.node)
        self._constants.extend(inner.initializer)
        self._functions.extend(model.functions)
        for opset in model.opset_import:
            self.opsets[opset.domain] = max(self.opsets.get(opset.domain, 0), opset.version)
        return [output.name for output in inner.output]

    def rename(self, tensor: str, name: str) -> None:
        """Let a node's output have a reserved name."""
        for node in self._nodes:
            node.input[:] = [name if held == tensor else held for held in node.input]
            node.output[:] = [name if held == tensor else held for held in node.output]

    def model(self, name: str, inputs: "list[ValueInfoProto]", outputs: "list[ValueInfoProto]") -> "ModelProto":
        """The whole model, checked."""
        from onnx import checker, helper

        made = helper.make_model(
            helper.make_graph(self._nodes, name, inputs, outputs, self._constants),
            opset_imports=[helper.make_opsetid(domain, version) for domain, version in sorted(self.opsets.items())],
            ir_version=IR_VERSION,
            producer_name="modelet",
            functions=self._functions,
        )
        checker.check_model(made)
        return made

    def _unique(self, kind: str) -> str:
        number = 1
        name = f"{kind}_{number}"
        while name in self._taken:
            number += 1
            name = f"{kind}_{number}"
        self._taken.add(name)
        return name


def _storable(array: "Array") -> "Array":
    if array.dtype.kind == "U":
        return array.astype(object)
    # A view of a larger array, or of another byte order, would not be stored as it is.
    return array if array.dtype.kind == "O" else array.copy(order="C")
