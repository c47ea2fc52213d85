"""`modelet models`: look at models and their versions, and put versions away."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from modelet.cli.options import AsJson, Named, StoreUrl, numbered, opened, split_name
from modelet.cli.output import print_json, print_table, print_text, say
from modelet.cli.words import flat, in_words, leads, split_of, tensor_in_words
from modelet.errors import AliasNotFound, CorruptObject, UnknownSchema
from modelet.manifest import Manifest
from modelet.registry import changing
from modelet.registry.aliases import Aliases
from modelet.registry.names import LIVE
from modelet.registry.reading import current_aliases, find_manifest, list_models, list_versions
from modelet.store.base import Store

SHOWN = 20
"""How many of a model's versions are shown to a person."""

app = typer.Typer(no_args_is_help=True, help="Look at models and their versions, and put versions away.")

Reason = Annotated[str, typer.Option("--reason", help="Why, for those who look later.")]


@app.command("list")
def list_all(store: StoreUrl = None, as_json: AsJson = False) -> None:
    """List the models of the store, with the version that is live.

    Example: modelet models list
    """
    source = opened(store)
    rows = [_row(source, model) for model in list_models(source)]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(["MODEL", "LIVE", "VERSIONS"], [_line(row) for row in rows])
        for row in rows:
            if "error" in row:
                say(row["error"])
    else:
        print_text(f"There are no models in {source.url} yet: modelet push model.onnx --name NAME")


@app.command(no_args_is_help=True)
def describe(named: Named, store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Describe a version: inputs, outputs, digests, metrics, lineage; and where the model's aliases lead.

    Example: modelet models describe churn@2
    """
    source, (model, ref) = opened(store), split_name(named)
    manifest, _ = find_manifest(source, model, ref)
    aliases = current_aliases(source, model).aliases
    if as_json:
        print_json({"manifest": manifest.to_json(), "aliases": aliases.to_json()})
        return
    led = (("alias", f"{name}: {leads(alias)}") for name, alias in sorted(aliases.aliases.items()))
    for name, value in (*_facts(manifest), *led, *_versions(source, model, aliases)):
        print_text(f"{name:<12} {value}")


@app.command(no_args_is_help=True)
def deprecate(named: Named, reason: Reason = "deprecated", store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Mark a version as deprecated: it still serves, and is shown as such.

    Example: modelet models deprecate churn@1 --reason "biased"
    """
    model, version = numbered(named)
    changing.deprecate(opened(store), model, version, reason)
    _told(
        {"model": model, "version": version, "deprecated": reason},
        f"{model}@{version} is deprecated: {reason}",
        as_json,
    )


@app.command(no_args_is_help=True)
def delete(named: Named, reason: Reason = "deleted", store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Take a version out of service for good; refused while an alias names it. `modelet gc` frees its space.

    Example: modelet models delete churn@1
    """
    model, version = numbered(named)
    changing.delete(opened(store), model, version, reason)
    _told({"model": model, "version": version, "deleted": reason}, f"{model}@{version} is deleted", as_json)


def _row(source: Store, model: str) -> dict[str, Any]:
    versions = list_versions(source, model)
    try:
        aliases = current_aliases(source, model).aliases
        live = aliases.alias(LIVE).targets
    except (CorruptObject, UnknownSchema, AliasNotFound) as error:
        return {"model": model, "live": None, "versions": versions, "error": error.message}
    return {"model": model, "live": split_of(live), "versions": [v for v in versions if v not in aliases.deleted]}


def _line(row: dict[str, Any]) -> list[str]:
    live = "damaged" if row["live"] is None else in_words([(held["version"], held["weight"]) for held in row["live"]])
    return [row["model"], live, ", ".join(map(str, row["versions"][-SHOWN:]))]


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield from (("model", manifest.model), ("version", str(manifest.version)), ("created", manifest.created))
    yield from (("input", tensor_in_words(spec)) for spec in manifest.signature.inputs)
    yield from (("output", tensor_in_words(spec)) for spec in manifest.signature.outputs)
    yield "artifact", f"sha256:{manifest.artifact.sha256}, {manifest.artifact.size:,} bytes"
    if manifest.weights:
        yield "weights", f"sha256:{manifest.weights.sha256}, {manifest.weights.size:,} bytes"
        yield "size", f"{manifest.size:,} bytes"
    yield "opsets", ", ".join(f"{domain} {version}" for domain, version in manifest.opsets.items())
    yield from (("labels", f"{output}: {', '.join(map(str, held))}") for output, held in manifest.labels.items())
    yield from (("metric", f"{name} {value:,.6g}") for name, value in manifest.metrics.items())
    yield from (("measured", f"{name} {value:,.6g}") for name, value in manifest.limits.items())
    for title, held in (("parity", manifest.parity), ("lineage", manifest.lineage)):
        yield from ((title, f"{name} {value}") for name, value in flat(held))
    yield from ((n, v) for n, v in (("description", manifest.description), ("licence", manifest.licence)) if v)


def _versions(source: Store, model: str, aliases: Aliases) -> Iterator[tuple[str, str]]:
    """Every version there is, newest first, with what leads to it and what became of it."""
    for version in list_versions(source, model)[: -SHOWN - 1 : -1]:
        names = [name for name, alias in aliases.aliases.items() if version in {t.version for t in alias.targets}]
        names += [f"shadow of {n}" for n, a in aliases.aliases.items() if a.shadow and a.shadow.version == version]
        states = (("deprecated", aliases.deprecated), ("deleted", aliases.deleted))
        marks = [*names, *(f"{word}: {held[version]}" for word, held in states if version in held)]
        yield "versions", " ".join([str(version), *([f"({', '.join(marks)})"] if marks else [])])


def _told(held: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        print_json(held)
    else:
        print_text(text)
