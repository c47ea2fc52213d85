"""`modelet push`: publish an ONNX file as the next version of a model."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from modelet.cli.options import AsJson, StoreUrl, settings
from modelet.cli.output import print_json, print_text, remark, say, transfer
from modelet.cli.words import tensor_in_words
from modelet.errors import InvalidRequest
from modelet.manifest import Manifest, Signature
from modelet.manifest.columns import split_names
from modelet.publish import Draft, Limits, push
from modelet.registry.names import LIVE, check_model
from modelet.registry.reading import current_aliases, read_manifest
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
    columns: Annotated[
        str | None, typer.Option(metavar="NAME,NAME,…", help="What callers name the values of a row, in their order.")
    ] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Publish an ONNX file as the next version of a model.

    It is examined in limited child processes first; nothing is written unless it can be served. The first version is
    live at once, a later one when it is promoted.

    Example: modelet push model.onnx --name churn --promote
    """
    chosen = settings(store)
    named = split_names(columns) if columns else ()
    draft = Draft(description, licence, _labels(labels or []), columns=named)
    check_model(name)
    target, limits = open_store(chosen.store), Limits(chosen.candidate_memory_bytes, chosen.candidate_seconds)
    with transfer(f"Publishing {name}", None, as_json) as bar:
        manifest = push(target, path, name, draft, promoted=promote, limits=limits, transfer=bar)
    try:
        _tell(target, manifest, as_json)
    except Exception:
        # Whatever fails now, nobody must push the same file again.
        say(f"{name} version {manifest.version} is published.")
        raise


def _tell(store: Store, manifest: Manifest, as_json: bool) -> None:
    targets = current_aliases(store, manifest.model).aliases.alias(LIVE).targets
    live = [target.version for target in targets]
    if as_json:
        print_json({**manifest.to_json(), "live": manifest.version in live})
        return
    model, version, signature = manifest.model, manifest.version, manifest.signature
    inputs, outputs = (", ".join(map(tensor_in_words, specs)) for specs in (signature.inputs, signature.outputs))
    print_text(f"{model} version {version}: {inputs} -> {outputs}")
    state = "live" if version in live else f"waits: modelet promote {model} {version}"
    print_text(f"sha256:{manifest.artifact.sha256[:12]}…, {manifest.size:,} bytes; {state}")
    if version not in live:
        _compare(manifest, read_manifest(store, model, live[0]))
    remark(f"Ask it: modelet predict {model}@{version} '{orjson.dumps(_example(signature)).decode()}'")


def _compare(manifest: Manifest, live: Manifest) -> None:
    if manifest.artifact.sha256 == live.artifact.sha256:
        say(f"It is the same artifact as version {live.version}, which is live.")
    elif (manifest.signature.inputs, manifest.signature.outputs) != (live.signature.inputs, live.signature.outputs):
        say(
            f"Its inputs or outputs are not those of version {live.version}, which is live: callers may have to change."
        )


def _example(signature: Signature) -> dict[str, Any]:
    def filled(shape: tuple[int, ...], value: Any) -> Any:
        return [filled(shape[1:], value)] * abs(shape[0]) if shape else value

    values = {"BYTES": "text", "BOOL": False}
    return {spec.name: filled(spec.shape or (), values.get(spec.datatype, 0)) for spec in signature.inputs}


def _labels(given: list[str]) -> dict[str, list[str]]:
    labels = {}
    for item in given:
        output, equals, file = item.rpartition("=")
        if not equals or not output:
            raise InvalidRequest(f"--labels takes OUTPUT=FILE, not {item!r}.")
        try:
            labels[output] = Path(file).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            raise InvalidRequest(f"The labels file {file!r} is not UTF-8 text.") from None
    return labels
