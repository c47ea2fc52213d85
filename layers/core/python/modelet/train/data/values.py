"""The values of columns as pyarrow holds them ⇄ as a table holds them: numbers with NaN, or texts with ""."""

from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Column = Any
"""A pyarrow.Array."""

NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|^[-+]?(?i:inf|infinity)$"
PROBED = 64
FLAGS = ("true", "false")


def plain_type(column: Column, name: str, origin: str) -> Column:
    """A column as booleans, integers, floats, texts or nothing at all; moments become texts, ISO 8601. Raises
    InvalidJob for one that holds several values in a row.
    """
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        return plain_type(column.dictionary_decode(), name, origin)
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_null(kind):
        return column
    if types.is_string(kind):
        return column
    if types.is_decimal(kind):
        return column.cast(pa.float64())
    if types.is_temporal(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_binary(kind):
        return column.cast(pa.string())
    raise InvalidJob(f"Column {name!r} of {origin} holds {kind}, where one value a row is expected: drop it.")


def is_text(column: Column) -> bool:
    """Whether a column of `plain_type` holds texts."""
    import pyarrow as pa

    return bool(pa.types.is_string(column.type))


def known(column: Column, missing: tuple[str, ...]) -> tuple[Column, Column]:
    """Texts without the space around them, null where they stand for a missing value; and where that is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(column)
    absent = pc.is_in(trimmed, value_set=pa.array([*missing, None], pa.string()))
    return pc.if_else(absent, pa.scalar(None, pa.string()), trimmed), absent


def parsed(column: Column) -> Column | None:
    """Trimmed texts as whole numbers or else numbers; None where one of them is neither."""
    import pyarrow as pa

    for kind in (pa.int64(), pa.float64()):
        try:
            column.slice(0, PROBED).cast(kind)  # a cast goes on after its first failure, slowly
            return column.cast(kind)
        except pa.ArrowInvalid:
            continue
    return None


def are_flags(column: Column) -> bool:
    """Whether trimmed texts are true or false, all of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    some = column.slice(0, 1000).drop_null()
    if not set(pc.utf8_lower(some).unique().to_pylist()) <= set(FLAGS):
        return False
    flags = pc.is_in(pc.utf8_lower(column), value_set=pa.array([*FLAGS, None], pa.string()))
    return bool(pc.all(flags).as_py())


def read_numbers(column: Column, missing: tuple[str, ...]) -> Column | None:
    """A column as flags, whole numbers or numbers, null for missing values; None where a text in it is no number."""
    import pyarrow.compute as pc

    if not is_text(column):
        return column
    texts, _ = known(column, missing)
    return pc.equal(pc.utf8_lower(texts), "true") if are_flags(texts) else parsed(texts)


def numbers_of(column: Column, missing: tuple[str, ...]) -> "Array | None":
    """A column as FP64 with NaN for missing values; None where a text in it is no number."""
    found = read_numbers(column, missing)
    return None if found is None else as_fp64(found)


def as_fp64(column: Column) -> "Array":
    """What `read_numbers` gave, as FP64 with NaN for missing values."""
    import pyarrow as pa

    numbers: Array = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers


def texts_of(column: Column, missing: tuple[str, ...]) -> "Array":
    """A column as objects of str with "" for missing values; equal ones are one object. Numbers are written out."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not is_text(column):
        column = column.cast(pa.string())
    _, absent = known(column, missing)
    column = pc.if_else(absent, "", column).dictionary_encode()
    values = np.array([*column.dictionary.to_pylist(), None], object)[:-1]
    held: Array = values[column.indices.to_numpy()]
    return held


def first_odd(column: Column, missing: tuple[str, ...]) -> tuple[int, str, int] | None:
    """Of texts, the position and the value of the first that is no number, and how many there are; None for none."""
    import numpy as np
    import pyarrow.compute as pc

    texts, _ = known(column, missing)
    odd = pc.invert(pc.fill_null(pc.match_substring_regex(texts, NUMBER), True)).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(odd)
    return (int(at[0]), str(texts[int(at[0])].as_py()), len(at)) if len(at) else None
