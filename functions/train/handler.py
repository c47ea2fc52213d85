"""The job runner. In a container: `python -m functions.train.handler JOB.yaml [--store URL]`, or `--resume RUN` in
place of the job; for a scheduler and the control plane: `handler` with an event `{"job": {…}}`, `{"resume": "RUN"}` or
`{"job": "path or URL of a YAML file"}`.

The process prints one JSON line on standard output and its progress on standard error. It ends with 0 if a version was
published, 2 if the command or the job is wrong, 5 if the candidate is refused, 6 if trying again may help, 130 if it
was interrupted, and 1 for any other failure. Where a run was begun its id is told, by which it can be resumed.
"""

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from modelet import log
from modelet.config import Settings
from modelet.errors import InvalidJob, ModeletError
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train import Outcome, Report, find_job, resume, run
from modelet.train.record import find_run

FAILED, WRONG_JOB, INTERRUPTED = 1, 2, 130
EXIT_STATUS = {422: 5, 503: 6}

Answer = dict[str, Any]


def handler(event: Any, context: Any) -> Answer:
    """Run the job that an event holds, or resume its run, and answer what came of it: of a ModeletError its `code`."""
    settings = Settings.from_env(os.environ)
    with log.invocation("train", str(getattr(context, "aws_request_id", "")), settings.log) as line:
        answer = _answer(event if isinstance(event, dict) else {}, settings, [])
        line["status"] = answer.get("status", 200)
        line.update({name: str(answer[name]) for name in ("model", "version", "code", "run") if name in answer})
    return answer


def main(arguments: Sequence[str]) -> int:
    """Run the job, or resume the run, that the command line names and answer the exit status."""
    parser = argparse.ArgumentParser(prog="python -m functions.train.handler", description="Run a training job.")
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("job", nargs="?", help="path or URL (s3://…, file:///…) of the job's YAML file")
    asked.add_argument("--resume", metavar="RUN", help="go on with a run that was interrupted or killed")
    parser.add_argument("--store", help="URL of the store to publish to; without it, MODELET_STORE")
    given = parser.parse_args(arguments)
    # A container's first process ignores a SIGTERM that it does not handle; AWS Batch ends jobs by it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs: list[str] = []  # none, or the one that was begun: what an interrupt leaves is no answer
    try:
        settings = Settings.from_env(os.environ)
        settings = settings._replace(store=given.store or settings.store)
        answer = _answer({"job": given.job, "resume": given.resume}, settings, runs, _teller())
    except ModeletError as error:
        answer = _failure(error)
    except KeyboardInterrupt:
        sys.stderr.write(f"Interrupted: resume it with --resume {runs[0]}\n" if runs else "Interrupted.\n")
        return INTERRUPTED
    sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    return _exit_status(answer)


def _exit_status(answer: Answer) -> int:
    if "code" not in answer:
        return 0
    return WRONG_JOB if answer["code"] == InvalidJob.code else EXIT_STATUS.get(answer["status"], FAILED)


def _answer(event: Mapping[str, Any], settings: Settings, runs: list[str], report: Report | None = None) -> Answer:
    try:
        store = open_store(settings.store)
        return _summary(_run(event, store, runs, report), settings.store)
    except ModeletError as error:
        return _failure(error) | ({"run": runs[0]} if runs else {})


def _run(event: Mapping[str, Any], store: Store, runs: list[str], report: Report | None) -> Outcome:
    job, resumed = event.get("job"), event.get("resume")
    if resumed is None:
        return run(store, find_job(job), report, runs.append)
    if job is not None or not isinstance(resumed, str) or not resumed:
        raise InvalidJob('Either a job must be given, or the id of a run: {"resume": "RUN"}; not both.')
    return resume(store, find_run(store, resumed), report, runs.append)


def _summary(outcome: Outcome, store: str) -> Answer:
    manifest = outcome.manifest
    return {
        "model": manifest.model,
        "version": manifest.version,
        "store": store,
        "run": outcome.run,
        "alias": outcome.alias,
        "shares": {str(version): share for version, share in outcome.shares.items()},
        "promoted": outcome.promoted,
        "artifact": manifest.artifact.dump(),
        "metrics": manifest.metrics,
        "parity": manifest.parity,
        "notes": list(outcome.notes),
    }


def _failure(error: ModeletError) -> Answer:
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
