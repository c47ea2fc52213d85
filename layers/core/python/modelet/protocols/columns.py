"""Rows of a table by the names of its columns, where the model takes them as one tensor."""

from collections.abc import Mapping
from typing import Any

from modelet.errors import InvalidInput
from modelet.manifest import Manifest
from modelet.manifest.columns import is_matrix
from modelet.protocols.invocations.instances import Inputs, from_named
from modelet.tensors.nested import JsonTensor


def by_columns(held: Mapping[str, Any], manifest: Manifest, refused: InvalidInput) -> Inputs:
    """The inputs of one row, a value for each column, or of several, a list for each; raises InvalidInput: `refused`
    where no column is named.
    """
    names = [column.name for column in manifest.columns]
    if not is_matrix(manifest.signature) or held.keys().isdisjoint(names):
        raise refused
    if any(isinstance(value, list) or hasattr(value, "shape") for value in held.values()):
        return from_named(held, manifest)
    (name, rows), *_ = from_named({name: [value] for name, value in held.items()}, manifest).items()
    assert isinstance(rows, JsonTensor)
    assert isinstance(rows.data, list)
    return {name: JsonTensor(rows.data[0])}
