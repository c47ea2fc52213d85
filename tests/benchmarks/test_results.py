"""The page shows what the results hold, and nothing fails on time."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import results
from benchmarks.__main__ import ALL
from benchmarks.rounds import Reach, compare

ROOT = Path(__file__).parents[2]
MACHINE = {
    "date": "2026-01-02 03:04 UTC", "commit": "abc", "processor": "P", "cores": 2, "memory_gb": 4, "kernel": "L",
    "python": "3", "onnxruntime": "1", "numpy": "2",
}  # fmt: skip


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_page_holds_the_table_of_the_results(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text((ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8"), encoding="utf-8")

    results.report(results.read(ALL), page)

    assert page.read_text(encoding="utf-8") == (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def test_a_result_is_kept_and_reported_with_its_machine_and_its_remark(tmp_path: Path) -> None:
    row = compare("case", "ms", Reach("at most", 0.5), {"ours": [1.0, 2.0], "theirs": [1.0, 2.0]}).as_json()
    page = tmp_path / "page.md"
    page.write_text(f"before\n{results.BEGIN}\nstale\n{results.END}\nafter\n", encoding="utf-8")

    results.write({"benchmark": "cold", "remark": "with a guest", "machine": MACHINE, "rows": [row]}, tmp_path)
    results.report(results.read(ALL, tmp_path), page)

    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| cold: case | 1.5 ms (1.25 to 1.75) | theirs: 1.5 ms (1.25 to 1.75) | 1 (1 to 1) |" in text
    assert "| at most 0.5 | not reached |" in text
    assert "with a guest" in text
    assert "stale" not in text


def test_results_are_json_on_standard_output_and_tables_on_standard_error() -> None:
    done = run("binary", "--json")

    (result,) = json.loads(done.stdout)
    assert done.returncode == 0
    assert result["benchmark"] == "binary"
    assert result["machine"]["cores"] > 0
    assert "binary: 4 MB" in done.stderr


def test_an_unknown_benchmark_is_refused_by_name() -> None:
    done = run("wram")

    assert done.returncode == 2
    assert "'wram'" in done.stderr
