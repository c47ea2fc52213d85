"""The child processes that meet a candidate first: `python -m modelet.publish.child STEP FOLDER`, under limits of
memory and time.

A step loads its libraries, waits for a line on standard input, reads `request.json` in FOLDER and leaves a report:
`prepare.json` with the canonical `model.onnx`, and its weights beside it where it is too large for one file,
`load.json`, then `derive.json` with the load-ready file `derived`. The
steps are processes of their own, so that what reading a file took is not counted as what serving it takes. They have no
credentials, so that a hostile model finds none.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Any

from modelet.errors import RefusedModel
from modelet.publish.memory import limit

PREPARE, LOAD, DERIVE = "prepare", "load", "derive"
CANONICAL = "model.onnx"
DERIVED = "derived"

Json = dict[str, Any]


def main(step: str, folder: Path) -> None:
    """Run one step under the limits of its request and write every report that it makes over the one before."""
    reports = _loaded(step)
    if not sys.stdin.readline():
        return  # whoever started this ended before there was anything to do
    request = json.loads((folder / "request.json").read_text())
    _limit(request)
    try:
        for report in reports(request, folder / CANONICAL):
            _write(folder / f"{step}.json", report)
    except RefusedModel as error:
        _write(folder / f"{step}.json", {"refused": error.message})


def _loaded(step: str) -> Callable[[Json, Path], Iterator[Json]]:
    # Each step loads only its own libraries, and before the limit: they are not the model's doing.
    if step == PREPARE:
        from modelet.publish import preparing

        return preparing.run
    if step == LOAD:
        from modelet.publish import loading

        return loading.run
    from modelet.publish import deriving

    return deriving.run


def _limit(request: Json) -> None:
    limit(request["memory_bytes"])
    seconds = ceil(request["seconds"])
    # The parent ends the child in time; this ends it where the parent was killed.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _write(path: Path, report: Json) -> None:
    being_written = path.with_suffix(".writing")
    being_written.write_text(json.dumps(report))
    being_written.replace(path)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
