"""What was measured, one file for each benchmark, and the page that shows it."""

import json
from pathlib import Path
from typing import Any

from benchmarks import table

FOLDER = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results -->", "<!-- /results -->"

Result = dict[str, Any]


def write(result: Result, folder: Path = FOLDER) -> None:
    """Keep what a benchmark measured, in place of what it measured before."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (folder / f"{result['benchmark']}.json").write_text(text + "\n", encoding="utf-8")


def read(names: list[str], folder: Path = FOLDER) -> list[Result]:
    """What the named benchmarks measured, where they have."""
    files = [folder / f"{name}.json" for name in names]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]


def report(results: list[Result], page: Path = PAGE) -> None:
    """Write the table of the page anew, between its marks."""
    text = page.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    page.write_text(f"{before}\n{_tables(results)}\n{after}", encoding="utf-8")


def _tables(results: list[Result]) -> str:
    lines = ["| " + " | ".join(table.HEADINGS) + " |", "| " + " | ".join(["---"] * len(table.HEADINGS)) + " |"]
    for result in results:
        lines += table.markdown(result["benchmark"], result["rows"])
    machines: dict[str, list[str]] = {}
    for result in results:
        machines.setdefault(_machine(result), []).append(result["benchmark"])
    lines += ["", "Measured besides:", ""]
    for result in results:
        lines += table.notes(result["benchmark"], result["rows"])
    lines += [""] + [f"- {', '.join(names)}: {machine}" for machine, names in machines.items()]
    return "\n".join(lines)


def _machine(result: Result) -> str:
    on = result["machine"]
    known = f"{on['date']}, commit {on['commit']}; {on['processor']}, {on['cores']} cores, {on['memory_gb']} GB; "
    versions = f"{on['kernel']}, Python {on['python']}, onnxruntime {on['onnxruntime']}, numpy {on['numpy']}"
    return known + versions + (f"; **{result['remark']}**" if result["remark"] else "")
