"""`modelet shadow`: let a version get a copy of an alias's requests, without answering any."""

from typing import Annotated

import typer

from modelet.cli.options import Alias, AsJson, StoreUrl, opened
from modelet.cli.words import print_alias
from modelet.errors import InvalidRequest
from modelet.registry.changing import shadow
from modelet.registry.names import LIVE, check_model, parse_ref


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", callback=check_model)],
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]", help="The version's number.")] = None,
    off: Annotated[bool, typer.Option("--off", help="End it.")] = False,
    share: Annotated[
        float, typer.Option("--share", metavar="SHARE", help="Of the requests, more than 0 and at most 1.")
    ] = 1.0,
    alias: Alias = LIVE,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let a version get a copy of an alias's (live) requests: it answers none, but is compared with what does. The
    infer function's log says how far they are apart.

    Examples: modelet shadow churn 3; modelet shadow churn 3 --share 0.1; modelet shadow churn --off
    """
    number = None if version is None else parse_ref(version)
    if (number is None) != off:
        raise InvalidRequest(f"Name a version, as `modelet shadow {model} 3`, or --off.")
    if isinstance(number, str):
        raise InvalidRequest(f"{number!r} is not a version number.")
    print_alias(model, alias, shadow(opened(store), model, number, alias, share), as_json)
