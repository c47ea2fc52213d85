"""`modelet up`: serve the store on this machine, through the routes and handlers of template.yaml."""

import json
import os
import sys
from typing import Annotated

import typer

from modelet.cli.options import AsJson, StoreUrl, settings
from modelet.cli.output import print_text, say
from modelet.errors import InvalidSetting


def run(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Serve every model of the store, as API Gateway and Lambda would, until Ctrl-C.

    Example: modelet up --port 9000
    """
    from modelet.local import serve

    url = settings(store).store
    if url.startswith("memory:"):
        raise InvalidSetting("A memory:// store lives in one process, and holds no models here: name another --store.")

    def ready(address: str) -> None:
        if as_json:
            print_text(json.dumps({"url": address, "store": url}))  # one line, as the log lines that follow it
            sys.stdout.flush()
        else:
            say(f"Serving {url} on {address} until Ctrl-C; {address}/docs describes the routes")

    if as_json or not sys.stderr.isatty():
        serve(url, host, port, ready)
    else:
        # A person would rather read a line than the metrics of each invocation.
        os.environ.setdefault("MODELET_LOG", "off")
        serve(url, host, port, ready, answered=say)
