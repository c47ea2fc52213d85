"""Options and arguments that verbs share, and what they name."""

import os
from pathlib import Path
from typing import Annotated

import typer

from modelet.config import Settings
from modelet.errors import InvalidRequest
from modelet.registry.names import LIVE, check_alias, check_model, parse_ref
from modelet.store import open_store
from modelet.store.base import Store

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="MODELET_STORE",
        help="s3://bucket/prefix or a folder.",
        show_default=".modelet/store here",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Named = Annotated[str, typer.Argument(metavar="MODEL[@VERSION]", help="A model, and a version number or alias.")]
Alias = Annotated[str, typer.Option("--alias", help="The alias to change.", callback=check_alias)]


def settings(store: str | None) -> Settings:
    """The settings of the environment, with the store that the user chose."""
    named = store or os.environ.get("MODELET_STORE")
    return Settings.from_env({**os.environ, "MODELET_STORE": store_url(named)} if named else os.environ)


def store_url(named: str) -> str:
    """The URL of a store; a plain path is a folder."""
    return named if "://" in named else Path(named).absolute().as_uri()


def opened(store: str | None) -> Store:
    """The store that the user chose; raises InvalidSetting."""
    return open_store(settings(store).store)


def split_name(named: str) -> tuple[str, str]:
    """Read `model@reference`; without a reference it is `live`. Raises InvalidName."""
    model, at, ref = named.partition("@")
    check_model(model)
    if at:
        parse_ref(ref)
    return model, ref or LIVE


def numbered(named: str) -> tuple[str, int]:
    """Read `model@number`: what changes a version must say which. Raises InvalidName or InvalidRequest."""
    model, ref = split_name(named)
    parsed = parse_ref(ref)
    if not isinstance(parsed, int):
        raise InvalidRequest(f"Name the version by its number, as {model}@3.")
    return model, parsed
