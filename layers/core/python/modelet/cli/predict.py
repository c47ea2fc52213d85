"""`modelet predict`: ask a model, in this process straight from the store, or a service over HTTP."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from modelet.cli.asking import Asked, Caller, ask
from modelet.cli.options import AsJson, Named, StoreUrl, settings, split_name
from modelet.cli.output import print_json, waiting
from modelet.errors import InvalidRequest


def run(
    named: Named,
    data: Annotated[str, typer.Argument(metavar="JSON|@FILE|-", help="Inputs by name; - reads standard input.")],
    url: Annotated[str | None, typer.Option("--url", help="Ask the service there instead of the store.")] = None,
    token: Annotated[
        str | None, typer.Option("--token", envvar="MODELET_TOKEN", help="Bearer token for the service.")
    ] = None,
    iam: Annotated[bool, typer.Option("--iam", help="Sign what the service is asked as your AWS identity.")] = False,
    non_finite: Annotated[
        str | None, typer.Option(metavar="null|string|error", help="What stands for NaN and Infinity.")
    ] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask a model: the keys are its inputs' names, those of the answer its outputs'.

    A service is asked in JSON; what is too large for that is sent as binary tensors, or uploaded first.

    Example: modelet predict churn '{"x": [[0.1, 0.2]]}'
    """
    if iam and not url:
        raise InvalidRequest("--iam signs what a service is asked: name it with --url.")
    asked = Asked(*split_name(named), _read(data), _policy(non_finite))
    with waiting(f"Asking {asked.model}", as_json):
        answer = ask(url, Caller(token, iam), asked) if url else _here(store, asked)
    print_json(answer if as_json else answer["outputs"])


def _read(data: str) -> bytes:
    if data == "-":
        return sys.stdin.buffer.read() if sys.stdin else b""
    return Path(data[1:]).read_bytes() if data.startswith("@") else data.encode()


def _policy(non_finite: str | None) -> str | None:
    if non_finite is None:
        return None
    from modelet.tensors.nonfinite import check_policy

    return check_policy(non_finite)


def _here(store: str | None, asked: Asked) -> dict[str, Any]:
    from modelet.messages import HttpRequest
    from modelet.predict import Models
    from modelet.protocols import simple
    from modelet.protocols.body import parse_object

    # What it logs would stand in the answer, and nobody waits here for what it does beside it.
    models = Models.open(settings(store)._replace(log=False))
    if asked.non_finite is not None:
        models = models.telling(asked.non_finite)
    inputs = parse_object(HttpRequest("POST", "/predict", body=asked.body))
    answer = models.predict(simple.decode(asked.model, asked.ref, inputs))
    return asked.answer(answer.version, simple.encode(answer))
