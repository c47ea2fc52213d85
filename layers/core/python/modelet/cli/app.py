"""The verbs, put together."""

from typing import Annotated

import typer

from modelet import __version__
from modelet.cli import copy, demo, derive, gc, models, predict, promote, pull, push, rollback, runs, shadow, train, up

EPILOG = (
    "The store is --store, or MODELET_STORE, or the folder .modelet/store here. Exit status: 0 done, 1 failed, "
    "2 wrong usage or input, 3 not found, 4 conflict, 5 model refused, 6 store unavailable, 130 interrupted."
)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, epilog=EPILOG, rich_markup_mode="markdown")
for verb in (push, promote, rollback, shadow, pull, copy, derive, predict, train, gc, up, demo):
    app.command(no_args_is_help=verb in (push, promote, rollback, shadow, pull, copy, derive, predict, train))(verb.run)
    app.registered_commands[-1].name = verb.__name__.rsplit(".", 1)[-1]
app.add_typer(models.app, name="models")
app.add_typer(runs.app, name="runs")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"modelet {__version__}")
        raise typer.Exit


@app.callback()
def modelet(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which one.")
    ] = False,
) -> None:
    """Serve machine-learning models as serverless functions."""
