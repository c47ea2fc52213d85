"""`modelet runs`: what training runs there were, and what became of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelet.cli.options import AsJson, StoreUrl, opened
from modelet.cli.output import print_json, print_table, print_text, say, stages
from modelet.cli.words import flat
from modelet.errors import NotFound

if TYPE_CHECKING:
    from modelet.jobs.record import Job
    from modelet.store.base import Store

app = typer.Typer(help="Training runs: their records, candidates and reports.", invoke_without_command=True)

SHOWN = 16
"""Characters of an id that tell runs apart."""

Run = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, or its beginning.")]


@app.callback()
def runs(
    context: typer.Context,
    model: Annotated[str | None, typer.Option("--model", help="Only runs of this model.")] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the newest runs, newest first.

    Example: modelet runs --model digits
    """
    if context.invoked_subcommand is not None:
        return
    from modelet.train.record import list_runs

    found = list_runs(opened(store), model)
    if as_json:
        print_json([_described(run) for run in found])
        return
    if not found:
        say("There are no runs in this store: modelet train JOB.yaml makes one.")
        return
    rows = [[run.id[:SHOWN], run.request["model"], _state(run), run.updated, _outcome(run)] for run in found]
    print_table(["RUN", "MODEL", "STATE", "UPDATED", "OUTCOME"], rows)


@app.command()
def show(
    run: Run,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the run's report, an HTML page, to a file.")
    ] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a run: its state, its job, and what is known of its candidate, refused or published.

    Example: modelet runs show 0190b5c2d1f4… --report report.html
    """
    from modelet.train.candidate import describe_candidate
    from modelet.train.record import find_run, read_run

    held = opened(store)
    run = find_run(held, run)
    record = read_run(held, run)
    candidate = describe_candidate(held, run)
    if report:
        _write_report(held, run, report)
    if as_json:
        print_json({**_described(record), "candidate": candidate})
        return
    print_text(f"{record.request['model']}: run {record.id} {_state(record)}, {_outcome(record) or 'no outcome yet'}")
    for name in ("created", "updated", "attempts"):
        print_text(f"  {name:<32} {getattr(record, name)}")
    for name, value in flat({"job": record.request["job"]}):
        print_text(f"  {name:<32} {value}")
    for name, value in flat({"metrics": candidate["described"]["metrics"]} if candidate else {}):
        print_text(f"  {name:<32} {value:.6g}")
    if record.error:
        say(record.error.message)


@app.command()
def repeat(run: Run, store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Train again what a run has trained, from its record alone, and compare; nothing is published.

    The exit status is 1 where the model or a metric came out otherwise, as after a change of the data or of a library.

    Example: modelet runs repeat 0190b5c2d1f4…
    """
    from modelet.train.record import find_run
    from modelet.train.repeating import repeat as again

    held = opened(store)
    with stages("Training", as_json) as report:
        repeated = again(held, find_run(held, run), report)
    if as_json:
        print_json(repeated.to_json())
    else:
        for name, (before, now) in repeated.metrics.items():
            print_text(f"  {name:<32} {before:<12.6g} {now:.6g}")
        print_text(f"The {'same' if repeated.same_artifact else 'other'} bytes, {repeated.in_words()}.")
    if not repeated.is_same:
        raise typer.Exit(1)


def _write_report(store: "Store", run: str, path: Path) -> None:
    from modelet.train.candidate import read_part

    data = read_part(store, run, "report")
    if data is None:
        raise NotFound(f"Run {run} has no report: it has not come so far.")
    path.write_bytes(data)
    say(f"Wrote {path}")


def _described(run: "Job") -> dict[str, Any]:
    held = run.to_json()
    return {name: value for name, value in held.items() if name not in ("claim", "expires")}


def _state(run: "Job") -> str:
    from modelet.train.record import state_of

    progress = run.progress or {}
    if run.state != "running" or "stage" not in progress:
        return state_of(run)
    fraction = progress.get("fraction")
    return f"running: {progress['stage']}" + (f" {fraction:.0%}" if fraction is not None else "")


def _outcome(run: "Job") -> str:
    if run.result:
        return f"version {run.result['version']}"
    return run.error.code if run.error else ""
