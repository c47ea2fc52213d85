"""`modelet train`: run a training job."""

from pathlib import Path
from typing import Annotated

import typer

from modelet.cli.options import AsJson, StoreUrl, opened
from modelet.cli.output import print_json, print_text, say, stages
from modelet.cli.words import flat


def run(
    path: Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job's description.")],
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Run a training job: train, evaluate, gate, export, verify, register, promote.

    It ends with a version, or with a refusal (exit status 5) and nothing published.

    Example: modelet train jobs/digits.yaml
    """
    from modelet.train import load_job
    from modelet.train import run as train

    job = load_job(path)
    with stages("Training", as_json) as report:
        outcome = train(opened(store), job, report)
    manifest = outcome.manifest
    for note in outcome.notes:
        say(f"Note: {note}")
    if as_json:
        print_json({**manifest.to_json(), "promoted": outcome.promoted})
        return
    print_text(f"{manifest.model} version {manifest.version}{', live' if outcome.promoted else ''}")
    for name, value in manifest.metrics.items():
        print_text(f"  {name:<24} {value:.6g}")
    for name, value in flat(manifest.parity):
        print_text(
            f"  {'parity.' + name:<24} {value:.3g}" if isinstance(value, float) else f"  parity.{name:<17} {value}"
        )
