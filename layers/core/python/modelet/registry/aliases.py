"""The alias document of one model: pure values and pure changes. The registry writes each change by one
compare-and-swap.

`aliases.json` is the only object of a model that ever changes. It carries, for each target, the digests that a cold
start needs, and a bounded history, so that a rollback is one write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from modelet.errors import AliasNotFound, Conflict, InvalidRequest
from modelet.manifest import Artifact
from modelet.manifest.fields import Fields
from modelet.registry.names import LIVE

SCHEMA = 1
PREVIOUS_KEPT = 20
HISTORY_KEPT = 100


@dataclass(frozen=True, slots=True)
class Target:
    """A version that an alias leads to, with its share of the traffic and the digests of its manifest and artifact."""

    version: int
    weight: float
    manifest: str
    artifact: Artifact

    @classmethod
    def read(cls, fields: Fields) -> "Target":
        """Read one; raises CorruptObject."""
        return cls(
            fields.take("version", int),
            fields.number("weight"),
            fields.take("manifest", str),
            Artifact.read(fields.within("artifact")),
        )

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "version": self.version,
            "weight": self.weight,
            "manifest": self.manifest,
            "artifact": self.artifact.dump(),
        }


Targets = tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """Where one alias leads now, and where it led before, latest first."""

    targets: Targets
    previous: tuple[Targets, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history: what was changed, when, and by which operation."""

    operation: str
    at: str
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class Aliases:
    """The whole document. `deprecated` and `deleted` give the reason by version number."""

    aliases: Mapping[str, Alias] = field(default_factory=dict)
    deprecated: Mapping[int, str] = field(default_factory=dict)
    deleted: Mapping[int, str] = field(default_factory=dict)
    history: tuple[Event, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)

    def alias(self, name: str) -> Alias:
        """The alias of this name; raises AliasNotFound."""
        try:
            return self.aliases[name]
        except KeyError:
            raise AliasNotFound(f"There is no alias {name!r}; there are: {', '.join(sorted(self.aliases))}.") from None

    def pointed(self, name: str, targets: Targets) -> "Aliases":
        """Lead an alias to new targets, remembering the old ones."""
        for target in targets:
            if target.version in self.deleted:
                raise Conflict(f"Version {target.version} was deleted and cannot be promoted.")
        old = self.aliases.get(name)
        if old is not None and old.targets == targets:
            return self
        previous = ((old.targets, *old.previous) if old else ())[:PREVIOUS_KEPT]
        return replace(self, aliases={**self.aliases, name: Alias(targets, previous)})

    def rolled_back(self, name: str) -> "Aliases":
        """Lead an alias back to where it led before its last change; states with deleted versions are passed over."""
        alias = self.alias(name)
        for index, targets in enumerate(alias.previous):
            if not any(target.version in self.deleted for target in targets):
                return replace(self, aliases={**self.aliases, name: Alias(targets, alias.previous[index + 1 :])})
        raise Conflict(f"Alias {name!r} has no earlier state to roll back to.")

    def with_deprecated(self, version: int, reason: str) -> "Aliases":
        """Mark a version as deprecated: it still serves, and says so."""
        return replace(self, deprecated={**self.deprecated, version: reason})

    def with_deleted(self, version: int, reason: str) -> "Aliases":
        """Mark a version as deleted; raises Conflict while an alias names it."""
        for name, alias in self.aliases.items():
            if any(target.version == version for target in alias.targets):
                raise Conflict(
                    f"Version {version} cannot be deleted while alias {name!r} names it: promote another first."
                )
        return replace(self, deleted={**self.deleted, version: reason})

    def recorded(self, event: Event) -> "Aliases":
        """Add a line to the history, dropping the oldest beyond the bound."""
        return replace(self, history=(*self.history, event)[-HISTORY_KEPT:])

    def has(self, operation: str) -> bool:
        """Whether this operation has already taken effect."""
        return any(event.operation == operation for event in self.history)

    @classmethod
    def parse(cls, data: bytes, where: str) -> "Aliases":
        """Read the document; raises CorruptObject or UnknownSchema."""
        fields = Fields.parse(where, data, SCHEMA)
        held = fields.within("aliases")
        return cls(
            aliases={name: _read_alias(held.within(name)) for name in list(held.rest)},
            deprecated=_read_reasons(fields, "deprecated"),
            deleted=_read_reasons(fields, "deleted"),
            history=tuple(
                Event(*(item.take(name, str) for name in ("operation", "at", "action", "detail")))
                for item in fields.each("history")
            ),
            rest=fields.rest,
        )

    def dump(self) -> bytes:
        """The JSON bytes."""
        return orjson.dumps(self.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def to_json(self) -> dict[str, Any]:
        """The JSON form, unknown fields of other code versions included."""
        return {
            "schema": SCHEMA,
            "aliases": {
                name: {"targets": _dump(alias.targets), "previous": [_dump(targets) for targets in alias.previous]}
                for name, alias in self.aliases.items()
            },
            "deprecated": {str(version): reason for version, reason in self.deprecated.items()},
            "deleted": {str(version): reason for version, reason in self.deleted.items()},
            "history": [
                {"operation": event.operation, "at": event.at, "action": event.action, "detail": event.detail}
                for event in self.history
            ],
            **self.rest,
        }


def first_alias(target: Target) -> Aliases:
    """What holds before anything was promoted: `live` leads to version 1, so that a first publish is one write."""
    return Aliases(aliases={LIVE: Alias((target,))})


def check_weights(weights: Mapping[int, float]) -> dict[int, float]:
    """Shares of the traffic by version, scaled to a sum of 1; raises InvalidRequest."""
    total = sum(weights.values())
    if not weights or not all(0 <= weight < float("inf") for weight in weights.values()) or not total > 0:
        raise InvalidRequest("A split needs at least one version, and weights of at least 0 that are not all 0.")
    return {version: weight / total for version, weight in sorted(weights.items()) if weight > 0}


def _dump(targets: Targets) -> list[dict[str, Any]]:
    return [target.dump() for target in targets]


def _read_alias(fields: Fields) -> Alias:
    targets = tuple(Target.read(item) for item in fields.each("targets"))
    if not targets:
        raise fields.wrong("targets", "must name at least one version")
    previous = tuple(
        tuple(Target.read(Fields(f"{fields.where}: previous[{index}]", item)) for item in state)
        for index, state in enumerate(fields.take("previous", list))
    )
    return Alias(targets, previous)


def _read_reasons(fields: Fields, name: str) -> dict[int, str]:
    held = fields.within(name)
    for version in held.rest:
        if not (version.isascii() and version.isdigit()):
            raise held.wrong(version, "is not a version number")
    return {int(version): held.take(version, str) for version in list(held.rest)}
