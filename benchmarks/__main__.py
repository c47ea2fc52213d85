"""`python -m benchmarks [NAME …]` measures the core set, or what is named; `… report` writes docs/benchmarks.md."""

import argparse
import json
import sys
from collections.abc import Iterator
from importlib import import_module

from benchmarks import machine, results, table
from benchmarks.stage import staged

CORE = ["cold", "load", "session", "warm", "binary", "service"]
ALL = [*CORE, "training", "peers"]


def main() -> None:
    """Measure and say what was measured, or write the page. Nothing fails on time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(ALL)}, or report; all but training and peers if none"
    )
    parser.add_argument("--peers", action="store_true", help="also other servers, from environments of their own")
    parser.add_argument("--json", action="store_true", help="print the results and keep none")
    parser.add_argument("--remark", default="", help="what a reader of the figures has to know")
    arguments = parser.parse_args()
    names = arguments.names or CORE
    names = names + ["peers"] * (arguments.peers and "peers" not in names)
    if names == ["report"]:
        results.report(results.read(ALL))
        return
    unknown = [name for name in names if name not in ALL]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(ALL)}")
    if arguments.json:
        json.dump(list(measure(names, arguments.remark)), sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    for result in measure(names, arguments.remark):
        results.write(result)
        results.report(results.read(ALL))


def measure(names: list[str], remark: str) -> Iterator[results.Result]:
    """Run some benchmarks in order; the table of each appears as soon as it is measured."""
    on = machine.describe()
    with staged() as stage:
        for name in names:
            rows = [row.as_json() for row in import_module(f"benchmarks.{name}").run(stage)]
            table.show(name, rows)
            yield {"benchmark": name, "remark": remark, "machine": on, "rows": rows}


if __name__ == "__main__":
    main()
