"""`modelet pull`: take a version's artifact home."""

from pathlib import Path
from typing import Annotated

import typer

from modelet.cli.options import AsJson, Named, StoreUrl, opened, split_name
from modelet.cli.output import print_json, print_text, transfer
from modelet.errors import Conflict, InvalidRequest
from modelet.manifest.document import WEIGHTS_FILE
from modelet.registry.copying import pull
from modelet.registry.reading import find_manifest


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
    manifest, _ = find_manifest(source, model, ref)
    path = output or Path(f"{model}-{manifest.version}.onnx")
    places = [path, *([path.with_name(WEIGHTS_FILE)] if manifest.weights else [])]
    if len(set(places)) < len(places):
        raise InvalidRequest(f"{WEIGHTS_FILE!r} is what its weights will be called: choose another --output.")
    for place in places:
        _check_place(place, force)
    with transfer(f"Pulling {model}@{manifest.version}", manifest.size, as_json) as bar:
        try:
            pull(source, manifest, path, bar.advance)
        except OSError as error:
            raise InvalidRequest(f"Cannot write {str(path)!r}: {error.strerror or error}.") from error
    facts = {"model": model, "version": manifest.version, "path": str(path), **manifest.artifact.dump()}
    if manifest.weights:
        facts["weights"] = {"path": str(places[-1]), **manifest.weights.dump()}
    if as_json:
        print_json(facts)
    else:
        files = " and ".join(map(str, places))
        print_text(f"{files}: {model} version {manifest.version}, {manifest.size:,} bytes, verified")


def _check_place(path: Path, force: bool) -> None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Conflict(f"{str(path)!r} is no plain file, and will not be replaced: choose another --output.")
    if path.exists() and not force:
        raise Conflict(f"{str(path)!r} exists: choose another --output, or --force.")
