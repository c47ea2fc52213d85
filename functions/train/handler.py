"""The job runner. In a container: `python -m functions.train.handler JOB.yaml [--store URL]`; for a scheduler and the
control plane: `handler` with an event `{"job": {…}}` or `{"job": "path or URL of a YAML file"}`.

The process prints one JSON line on standard output and its progress on standard error. It ends with 0 if a version was
published, 2 if the command or the job is wrong, 5 if the candidate is refused, 6 if trying again may help, 130 if it
was interrupted, and 1 for any other failure.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import orjson

from modelet import log
from modelet.config import Settings
from modelet.errors import InvalidJob, ModeletError
from modelet.store import open_store
from modelet.train import Outcome, Report, find_job, run

FAILED, WRONG_JOB, INTERRUPTED = 1, 2, 130
EXIT_STATUS = {422: 5, 503: 6}


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Run the job that an event holds and answer what became of it; a ModeletError is answered, with its `code`."""
    settings = Settings.from_env(os.environ)
    with log.invocation("train", str(getattr(context, "aws_request_id", "")), settings.log) as line:
        answer = _answer(event.get("job") if isinstance(event, dict) else None, settings)
        line["status"] = answer.get("status", 200)
        line.update({name: str(answer[name]) for name in ("model", "version", "code") if name in answer})
    return answer


def main(arguments: Sequence[str]) -> int:
    """Run the job that the command line names and answer the exit status."""
    parser = argparse.ArgumentParser(prog="python -m functions.train.handler", description="Run a training job.")
    parser.add_argument("job", help="path or URL (s3://…, file:///…) of the job's YAML file")
    parser.add_argument("--store", help="URL of the store to publish to; without it, MODELET_STORE")
    given = parser.parse_args(arguments)
    # A container's first process ignores a SIGTERM that it does not handle; AWS Batch ends jobs by it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = Settings.from_env(os.environ)
        answer = _answer(given.job, settings._replace(store=given.store or settings.store), _teller())
    except ModeletError as error:
        answer = _failure(error)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    return _exit_status(answer)


def _exit_status(answer: dict[str, Any]) -> int:
    if "code" not in answer:
        return 0
    return WRONG_JOB if answer["code"] == InvalidJob.code else EXIT_STATUS.get(answer["status"], FAILED)


def _answer(described: object, settings: Settings, report: Report | None = None) -> dict[str, Any]:
    try:
        return _summary(run(open_store(settings.store), find_job(described), report), settings.store)
    except ModeletError as error:
        return _failure(error)


def _summary(outcome: Outcome, store: str) -> dict[str, Any]:
    manifest = outcome.manifest
    return {
        "model": manifest.model,
        "version": manifest.version,
        "store": store,
        "promoted": outcome.promoted,
        "artifact": manifest.artifact.dump(),
        "metrics": manifest.metrics,
        "parity": manifest.parity,
        "notes": list(outcome.notes),
    }


def _failure(error: ModeletError) -> dict[str, Any]:
    return {"error": error.message, "code": error.code, "status": error.status}


def _teller() -> Report:
    # A line for each stage and for each tenth of it, which a log can hold.
    last = ("", 0)

    def tell(stage: str, fraction: float | None) -> None:
        nonlocal last
        reached = (stage, int((fraction or 0) * 10))
        if reached != last and reached[1] < 10:
            sys.stderr.write(f"{stage} …{f' {reached[1]}0 %' if reached[1] else ''}\n")
        last = reached

    return tell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
