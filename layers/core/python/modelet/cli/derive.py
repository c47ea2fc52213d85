"""`modelet derive`: make versions that were published for another runtime load as fast as new ones."""

from collections.abc import Iterable
from typing import Any

from modelet.cli.options import AsJson, Named, StoreUrl, settings, split_name
from modelet.cli.output import print_json, print_text, transfer
from modelet.manifest import Variant
from modelet.publish import Limits
from modelet.publish.derive import derive
from modelet.registry.reading import find_version
from modelet.store import open_store


def run(named: Named, store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Add load-ready variants for the ONNX Runtime that is installed here to a version that has none for it.

    Pushing does so by itself; this is for versions that were pushed before an upgrade. Where there is nothing to add,
    nothing changes.

    Example: modelet derive churn@2
    """
    model, ref = split_name(named)
    chosen = settings(store)
    target, limits = open_store(chosen.store), Limits(chosen.candidate_memory_bytes, chosen.candidate_seconds)
    version = find_version(target, model, ref)
    with transfer(f"Deriving {model}@{version}", None, as_json) as bar:
        derivation = derive(target, model, version, limits, bar)
    if as_json:
        print_json(
            {
                "model": model,
                "version": version,
                "variants": _dumped(derivation.variants),
                "new": _dumped(derivation.new),
                "without": derivation.without,
            }
        )
        return
    for variant in derivation.new:
        print_text(f"{model}@{version}: {_title(variant)}, {variant.blob.size:,} bytes")
    for profile, reason in derivation.without.items():
        print_text(f"{model}@{version}: no variant for {profile}: {reason}")
    if not derivation.new:
        print_text(f"{model}@{version} has {len(derivation.variants)} variants; none was added")


def _dumped(variants: Iterable[Variant]) -> list[dict[str, Any]]:
    return [variant.dump() for variant in variants]


def _title(variant: Variant) -> str:
    return f"onnxruntime {variant.runtime}, {variant.architecture}, {variant.profile}"
