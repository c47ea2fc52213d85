"""Aliases, tensors and facts in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelet.cli.output import print_json, print_text, remark, say
from modelet.manifest import TensorSpec
from modelet.registry.aliases import Alias, Aliases, Targets


def shares(targets: Targets) -> str:
    """In words: `2`, or `1 (90.0%), 2 (10.0%)`."""
    return in_words([(target.version, target.weight) for target in targets])


def in_words(weights: Sequence[tuple[int, float]]) -> str:
    """The same, of versions and their shares."""
    if len(weights) == 1:
        return str(weights[0][0])
    return ", ".join(f"{version} ({weight:.1%})" for version, weight in weights)


def leads(alias: Alias) -> str:
    """Where an alias leads, and its shadow: `2, shadow 3 (10.0%)`."""
    beside = f", shadow {alias.shadow.version} ({alias.shadow.weight:.1%})" if alias.shadow else ""
    return f"{shares(alias.targets)}{beside}"


def tensor_in_words(spec: TensorSpec) -> str:
    """An input or output: `x FP32 [-1, 2]`; a rank that is not known is `[?]`."""
    return f"{spec.name} {spec.datatype} {'[?]' if spec.shape is None else list(spec.shape)}"


def split_of(targets: Targets) -> list[dict[str, float]]:
    """For machines: versions and their shares between 0 and 1."""
    return [{"version": target.version, "weight": target.weight} for target in targets]


def print_alias(model: str, name: str, aliases: Aliases, as_json: bool) -> None:
    """Say where an alias leads now."""
    alias = aliases.alias(name)
    if as_json:
        shadow = {"shadow": {"version": alias.shadow.version, "share": alias.shadow.weight}} if alias.shadow else {}
        print_json({"model": model, "alias": name, "targets": split_of(alias.targets), **shadow})
        return
    print_text(f"{model}: {name} is version {leads(alias)}")
    remark("Running services follow within MODELET_ALIAS_TTL, 10 seconds unless they say otherwise.")
    for target in alias.named:
        if target.version in aliases.deprecated:
            say(f"{model}@{target.version} is deprecated: {aliases.deprecated[target.version]}")


def flat(held: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """What an object holds, by dotted names; what is empty is left out."""
    for name, value in held.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{name}.")
        elif value not in (None, []):
            yield f"{path}{name}", value
