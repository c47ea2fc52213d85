"""Changing where aliases lead: promote, split, roll back, shadow, deprecate, delete. Each is one compare-and-swap
of `aliases.json`.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from modelet.errors import InvalidRequest, RegistryBusy, StoreUnavailable
from modelet.manifest.variant import Variants
from modelet.registry.aliases import Aliases, Event, Target
from modelet.registry.keys import aliases_key
from modelet.registry.names import LIVE, check_alias
from modelet.registry.operations import WRITE_FAILURES, attempts, new_operation, now
from modelet.registry.reading import current_aliases, load_manifest, make_target
from modelet.registry.recording import find_variants
from modelet.store.base import AlreadyExists, Changed, Store

ATTEMPTS = 40
"""Each lost race is another's change that took effect: so many changes at once can lose none."""


class Resumable(NamedTuple):
    """A change that may be begun again, by another process even, and is made once: its operation id, and a `check` of
    what the aliases say right before, which raises where the change is no longer wanted.
    """

    operation: str
    check: Callable[[Aliases], None]


def promote(store: Store, model: str, version: int, alias: str = LIVE) -> Aliases:
    """Lead an alias to one version; raises ModelNotFound, VersionNotFound, Conflict or RegistryBusy."""
    return split(store, model, {version: 1.0}, alias)


def split(
    store: Store, model: str, weights: Mapping[int, float], alias: str = LIVE, once: Resumable | None = None
) -> Aliases:
    """Share an alias's traffic between versions by weight; raises InvalidRequest too, for weights that cannot be, and
    what the check of `once` raises.
    """
    check_alias(alias)
    targets = [make_target(store, model, version, share) for version, share in _shares(weights).items()]

    def pointed(aliases: Aliases) -> Aliases:
        if once:
            once.check(aliases)
        # Listed after the aliases were read: a variant that is derived meanwhile changes them, and this starts again.
        return aliases.pointed(alias, tuple(_with_found(store, model, target) for target in targets))

    detail = ", ".join(f"{target.version}: {target.weight:.4g}" for target in targets)
    return _change(store, model, f"promote {alias}", detail, pointed, operation=once.operation if once else None)


def rollback(store: Store, model: str, alias: str = LIVE) -> Aliases:
    """Lead an alias back to where it led before its last change; raises AliasNotFound or Conflict."""
    check_alias(alias)
    return _change(store, model, f"rollback {alias}", "", lambda aliases: aliases.rolled_back(alias))


def shadow(store: Store, model: str, version: int | None, alias: str = LIVE, share: float = 1.0) -> Aliases:
    """Let a version get a copy of this share of an alias's requests, without answering any; None takes the shadow away,
    if there is one.

    Promoting and rolling back keep it, unless its version then answers all requests itself. Raises ModelNotFound,
    VersionNotFound, AliasNotFound, InvalidRequest, Conflict or RegistryBusy.
    """
    check_alias(alias)
    target = None if version is None else make_target(store, model, version, _share(share))

    def shadowed(aliases: Aliases) -> Aliases:
        return aliases.shadowed(alias, _with_found(store, model, target) if target else None)

    detail = f"{target.version}: {target.weight:.4g}" if target else "off"
    return _change(store, model, f"shadow {alias}", detail, shadowed)


def deprecate(store: Store, model: str, version: int, reason: str) -> Aliases:
    """Mark a version as deprecated."""
    load_manifest(store, model, version)
    return _change(
        store, model, f"deprecate {version}", reason, lambda aliases: aliases.with_deprecated(version, reason)
    )


def delete(store: Store, model: str, version: int, reason: str) -> Aliases:
    """Mark a version as deleted, so that nothing serves it and its blobs can be collected; its manifest stays as a
    record.

    Raises Conflict while an alias names it, or has it as its shadow.
    """
    load_manifest(store, model, version)
    return _change(store, model, f"delete {version}", reason, lambda aliases: aliases.with_deleted(version, reason))


def announce(store: Store, model: str, artifact: str, variants: Variants, *, always: bool) -> Aliases:
    """Tell every alias target that names the artifact with this SHA-256 of these variants; changes nothing where all
    know them, unless `always`: then whoever promotes at the same time looks again.
    """
    held = ", ".join(" ".join(variant.fits) for variant in variants)

    def told(aliases: Aliases) -> Aliases:
        return aliases.with_variants(artifact, variants)

    known = current_aliases(store, model).aliases
    if not always and told(known) == known:
        return known
    return _change(store, model, "derive", f"sha256:{artifact}: {held}", told)


def _shares(weights: Mapping[int, float]) -> dict[int, float]:
    """Shares of the traffic by version, scaled to a sum of 1; raises InvalidRequest."""
    total = sum(weights.values())
    if not all(weight >= 0 for weight in weights.values()) or not 0 < total < float("inf"):
        raise InvalidRequest("A split needs at least one version, and weights of at least 0 that are not all 0.")
    return {version: weight / total for version, weight in sorted(weights.items()) if weight > 0}


def _share(share: float) -> float:
    """The share of the requests that a shadow gets a copy of; raises InvalidRequest."""
    if not 0 < share <= 1:
        raise InvalidRequest(f"A shadow's share must be more than 0 and at most 1, but is {share}.")
    return share


def _with_found(store: Store, model: str, target: Target) -> Target:
    return target.knowing(find_variants(store, model, target.artifact.sha256, target.variants))


def _change(  # noqa: PLR0913 - only a change that is begun again names its operation
    store: Store,
    model: str,
    action: str,
    detail: str,
    change: Callable[[Aliases], Aliases],
    *,
    operation: str | None = None,
) -> Aliases:
    operation = operation or new_operation()
    failures: list[StoreUnavailable] = []
    for _ in attempts(ATTEMPTS):
        state = current_aliases(store, model)
        if state.aliases.has(operation):
            return state.aliases
        if len(failures) == WRITE_FAILURES:
            raise failures[-1]
        changed = change(state.aliases).recorded(Event(operation, now(), action, detail))
        try:
            _write(store, model, changed, state.etag)
            return changed
        except (AlreadyExists, Changed):
            pass  # by our own write or another's: reading tells
        except StoreUnavailable as error:
            failures.append(error)
    raise RegistryBusy(f"Too many concurrent changes of the aliases of {model!r}; try again.")


def _write(store: Store, model: str, aliases: Aliases, etag: str | None) -> None:
    if etag is None:
        store.put_if_absent(aliases_key(model), aliases.dump())
    else:
        store.put_if_match(aliases_key(model), aliases.dump(), etag)
