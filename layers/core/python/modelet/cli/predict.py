"""`modelet predict`: ask a model, in this process straight from the store, or a service over HTTP."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from modelet.cli.options import AsJson, Named, StoreUrl, settings, split_name
from modelet.cli.output import print_json, waiting


def run(
    named: Named,
    data: Annotated[str, typer.Argument(metavar="JSON|@FILE|-", help="Inputs by name; - reads standard input.")],
    url: Annotated[str | None, typer.Option("--url", help="Ask the service there instead of the store.")] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask a model: the keys are its inputs' names, those of the answer its outputs'.

    Example: modelet predict churn '{"x": [[0.1, 0.2]]}'
    """
    model, ref = split_name(named)
    body = _read(data)
    with waiting(f"Asking {model}", as_json):
        answer = _over_http(url, model, ref, body) if url else _here(store, model, ref, body)
    print_json(answer if as_json else answer["outputs"])


def _read(data: str) -> bytes:
    if data == "-":
        return sys.stdin.buffer.read() if sys.stdin else b""
    return Path(data[1:]).read_bytes() if data.startswith("@") else data.encode()


def _here(store: str | None, model: str, ref: str, body: bytes) -> dict[str, Any]:
    from modelet.messages import HttpRequest
    from modelet.predict import Models
    from modelet.protocols import simple
    from modelet.protocols.body import parse_object

    # What it logs would stand in the answer, and nobody waits here for what it does beside it.
    models = Models.open(settings(store)._replace(log=False))
    answer = models.predict(simple.decode(model, ref, parse_object(HttpRequest("POST", "/predict", body=body))))
    return {"model": answer.model, "version": answer.version, "outputs": simple.encode(answer)}


def _over_http(url: str, model: str, ref: str, body: bytes) -> dict[str, Any]:
    from modelet.client import Client

    with Client(url) as client:
        answer = client.post_json(f"/models/{model}/versions/{ref}/predict", body)
    return {"model": model, "version": int(answer.headers["x-modelet-version"]), "outputs": answer.json()}
