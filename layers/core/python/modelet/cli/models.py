"""`modelet models`: look at models and their versions, and put versions away."""

from typing import Annotated, Any

import typer

from modelet.cli.aliases import shares
from modelet.cli.options import AsJson, Named, StoreUrl, numbered, opened, split_name
from modelet.cli.output import print_json, print_table, print_text
from modelet.manifest import Manifest
from modelet.registry import changing
from modelet.registry.aliases import Aliases
from modelet.registry.names import LIVE
from modelet.registry.reading import current_aliases, find_version, list_models, list_versions, read_manifest
from modelet.store.base import Store

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
        print_table(["MODEL", "LIVE", "VERSIONS"], [[r["model"], r["live"], str(len(r["versions"]))] for r in rows])
    else:
        print_text(f"There are no models in {source.url} yet: modelet push model.onnx --name NAME")


@app.command(no_args_is_help=True)
def describe(named: Named, store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Describe a version: inputs, outputs, digests, metrics, lineage; and where the model's aliases lead.

    Example: modelet models describe churn@2
    """
    source, (model, ref) = opened(store), split_name(named)
    manifest = read_manifest(source, model, find_version(source, model, ref))
    aliases = current_aliases(source, model).aliases
    if as_json:
        print_json({"manifest": manifest.to_json(), "aliases": aliases.to_json()})
        return
    for name, value in _facts(manifest, aliases):
        print_text(f"{name:<12} {value}")


@app.command(no_args_is_help=True)
def deprecate(named: Named, reason: Reason = "deprecated", store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Mark a version as deprecated: it still serves, and says so.

    Example: modelet models deprecate churn@1 --reason "biased"
    """
    model, version = numbered(named)
    changing.deprecate(opened(store), model, version, reason)
    _told({"model": model, "version": version, "deprecated": reason}, f"{model}@{version}: {reason}", as_json)


@app.command(no_args_is_help=True)
def delete(named: Named, reason: Reason = "deleted", store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Take a version out of service for good; refused while an alias names it. `modelet gc` frees its space.

    Example: modelet models delete churn@1
    """
    model, version = numbered(named)
    changing.delete(opened(store), model, version, reason)
    _told({"model": model, "version": version, "deleted": reason}, f"{model}@{version} is deleted", as_json)


def _row(source: Store, model: str) -> dict[str, Any]:
    aliases = current_aliases(source, model).aliases
    versions = [version for version in list_versions(source, model) if version not in aliases.deleted]
    return {"model": model, "live": shares(aliases.alias(LIVE).targets), "versions": versions}


def _facts(manifest: Manifest, aliases: Aliases) -> list[tuple[str, str]]:
    def tensors(specs: Any) -> list[str]:
        return [f"{s.name} {s.datatype} {'[?]' if s.shape is None else list(s.shape)}" for s in specs]

    facts = [("model", manifest.model), ("version", str(manifest.version)), ("created", manifest.created)]
    facts += [("input", text) for text in tensors(manifest.signature.inputs)]
    facts += [("output", text) for text in tensors(manifest.signature.outputs)]
    facts += [("artifact", f"sha256:{manifest.artifact.sha256}, {manifest.artifact.size:,} bytes")]
    facts += [("opsets", ", ".join(f"{domain} {version}" for domain, version in manifest.opsets.items()))]
    facts += [("labels", f"{output}: {', '.join(map(str, labels))}") for output, labels in manifest.labels.items()]
    for title, held in (("metric", manifest.metrics), ("limit", manifest.limits), ("parity", manifest.parity)):
        facts += [(title, f"{name} {value:,.6g}") for name, value in held.items() if isinstance(value, int | float)]
    facts += [("lineage", f"{name} {value}") for name, value in manifest.lineage.items() if value is not None]
    facts += [("alias", f"{name}: {shares(alias.targets)}") for name, alias in aliases.aliases.items()]
    for said, value in (("description", manifest.description), ("licence", manifest.licence)):
        facts += [(said, value)] if value else []
    for word, versions in (("deprecated", aliases.deprecated), ("deleted", aliases.deleted)):
        facts += [("state", f"{word}: {versions[manifest.version]}")] if manifest.version in versions else []
    return facts


def _told(held: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        print_json(held)
    else:
        print_text(text)
