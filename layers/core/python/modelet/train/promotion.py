"""Leading an alias to what a run has made: all of its traffic, or a first share of it."""

from dataclasses import dataclass
from typing import Annotated

from modelet.errors import Conflict, NotFound
from modelet.manifest import Manifest
from modelet.registry.aliases import Aliases
from modelet.registry.changing import Resumable, split
from modelet.registry.names import LIVE, check_alias
from modelet.registry.reading import current_aliases
from modelet.store.base import Store
from modelet.train.schema import Bounds, Checked


@dataclass(frozen=True, slots=True)
class Promotion:
    """Where a new version is led to: `canary` is its share of the alias's traffic, without which it gets all of it."""

    alias: Annotated[str, Checked(check_alias)] = LIVE
    canary: Annotated[float | None, Bounds(above=0, below=1)] = None


class Overtaken(Conflict):
    """Raised where another version became live while a candidate was on its way."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a candidate was judged beside: the version that was live then, or None where there was none. Of a run that
    compares with nothing, `anyway` is true.
    """

    live: int | None
    anyway: bool = False

    def check(self, made: Manifest, aliases: Aliases) -> None:
        """Raise Overtaken where another version is live by now: nobody knows whether the candidate is worse than it."""
        now = _leader(aliases)
        if not self.anyway and now not in (self.live, made.version):
            raise Overtaken(
                f"Version {now} became live after the candidate had been compared with "
                f"{f'version {self.live}' if self.live else 'no other'}: version {made.version} is published, but not "
                "promoted. Run the job again, or promote it by hand."
            )


def promote_version(
    store: Store, made: Manifest, promotion: Promotion, operation: str, judged: Judged
) -> dict[int, float]:
    """Lead the alias to a version, and answer the shares by version. The versions that had the traffic before keep
    their proportion of what a canary leaves; where there are none, it gets all. Once, however often it is asked for by
    the same `operation`.

    Raises Overtaken where `live` is to change and is no longer what the version was judged beside, and what
    `modelet.registry.changing.split` raises.
    """
    before = _shares(store, made.model, promotion.alias) if promotion.canary else {}
    canary = promotion.canary if promotion.canary and set(before) - {made.version} else 1.0
    others = {version: share for version, share in before.items() if version != made.version and canary < 1}
    left = (1 - canary) / (sum(others.values()) or 1)
    wanted = {version: share * left for version, share in others.items()} | {made.version: canary}
    if wanted == {1: 1.0} and promotion.alias == LIVE and _shares(store, made.model, LIVE) == wanted:
        return wanted  # a first version is live by itself

    def check(aliases: Aliases) -> None:
        if promotion.alias == LIVE:
            judged.check(made, aliases)

    aliases = split(store, made.model, wanted, promotion.alias, Resumable(operation, check))
    return {target.version: target.weight for target in aliases.alias(promotion.alias).targets}


def _leader(aliases: Aliases) -> int | None:
    try:
        return max(aliases.alias(LIVE).targets, key=lambda target: target.weight).version
    except NotFound:
        return None


def _shares(store: Store, model: str, alias: str) -> dict[int, float]:
    try:
        return {target.version: target.weight for target in current_aliases(store, model).aliases.alias(alias).targets}
    except NotFound:
        return {}
