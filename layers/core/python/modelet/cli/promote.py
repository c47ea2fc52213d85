"""`modelet promote`: lead an alias to a version, or share its traffic between several."""

from typing import Annotated

import typer

from modelet.cli.options import Alias, AsJson, StoreUrl, opened
from modelet.cli.words import print_alias
from modelet.errors import InvalidRequest
from modelet.registry.changing import promote, split
from modelet.registry.names import LIVE, check_model, parse_ref


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", callback=check_model)],
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]", help="The version's number.")] = None,
    weights: Annotated[
        str | None, typer.Option("--split", metavar="V=SHARE,…", help="Share the traffic instead, as 1=90,2=10.")
    ] = None,
    alias: Alias = LIVE,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Lead an alias (live) to a version, or share its traffic between versions by weight.

    Examples: modelet promote churn 2; modelet promote churn --split 1=90,2=10
    """
    if (version is None) == (weights is None):
        raise InvalidRequest(f"Name a version, as `modelet promote {model} 2`, or a --split, as 1=90,2=10.")
    target = opened(store)
    if version is not None:
        aliases = promote(target, model, _number(version), alias)
    else:
        aliases = split(target, model, _weights(weights or ""), alias)
    print_alias(model, alias, aliases, as_json)


def _number(text: str) -> int:
    parsed = parse_ref(text)
    if not isinstance(parsed, int):
        raise InvalidRequest(f"{text!r} is not a version number.")
    return parsed


def _weights(text: str) -> dict[int, float]:
    weights: dict[int, float] = {}
    for part in text.split(","):
        version, equals, share = (piece.strip() for piece in part.partition("="))
        try:
            weight = float(share)
        except ValueError:
            weight = -1.0
        if not equals or not weight >= 0:
            raise InvalidRequest(f"--split takes VERSION=SHARE pairs such as 1=90,2=10, not {part!r}.")
        if _number(version) in weights:
            raise InvalidRequest(f"--split names version {version} twice.")
        weights[_number(version)] = weight
    return weights
