"""`modelet pull`: take a version's artifact home."""

from pathlib import Path
from typing import Annotated

import typer

from modelet.cli.options import AsJson, Named, StoreUrl, opened, split_name
from modelet.cli.output import print_json, print_text, transfer
from modelet.errors import Conflict
from modelet.registry.copying import pull
from modelet.registry.reading import find_version, read_manifest


def run(
    named: Named,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write.", show_default="MODEL-VERSION.onnx")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Download a version's ONNX file, verified by its digest.

    Example: modelet pull churn@2 -o churn.onnx
    """
    model, ref = split_name(named)
    source = opened(store)
    manifest = read_manifest(source, model, find_version(source, model, ref))
    path = output or Path(f"{model}-{manifest.version}.onnx")
    if path.exists() and not force:
        raise Conflict(f"{str(path)!r} exists: choose another --output, or --force.")
    with transfer(f"Pulling {model}@{manifest.version}", manifest.artifact.size, as_json) as progress:
        pull(source, manifest, path, progress)
    facts = {"model": model, "version": manifest.version, "path": str(path), **manifest.artifact.dump()}
    if as_json:
        print_json(facts)
    else:
        print_text(f"{path}: {model} version {manifest.version}, {manifest.artifact.size:,} bytes, verified")
