"""`modelet push`: publish an ONNX file as the next version of a model."""

from pathlib import Path
from typing import Annotated

import typer

from modelet.cli.options import AsJson, StoreUrl, settings
from modelet.cli.output import print_json, print_text, transfer
from modelet.errors import InvalidRequest
from modelet.manifest import Manifest
from modelet.publish import Draft, Limits, push
from modelet.registry.names import LIVE, check_model
from modelet.registry.reading import current_aliases
from modelet.store import open_store
from modelet.store.base import Store


def run(
    path: Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="The model file; external data lies beside it.")],
    name: Annotated[str, typer.Option("--name", "-n", help="The model's name.")],
    promote: Annotated[bool, typer.Option("--promote", help="Make this version live at once.")] = False,
    description: Annotated[str | None, typer.Option(help="What it does.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", "--license", help="SPDX identifier.")] = None,
    labels: Annotated[
        list[str] | None, typer.Option(metavar="OUTPUT=FILE", help="Class labels of an output, one per line.")
    ] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Publish an ONNX file as the next version of a model.

    It is examined in a limited child process first; nothing is written unless it can be served. The first version is
    live at once, a later one when it is promoted.

    Example: modelet push model.onnx --name churn --promote
    """
    chosen, draft = settings(store), Draft(description, licence, _labels(labels or []))
    check_model(name)
    target, limits = open_store(chosen.store), Limits(chosen.candidate_memory_bytes, chosen.candidate_seconds)
    size = path.stat().st_size if path.is_file() else None
    with transfer(f"Publishing {name}", size, as_json) as progress:
        manifest = push(target, path, name, draft, promoted=promote, limits=limits, progress=progress)
    _tell(target, manifest, as_json)


def _tell(store: Store, manifest: Manifest, as_json: bool) -> None:
    live = [target.version for target in current_aliases(store, manifest.model).aliases.alias(LIVE).targets]
    if as_json:
        print_json({**manifest.to_json(), "live": manifest.version in live})
        return
    model, version = manifest.model, manifest.version
    inputs = ", ".join(f"{spec.name} {spec.datatype} {_shape(spec.shape)}" for spec in manifest.signature.inputs)
    outputs = ", ".join(f"{spec.name} {spec.datatype} {_shape(spec.shape)}" for spec in manifest.signature.outputs)
    print_text(f"{model} version {version}: {inputs} -> {outputs}")
    state = "live" if version in live else f"waits: modelet promote {model} {version}"
    print_text(f"sha256:{manifest.artifact.sha256[:12]}…, {manifest.artifact.size:,} bytes; {state}")


def _shape(shape: tuple[int, ...] | None) -> str:
    return "[?]" if shape is None else str(list(shape))


def _labels(given: list[str]) -> dict[str, list[str]]:
    labels = {}
    for item in given:
        output, equals, file = item.rpartition("=")
        if not equals or not output:
            raise InvalidRequest(f"--labels takes OUTPUT=FILE, not {item!r}.")
        labels[output] = Path(file).read_text(encoding="utf-8").splitlines()
    return labels
