"""`modelet demo`: the main job, end to end, on handwritten digits: train, register, serve, predict."""

import time
from contextlib import suppress
from statistics import median
from typing import Annotated, Any

import typer

from modelet.cli.options import StoreUrl, settings
from modelet.cli.output import print_text, say, stages
from modelet.client import Client
from modelet.errors import InvalidSetting
from modelet.store import open_store

PORT = 8080
SHADES = " .:-=+*#%@"
WARM_ANSWERS = 21
WHITE = 16  # the brightest value of scikit-learn's digits


def run(
    once: Annotated[
        bool, typer.Option("--once", envvar="DEMO_ONCE", help="End after the prediction instead of serving on.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The port to serve on; 0 takes a free one.", show_default="8080, if free"),
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Train a small network on handwritten digits, register it, serve it, and predict a held-out digit over HTTP.

    Example: modelet demo --once
    """
    from modelet.local import running
    from modelet.local.root import project_root
    from modelet.train import load_job
    from modelet.train import run as train

    url, port = settings(store).store, _free(port)
    with stages("Training", quiet=False) as report:
        outcome = train(open_store(url), load_job(project_root() / "jobs" / "digits.yaml"), report)
    manifest, held_out = outcome.manifest, outcome.held_out
    assert held_out is not None  # for this run was not resumed
    print_text(
        f"Trained     {manifest.model}: accuracy {manifest.metrics['accuracy']:.4f} "
        f"on {len(held_out.truth)} held-out digits"
    )
    print_text(f"Registered  version {manifest.version} in {url}, promoted to live")
    with running(url, port=port) as address:
        print_text(f"Serving     {address}, through the routes and handlers of template.yaml")
        _ask(address, manifest.model, held_out.inputs["image"][0], int(held_out.truth[0]))
        if not once:
            say("Serving until Ctrl-C")
            with suppress(KeyboardInterrupt), Client(address) as client:
                while client.ready():  # it may be ended from elsewhere
                    time.sleep(1)


def _free(port: int | None) -> int:
    # Found out before the training and not after it.
    from modelet.local.serving import listening

    try:
        with listening("127.0.0.1", PORT if port is None else port):
            return PORT if port is None else port
    except InvalidSetting:
        if port is not None:
            raise
        say(f"Port {PORT} is in use: taking a free one")
        return 0


def _ask(address: str, model: str, image: Any, truth: int) -> None:
    path, body = f"/models/{model}/predict", '{"image": [' + ", ".join(f"{value:g}" for value in image) + "]}"
    times = []
    with Client(address) as client:
        for _ in range(1 + WARM_ANSWERS):
            started = time.perf_counter()
            answer = client.post_json(path, body.encode())
            times.append((time.perf_counter() - started) * 1000)
    held = answer.json()
    label = held["label"]
    print_text(_picture(image))
    print_text(f"Predicted   {label} (probability {held['probabilities'][label]:.4f}); the truth is {truth}")
    print_text(f"Answered    in {times[0]:.1f} ms cold (model loaded from the store), {median(times[1:]):.1f} ms warm")
    print_text(f"Again       curl -s {address}{path} -d '{body}'")


def _picture(image: Any) -> str:
    rows = image.reshape(8, 8) / WHITE * (len(SHADES) - 1)
    return "\n".join(" " * 12 + "".join(SHADES[round(float(value))] * 2 for value in row).rstrip() for row in rows)
