"""How an alias is shown."""

from modelet.cli.output import print_json, print_text
from modelet.registry.aliases import Aliases, Targets


def shares(targets: Targets) -> str:
    """In words: `2`, or `1 (90.0%), 2 (10.0%)`."""
    if len(targets) == 1:
        return str(targets[0].version)
    return ", ".join(f"{target.version} ({target.weight:.1%})" for target in targets)


def print_alias(model: str, name: str, aliases: Aliases, as_json: bool) -> None:
    """Say where an alias leads now."""
    targets = aliases.alias(name).targets
    if as_json:
        split = [{"version": target.version, "weight": target.weight} for target in targets]
        print_json({"model": model, "alias": name, "targets": split})
    else:
        print_text(f"{model}: {name} is version {shares(targets)}")
