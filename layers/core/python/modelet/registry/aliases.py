"""The alias document of one model: pure values and pure changes. The registry writes each change by one
compare-and-swap.

`aliases.json` is the only object of a model that ever changes. It carries, for each target, the digests that a cold
start needs, and a bounded history, so that a rollback is one write.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from modelet.errors import AliasNotFound, Conflict, CorruptObject
from modelet.manifest import Artifact
from modelet.manifest.fields import Fields, encode
from modelet.manifest.variant import Variants, dump_variants, merged, take_variants
from modelet.registry.names import LIVE

SCHEMA = 1
PREVIOUS_KEPT = 20
HISTORY_KEPT = 100
WEIGHT, SHARE = "weight", "share"
"""What a target calls its part of the requests: those that it answers, or as a shadow those that it gets a copy of."""


class Target(NamedTuple):
    """A version that an alias leads to, with its share of the traffic, the digests of its manifest and artifact, and
    the variants of that artifact.
    """

    version: int
    weight: float
    manifest: str
    artifact: Artifact
    variants: Variants = ()
    rest: Mapping[str, Any] = {}

    @classmethod
    def read(cls, fields: Fields, share: str = WEIGHT) -> "Target":
        """Read one, whose field `share` is its weight; raises CorruptObject."""
        version, weight = fields.take("version", int), fields.number(share)
        if version < 1:
            raise fields.wrong("version", f"must be at least 1, but is {version}")
        if not 0 <= weight <= 1:
            raise fields.wrong(share, f"must be between 0 and 1, but is {weight}")
        artifact = Artifact.read(fields.within("artifact"))
        manifest, variants = fields.take("manifest", str), take_variants(fields)
        return cls(version, weight, manifest, artifact, variants, fields.rest)

    def dump(self, share: str = WEIGHT) -> dict[str, Any]:
        """The JSON form, with the weight in the field `share`."""
        return {
            "version": self.version,
            share: self.weight,
            "manifest": self.manifest,
            "artifact": self.artifact.dump(),
            **dump_variants(self.variants),
            **self.rest,
        }

    def leads_as(self, other: "Target") -> bool:
        """Whether both lead the same share of the traffic to the same version, whatever else is known of it."""
        return (self.version, self.weight, self.manifest) == (other.version, other.weight, other.manifest)

    def answers_alone(self, targets: "Targets") -> bool:
        """Whether these targets are its version and no other."""
        return all(target.version == self.version for target in targets)

    def knowing(self, variants: Variants) -> "Target":
        """The same target with these variants too, unless it has one for the same."""
        return self._replace(variants=merged(self.variants, variants))


Targets = tuple[Target, ...]


class Alias(NamedTuple):
    """Where one alias leads now, and where it led before, latest first. A `shadow` gets a copy of the requests, of
    which its weight is the share, and never answers one.
    """

    targets: Targets
    previous: tuple[Targets, ...] = ()
    rest: Mapping[str, Any] = {}
    shadow: Target | None = None

    @property
    def named(self) -> Targets:
        """Every version that it needs now: its targets, and its shadow last."""
        return (*self.targets, self.shadow) if self.shadow else self.targets

    def leading(self, targets: Targets, previous: tuple[Targets, ...]) -> "Alias":
        """The same alias with other targets; its shadow stays, unless that is all that is left to answer, and so does
        what other code versions wrote into it.
        """
        shadow = None if self.shadow and self.shadow.answers_alone(targets) else self.shadow
        return self._replace(targets=targets, previous=previous, shadow=shadow)

    def knowing(self, artifact: str, variants: Variants) -> "Alias":
        """The same alias with these variants of the artifact that has this SHA-256, wherever it names that."""

        def known(targets: Targets) -> Targets:
            return tuple(
                target.knowing(variants) if target.artifact.sha256 == artifact else target for target in targets
            )

        shadow = known((self.shadow,))[0] if self.shadow else None
        return self._replace(targets=known(self.targets), previous=tuple(map(known, self.previous)), shadow=shadow)


class Event(NamedTuple):
    """One line of the history: what was changed, when, and by which operation."""

    operation: str
    at: str
    action: str
    detail: str
    rest: Mapping[str, Any] = {}

    @classmethod
    def read(cls, fields: Fields) -> "Event":
        """Read one; raises CorruptObject."""
        operation, at, action, detail = (fields.take(name, str) for name in ("operation", "at", "action", "detail"))
        return cls(operation, at, action, detail, fields.rest)

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "operation": self.operation,
            "at": self.at,
            "action": self.action,
            "detail": self.detail,
            **self.rest,
        }


class Aliases(NamedTuple):
    """The whole document. `deprecated` and `deleted` give the reason by version number."""

    aliases: Mapping[str, Alias] = {}
    deprecated: Mapping[int, str] = {}
    deleted: Mapping[int, str] = {}
    history: tuple[Event, ...] = ()
    rest: Mapping[str, Any] = {}

    def alias(self, name: str) -> Alias:
        """The alias of this name; raises AliasNotFound."""
        try:
            return self.aliases[name]
        except KeyError:
            raise AliasNotFound(f"There is no alias {name!r}; there are: {', '.join(sorted(self.aliases))}.") from None

    def pointed(self, name: str, targets: Targets) -> "Aliases":
        """Lead an alias to new targets, remembering the old ones; where it leads there already, nothing is remembered,
        so that a rollback undoes the last real change.
        """
        self._check_kept(targets, "be promoted")
        old = self.aliases.get(name)
        if old is None:
            return self._replace(aliases={**self.aliases, name: Alias(targets)})
        if _lead_alike(old.targets, targets):
            known = (target.knowing(same.variants) for target, same in zip(old.targets, targets, strict=True))
            new = old.leading(tuple(known), old.previous)
        else:
            new = old.leading(targets, (old.targets, *old.previous)[:PREVIOUS_KEPT])
        return self._replace(aliases={**self.aliases, name: new})

    def rolled_back(self, name: str) -> "Aliases":
        """Lead an alias back to where it led before its last change; states with deleted versions are passed over."""
        alias = self.alias(name)
        for index, targets in enumerate(alias.previous):
            if not any(target.version in self.deleted for target in targets):
                old = alias.leading(targets, alias.previous[index + 1 :])
                return self._replace(aliases={**self.aliases, name: old})
        raise Conflict(f"Alias {name!r} has no earlier state to roll back to.")

    def shadowed(self, name: str, shadow: Target | None) -> "Aliases":
        """Give an alias a shadow instead of the one that it has, or take that away; raises AliasNotFound, or Conflict
        for a version that answers all of its requests itself.
        """
        alias = self.alias(name)
        if shadow:
            self._check_kept((shadow,), "be a shadow")
            if shadow.answers_alone(alias.targets):
                raise Conflict(
                    f"Version {shadow.version} answers all requests of alias {name!r}: it is no shadow of it."
                )
        return self._replace(aliases={**self.aliases, name: alias._replace(shadow=shadow)})

    def with_variants(self, artifact: str, variants: Variants) -> "Aliases":
        """Add variants of the artifact that has this SHA-256 to everything that names it, earlier states too, so that a
        rollback leads to what is known now.
        """
        return self._replace(aliases={name: alias.knowing(artifact, variants) for name, alias in self.aliases.items()})

    def with_deprecated(self, version: int, reason: str) -> "Aliases":
        """Mark a version as deprecated: it still serves, and is shown as such."""
        return self._replace(deprecated={**self.deprecated, version: reason})

    def with_deleted(self, version: int, reason: str) -> "Aliases":
        """Mark a version as deleted; raises Conflict while an alias names it, or has it as its shadow."""
        for name, alias in self.aliases.items():
            if any(target.version == version for target in alias.targets):
                raise Conflict(
                    f"Version {version} cannot be deleted while alias {name!r} names it: promote another first."
                )
            if alias.shadow and alias.shadow.version == version:
                raise Conflict(
                    f"Version {version} cannot be deleted while it is the shadow of alias {name!r}: end that first."
                )
        return self._replace(deleted={**self.deleted, version: reason})

    def _check_kept(self, targets: Targets, what: str) -> None:
        for target in targets:
            if target.version in self.deleted:
                raise Conflict(f"Version {target.version} was deleted and cannot {what}.")

    def recorded(self, event: Event) -> "Aliases":
        """Add a line to the history, dropping the oldest beyond the bound."""
        return self._replace(history=(*self.history, event)[-HISTORY_KEPT:])

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
            history=tuple(Event.read(item) for item in fields.each("history")),
            rest=fields.rest,
        )

    def dump(self) -> bytes:
        """The JSON bytes; raises InvalidRequest for a value that JSON cannot hold."""
        return encode(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The JSON form, unknown fields of other code versions included."""
        return {
            "schema": SCHEMA,
            "aliases": {name: _dump_alias(alias) for name, alias in self.aliases.items()},
            "deprecated": {str(version): reason for version, reason in self.deprecated.items()},
            "deleted": {str(version): reason for version, reason in self.deleted.items()},
            "history": [event.dump() for event in self.history],
            **self.rest,
        }


def first_alias(target: Target) -> Aliases:
    """What holds before anything was promoted: `live` leads to version 1, so that a first publish is one write."""
    return Aliases(aliases={LIVE: Alias((target,))})


def _lead_alike(old: Targets, new: Targets) -> bool:
    return len(old) == len(new) and all(map(Target.leads_as, old, new))


def _dump(targets: Targets) -> list[dict[str, Any]]:
    return [target.dump() for target in targets]


def _dump_alias(alias: Alias) -> dict[str, Any]:
    return {
        "targets": _dump(alias.targets),
        "previous": [_dump(targets) for targets in alias.previous],
        **({"shadow": alias.shadow.dump(SHARE)} if alias.shadow else {}),
        **alias.rest,
    }


def _read_alias(fields: Fields) -> Alias:
    targets = _read_targets(f"{fields.where}: targets", fields.take("targets", list))
    states = enumerate(fields.take("previous", list))
    previous = tuple(_read_targets(f"{fields.where}: previous[{index}]", state) for index, state in states)
    held = fields.maybe("shadow", dict)
    shadow = Target.read(Fields(f"{fields.where}: shadow", held), SHARE) if held is not None else None
    return Alias(targets, previous, fields.rest, shadow)


def _read_targets(where: str, held: object) -> Targets:
    if not isinstance(held, list) or not held:
        raise CorruptObject(f"{where} must be a list of at least one version.")
    return tuple(Target.read(Fields(f"{where}[{index}]", item)) for index, item in enumerate(held))


def _read_reasons(fields: Fields, name: str) -> dict[int, str]:
    held = fields.within(name)
    for version in held.rest:
        if not (version.isascii() and version.isdigit()):
            raise held.wrong(version, "is not a version number")
    return {int(version): held.take(version, str) for version in list(held.rest)}
