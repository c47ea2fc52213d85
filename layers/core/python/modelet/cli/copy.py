"""`modelet copy`: publish a version in another store, from staging to production say, with its digests kept."""

from typing import Annotated

import typer

from modelet.cli.options import AsJson, Named, StoreUrl, opened, split_name, store_url
from modelet.cli.output import print_json, print_text, transfer
from modelet.registry.changing import promote as promote_version
from modelet.registry.copying import complete, copy
from modelet.registry.reading import find_manifest
from modelet.store import open_store


def run(
    named: Named,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The store to copy to.")],
    promote: Annotated[bool, typer.Option("--promote", help="Make the copy live there at once.")] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Publish a version as the next version of the same model in another store.

    Example: modelet copy churn@2 --to s3://production/models
    """
    model, ref = split_name(named)
    source, target = opened(store), open_store(store_url(to))
    manifest, _ = find_manifest(source, model, ref)
    version, needed = manifest.version, complete(source, manifest).needs()
    size = sum(blob.size for blob in needed)
    with transfer(f"Copying {model}@{version}", size, as_json) as bar:
        copied = copy(source, model, version, target, bar.advance)
    if promote:
        promote_version(target, model, copied.version)
    if as_json:
        print_json(copied.to_json())
    else:
        print_text(f"{model} version {version} was copied to {target.url} as version {copied.version}")
