"""`modelet rollback`: lead an alias back to where it led before its last change."""

from typing import Annotated

import typer

from modelet.cli.options import Alias, AsJson, StoreUrl, opened
from modelet.cli.words import print_alias
from modelet.registry.changing import rollback
from modelet.registry.names import LIVE, check_model


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", callback=check_model)],
    alias: Alias = LIVE,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Lead an alias (live) back to where it led before its last change: one atomic write.

    Example: modelet rollback churn
    """
    print_alias(model, alias, rollback(opened(store), model, alias), as_json)
