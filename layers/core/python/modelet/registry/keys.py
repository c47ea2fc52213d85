"""Where the documents of a registry live, and those of them with which a cold start begins. Imports nothing that could
read them.
"""

from modelet.errors import InvalidName
from modelet.registry.names import LIVE, check_model, parse_ref


def version_key(model: str, version: int) -> str:
    """Where a manifest lives."""
    return f"models/{model}/versions/{version}.json"


def aliases_key(model: str) -> str:
    """Where a model's alias document lives."""
    return f"models/{model}/aliases.json"


def split_name(name: str) -> tuple[str, str]:
    """The model and the reference of what a deployment names: `model` or `model@ref`."""
    model, _, ref = name.partition("@")
    return model, ref or LIVE


def first_keys(name: str) -> list[str]:
    """What is read of a model that a deployment names before anything is known of it; nothing for what is no name.

    Most models have no aliases until their second version, so that version 1 is read beside them.
    """
    model, ref = split_name(name)
    try:
        check_model(model)
        version = parse_ref(ref)
    except InvalidName:
        return []
    keys = [aliases_key(model), version_key(model, 1)]
    if isinstance(version, int) and version > 1:
        keys.append(version_key(model, version))
    return keys
