"""What a job says of its data."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from modelet.train.data.bundled import BUNDLED
from modelet.train.schema import Bounds, Checked
from modelet.train.table import Kind

Format = Literal["csv", "parquet", "jsonlines", "json", "npz", "idx"]

MISSING = ("NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None")
"""What stands for a missing value, beside nothing at all, unless the job says otherwise."""


def check_source(source: str) -> None:
    """Raise ValueError, saying what there is, for a source that nothing reads."""
    scheme, mark, name = source.partition(":")
    if scheme == "sklearn":
        if name not in BUNDLED:
            raise ValueError(f"{name!r:.80} is no bundled set: use one of {', '.join(BUNDLED)}")
    elif mark and name.startswith("//") and scheme not in ("s3", "file"):
        raise ValueError(f"{source!r:.80} has no reader: use sklearn:…, a path, file:///… or s3://…")


def check_delimiter(delimiter: str) -> None:
    """Raise ValueError for what does not separate values."""
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError(f"{delimiter!r:.20} is not one character that separates values")


@dataclass(frozen=True, slots=True)
class Data:
    """Where the rows come from, and what their columns are.

    `source` is `sklearn:NAME`, or a path, a `file://` or an `s3://` URL of one object or of all below a prefix, in the
    order of their keys. `columns` are those to learn from (all but those that have another purpose, where they are not
    given), and `rename` has other names for them, which requests use. `max_rows` are drawn by the job's seed. What does
    not fit `memory_mb` is kept in temporary files. `labels` leads to the labels of IDX images; `rows` and `truth` are
    the arrays of an NPZ archive.
    """

    source: Annotated[str, Checked(check_source)]
    format: Format | None = None
    target: str | None = None
    columns: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    types: dict[str, Kind] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)
    group: str | None = None
    time: str | None = None
    max_rows: Annotated[int | None, Bounds(at_least=1)] = None
    deduplicate: bool = False
    missing_values: tuple[str, ...] = MISSING
    delimiter: Annotated[str, Checked(check_delimiter)] = ","
    labels: Annotated[str | None, Checked(check_source)] = None
    rows: str = "x"
    truth: str = "y"
    memory_mb: Annotated[int, Bounds(at_least=16)] = 2048
    leaks: Literal["refuse", "warn"] = "refuse"

    def __post_init__(self) -> None:
        """Refuse columns with two purposes."""
        learnt = self.columns or ()
        if self.columns == ():
            raise ValueError("columns must name at least one column")
        if self.target is not None and self.target in (*learnt, *self.drop, self.group):
            raise ValueError(f"{self.target!r} is the target, and can be nothing else")
        twice = sorted({*learnt} & {*self.drop}) or [name for name in learnt if learnt.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} stands twice in columns and drop")
        if self.types.get(self.target or "") == "text":
            raise ValueError(f"the target {self.target!r} can be a number or a category")

    @property
    def missing(self) -> tuple[str, ...]:
        """The texts that stand for a missing value."""
        return ("", *self.missing_values)

    def may_need(self, name: str) -> bool:
        """Whether a column may be of use, as far as its name tells."""
        purposes = (self.target, self.group, self.time)
        return name not in self.drop and (self.columns is None or name in (*self.columns, *purposes))
