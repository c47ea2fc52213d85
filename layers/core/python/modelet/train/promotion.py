"""Leading an alias to what a run has made: all of its traffic, or a first share of it."""

from dataclasses import dataclass
from typing import Annotated

from modelet.errors import NotFound
from modelet.manifest import Manifest
from modelet.registry.changing import split
from modelet.registry.names import LIVE, check_alias
from modelet.registry.reading import current_aliases
from modelet.store.base import Store
from modelet.train.schema import Bounds, Checked


@dataclass(frozen=True, slots=True)
class Promotion:
    """Where a new version is led to: `canary` is its share of the alias's traffic, without which it gets all of it."""

    alias: Annotated[str, Checked(check_alias)] = LIVE
    canary: Annotated[float | None, Bounds(above=0, below=1)] = None


def promote_version(store: Store, made: Manifest, promotion: Promotion, operation: str) -> dict[int, float]:
    """Lead the alias to a version, and answer the shares by version. The versions that had the traffic before keep
    their proportion of what a canary leaves; where there are none, it gets all. Once, however often it is asked for by
    the same `operation`. Raises what `modelet.registry.changing.split` raises.
    """
    before = _shares(store, made.model, promotion.alias) if promotion.canary else {}
    canary = promotion.canary if promotion.canary and set(before) - {made.version} else 1.0
    others = {version: share for version, share in before.items() if version != made.version and canary < 1}
    left = (1 - canary) / (sum(others.values()) or 1)
    wanted = {version: share * left for version, share in others.items()} | {made.version: canary}
    if wanted != {1: 1.0} or promotion.alias != LIVE:  # a first version is live by itself
        aliases = split(store, made.model, wanted, promotion.alias, operation)
        return {target.version: target.weight for target in aliases.alias(promotion.alias).targets}
    return wanted


def _shares(store: Store, model: str, alias: str) -> dict[int, float]:
    try:
        return {target.version: target.weight for target in current_aliases(store, model).aliases.alias(alias).targets}
    except NotFound:
        return {}
