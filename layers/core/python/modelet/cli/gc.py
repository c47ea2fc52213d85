"""`modelet gc`: collect blobs that no version names."""

from typing import Annotated

import typer

from modelet.cli.options import AsJson, StoreUrl, opened
from modelet.cli.output import print_json, print_text, waiting
from modelet.registry.blobs import GRACE_SECONDS
from modelet.registry.collecting import collect, find_garbage


def run(
    grace_hours: Annotated[
        float, typer.Option(min=0, help="Leave blobs younger than this alone: their manifest may be on its way.")
    ] = GRACE_SECONDS / 3600,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Delete blobs that no version names: what interrupted publishes and deleted versions left behind.

    Example: modelet gc --dry-run
    """
    target, grace = opened(store), grace_hours * 3600
    with waiting("Looking for blobs that nothing names", as_json):
        found = find_garbage(target, grace)
        gone = [garbage for garbage in found if dry_run or collect(target, garbage, grace)]
    if as_json:
        blobs = [{"model": garbage.model, "sha256": garbage.digest, "size": garbage.size} for garbage in gone]
        print_json({"dry_run": dry_run, "blobs": blobs, "bytes": sum(garbage.size for garbage in gone)})
        return
    for garbage in gone:
        print_text(f"{garbage.model} sha256:{garbage.digest} {garbage.size:,} bytes")
    verb = "would be deleted" if dry_run else "deleted"
    print_text(
        f"{len(gone)} {'blob' if len(gone) == 1 else 'blobs'}, {sum(garbage.size for garbage in gone):,} bytes {verb}"
    )
