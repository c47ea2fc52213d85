"""The child processes that meet a candidate first: `python -m modelet.publish.child STEP FOLDER`, under limits of
memory and time.

A step reads `request.json` in FOLDER and leaves a report: `prepare.json` with the canonical `model.onnx`, then
`load.json`. The steps are processes of their own, so that what reading a file took is not counted as what serving it
takes. They have no credentials, so that a hostile model finds none.
"""

import json
import resource
import sys
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

from modelet.errors import RefusedModel
from modelet.publish.memory import limit

PREPARE, LOAD = "prepare", "load"
CANONICAL = "model.onnx"


def main(step: str, folder: Path) -> None:
    """Run one step under the limits of its request and write every report that it makes over the one before."""
    request = json.loads((folder / "request.json").read_text())
    try:
        for report in _reports(step, request, folder / CANONICAL):
            _write(folder / f"{step}.json", report)
    except RefusedModel as error:
        _write(folder / f"{step}.json", {"refused": error.message})


def _reports(step: str, request: dict[str, Any], canonical: Path) -> Iterator[dict[str, Any]]:
    # Each step loads only its own libraries, and before the limit: they are not the model's doing.
    if step == PREPARE:
        from modelet.publish import preparing

        _limit(request)
        yield preparing.run(request, canonical)
    else:
        from modelet.publish import loading

        _limit(request)
        yield from loading.run(request, canonical)


def _limit(request: dict[str, Any]) -> None:
    limit(request["memory_bytes"])
    seconds = ceil(request["seconds"])
    # The parent ends the child in time; this ends it where the parent was killed.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _write(path: Path, report: dict[str, Any]) -> None:
    being_written = path.with_suffix(".writing")
    being_written.write_text(json.dumps(report))
    being_written.replace(path)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
