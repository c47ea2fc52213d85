"""The signature of a model: names, datatypes and shapes of its inputs and outputs; and the columns of its rows."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from modelet.manifest.fields import Fields
from modelet.tensors.datatypes import DATATYPES


class TensorSpec(NamedTuple):
    """One input or output. A dimension of -1 is variable; a shape of None means that even the rank is unknown."""

    name: str
    datatype: str
    shape: tuple[int, ...] | None
    rest: Mapping[str, Any] = {}

    def __hash__(self) -> int:
        """What other code versions wrote is compared, but cannot be hashed."""
        return hash(self[:-1])

    def mismatch(self, shape: tuple[int, ...]) -> str | None:
        """Say in words how an actual shape breaks this one, or None where it fits."""
        if self.shape is None:
            return None
        expected = list(self.shape)
        if len(shape) != len(expected):
            return f"must have {len(expected)} dimensions {expected}, but has {len(shape)} {list(shape)}"
        for index, (want, have) in enumerate(zip(expected, shape, strict=True)):
            if want not in (-1, have):
                detail = f"shape {list(shape)}, expected {expected}"
                return f"must have {want} elements in dimension {index}, but has {have} ({detail})"
        return None

    @classmethod
    def read(cls, fields: Fields) -> "TensorSpec":
        """Read one spec; raises CorruptObject."""
        name, datatype, shape = fields.take("name", str), fields.take("datatype", str), fields.maybe("shape", list)
        _check_datatype(fields, datatype)
        if shape is not None and not all(type(size) is int and size >= -1 for size in shape):
            raise fields.wrong("shape", f"must be whole numbers of at least -1, but is {shape!r:.80}")
        return cls(name, datatype, None if shape is None else tuple(shape), fields.rest)

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        shape = None if self.shape is None else list(self.shape)
        return {"name": self.name, "datatype": self.datatype, "shape": shape, **self.rest}


class Column(NamedTuple):
    """One value of a row: what callers who send tables name it, and its datatype."""

    name: str
    datatype: str
    rest: Mapping[str, Any] = {}

    def __hash__(self) -> int:
        """What other code versions wrote is compared, but cannot be hashed."""
        return hash(self[:-1])

    @classmethod
    def read(cls, fields: Fields) -> "Column":
        """Read one column; raises CorruptObject."""
        name, datatype = fields.take("name", str), fields.take("datatype", str)
        _check_datatype(fields, datatype)
        return cls(name, datatype, fields.rest)

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        return {"name": self.name, "datatype": self.datatype, **self.rest}


class Signature(NamedTuple):
    """All inputs and outputs, in the model's order. `batched` says that the first dimension of every input and output
    is one batch.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    batched: bool = False
    rest: Mapping[str, Any] = {}

    def __hash__(self) -> int:
        """What other code versions wrote is compared, but cannot be hashed."""
        return hash(self[:-1])

    @classmethod
    def read(cls, fields: Fields) -> "Signature":
        """Read a signature; raises CorruptObject."""
        inputs = tuple(TensorSpec.read(item) for item in fields.each("inputs"))
        outputs = tuple(TensorSpec.read(item) for item in fields.each("outputs"))
        return cls(inputs, outputs, fields.take("batched", bool), fields.rest)

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "inputs": [spec.dump() for spec in self.inputs],
            "outputs": [spec.dump() for spec in self.outputs],
            "batched": self.batched,
            **self.rest,
        }


def _check_datatype(fields: Fields, datatype: str) -> None:
    if datatype not in DATATYPES:
        raise fields.wrong("datatype", f"must be one of {', '.join(DATATYPES)}, but is {datatype!r}")
