"""Rows as a person reads them: in a terminal, and in docs/benchmarks.md."""

from typing import Any

from rich.console import Console
from rich.table import Table

HEADINGS = ("benchmark", "Modelet", "against", "ratio", "reach", "")

Row = dict[str, Any]


def cells(benchmark: str, row: Row) -> tuple[str, ...]:
    """What a row, as the results hold it, says under the headings."""
    reach = f"{row['reach']['bound']} {row['reach']['ratio']:.4g}" if row["reach"] else ""
    name = f"{benchmark}: {row['case']}"
    if row["ratio"] is None:
        return name, "", "", "", reach, row["note"]
    ratio = f"{row['ratio']:.3g} ({row['ratio_low']:.3g} to {row['ratio_high']:.3g})"
    ours, theirs = (_figure(row[side], row["unit"]) for side in ("ours", "theirs"))
    return (
        name,
        ours,
        f"{row['theirs']['name']}: {theirs}",
        ratio,
        reach,
        {True: "reached", False: "not reached", None: ""}[row["reached"]],
    )


def show(benchmark: str, rows: list[Row]) -> None:
    """Print the rows of a benchmark to standard error."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*cells(benchmark, row))
    console = Console(stderr=True, highlight=False)
    console.print(table, width=None if console.is_terminal else 160)
    for note in dict.fromkeys(row["note"] for row in rows if row["ratio"] is not None and row["note"]):
        console.print(f"  {note}", markup=False)


def notes(benchmark: str, rows: list[Row]) -> list[str]:
    """What was measured besides, as lines of a Markdown list."""
    told = {row["note"]: row["case"] for row in reversed(rows) if row["ratio"] is not None and row["note"]}
    return [f"- {benchmark}: {case}: {note}." for note, case in reversed(told.items())]


def markdown(benchmark: str, rows: list[Row]) -> list[str]:
    """The rows of a benchmark as lines of a Markdown table."""
    return ["| " + " | ".join(cells(benchmark, row)) + " |" for row in rows]


def _figure(figure: dict[str, Any], unit: str) -> str:
    middle, low, high = (_number(figure[key]) for key in ("median", "low", "high"))
    return f"{middle} {unit}" if low == middle == high else f"{middle} {unit} ({low} to {high})"


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
