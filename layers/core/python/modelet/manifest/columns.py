"""Which models take tables, and what the columns of those are: for pushing, and for protocols that send rows."""

from collections.abc import Sequence

from modelet.errors import InvalidRequest
from modelet.manifest.document import Manifest
from modelet.manifest.signature import Column, Signature, TensorSpec

LONGEST_NAME = 200
"""In characters: the manifest is read on every cold start."""


def is_matrix(signature: Signature) -> bool:
    """Whether the model takes a table as its only input: of shape [rows, columns]."""
    return len(signature.inputs) == 1 and len(signature.inputs[0].shape or ()) == 2


def is_split(signature: Signature) -> bool:
    """Whether the model takes each column of a table as an input of its own: of shape [rows] or [rows, 1]."""
    return bool(signature.inputs) and all(_is_column(spec) for spec in signature.inputs)


def known_columns(manifest: Manifest) -> tuple[Column, ...]:
    """The columns that a version names, else those that its inputs do; empty where nobody has named them."""
    if not manifest.columns and is_split(manifest.signature):
        return tuple(Column(spec.name, spec.datatype) for spec in manifest.signature.inputs)
    return manifest.columns


def named_columns(signature: Signature, names: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a model's rows, with these names; raises InvalidRequest for names that cannot be, and for a model
    that takes no tables.
    """
    datatypes = _datatypes(signature, len(names))
    if len(datatypes) != len(names):
        raise InvalidRequest(f"The model takes {len(datatypes)} columns, but {len(names)} are named.")
    for number, name in enumerate(names):
        if not 0 < len(name) <= LONGEST_NAME:
            raise InvalidRequest(f"The name of a column has 1 to {LONGEST_NAME} characters, unlike {name!r:.80}.")
        if name in names[:number]:
            raise InvalidRequest(f"The column {name!r} is named twice.")
    return tuple(map(Column, names, datatypes))


def split_names(line: str) -> tuple[str, ...]:
    """The names in a line of CSV, so that a name in quotes may hold a comma; raises InvalidRequest."""
    import csv  # nobody asks for this while predicting

    try:
        (names,) = csv.reader([line], strict=True)
    except (csv.Error, ValueError):
        raise InvalidRequest(f"The columns must be names with commas between them, unlike {line!r:.200}.") from None
    return tuple(names)


def _datatypes(signature: Signature, count: int) -> list[str]:
    if is_split(signature):
        return [spec.datatype for spec in signature.inputs]
    if not is_matrix(signature):
        found = ", ".join(f"{spec.name!r} {_shown(spec)}" for spec in signature.inputs)
        raise InvalidRequest(
            "Columns name the values of a row: of one input of shape [rows, columns], or of inputs of shape [rows] or "
            f"[rows, 1]. The model has {found}."
        )
    (spec,) = signature.inputs
    width = (spec.shape or ())[1]
    return [spec.datatype] * (count if width < 0 else width)


def _is_column(spec: TensorSpec) -> bool:
    shape = spec.shape or ()
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _shown(spec: TensorSpec) -> str:
    return "of any shape" if spec.shape is None else str(list(spec.shape))
