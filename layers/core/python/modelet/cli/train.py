"""`modelet train`: run a training job."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelet.cli.interrupts import resumable
from modelet.cli.options import AsJson, StoreUrl, opened
from modelet.cli.output import print_json, print_text, say, stages
from modelet.cli.schema import show_schema
from modelet.cli.words import flat
from modelet.errors import InvalidRequest
from modelet.registry.names import LIVE

if TYPE_CHECKING:
    from modelet.train import Outcome


def run(
    path: Annotated[Path | None, typer.Argument(metavar="JOB.yaml", help="The job's description.")] = None,
    resumed: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with a run that was interrupted or killed.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Only read the data, and show what they hold and what they leak.")
    ] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Run a training job: train, evaluate, gate, export, verify, register, promote.

    It ends with a version, or with a refusal (exit status 5) and nothing published. Either way the run has a record:
    `modelet runs`.

    Example: modelet train jobs/digits.yaml
    """
    from modelet.train import load_job, resume
    from modelet.train import run as train
    from modelet.train.record import find_run

    if (path is None) == (resumed is None):
        raise InvalidRequest("Name a job's file, or a run to --resume; not both.")
    job = load_job(path) if path else None
    if schema:
        show_schema(job, as_json)
        return
    held = opened(store)
    begun: list[str] = []
    with resumable(begun), stages("Training", as_json) as report:
        if job:
            outcome = train(held, job, report, begun.append)
        else:
            outcome = resume(held, find_run(held, str(resumed)), report, begun.append)
    _show(outcome, as_json)


def _show(outcome: "Outcome", as_json: bool) -> None:
    manifest = outcome.manifest
    for note in outcome.notes:
        say(f"Note: {note}")
    if as_json:
        shares = {str(version): share for version, share in outcome.shares.items()}
        led = {"alias": outcome.alias, "shares": shares, "promoted": outcome.promoted}
        print_json({**manifest.to_json(), "run": outcome.run, **led})
        return
    print_text(", ".join([f"{manifest.model} version {manifest.version}", *_led(outcome)]))
    for name, value in manifest.metrics.items():
        print_text(f"  {name:<24} {value:.6g}")
    for name, value in flat(manifest.parity):
        print_text(
            f"  {'parity.' + name:<24} {value:.3g}" if isinstance(value, float) else f"  parity.{name:<17} {value}"
        )
    print_text(f"  {'run':<24} {outcome.run}")


def _led(outcome: "Outcome") -> Iterator[str]:
    if outcome.promoted:
        yield LIVE
    share = outcome.shares.get(outcome.manifest.version, 0.0)
    if outcome.alias != LIVE and share == 1:
        yield outcome.alias
    if 0 < share < 1:
        yield f"{100 * share:.3g} % of {outcome.alias}"
