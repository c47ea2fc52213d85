"""What the registry promises of one model, in a few lines: plain lists, no store, no concurrency."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelet.errors import AliasNotFound, Conflict, ModelNotFound, VersionNotFound

State = tuple[tuple[int, float], ...]
"""Where an alias leads: versions with their shares, ascending."""


def variant_of(data: bytes, runtime: str) -> bytes:
    """The bytes of a variant of an artifact."""
    return data + b", ready for " + runtime.encode()


@dataclass
class SmallModel:
    """One model. `contents` holds the artifact of version n at n - 1; `led` every alias's states, the present one
    first, `derived` the runtimes that an artifact has variants for.
    """

    contents: list[bytes] = field(default_factory=list)
    blobs: set[bytes] = field(default_factory=set)
    led: dict[str, list[State]] = field(default_factory=dict)
    deprecated: dict[int, str] = field(default_factory=dict)
    deleted: dict[int, str] = field(default_factory=dict)
    derived: dict[bytes, set[str]] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    shadows: dict[str, tuple[int, float]] = field(default_factory=dict)

    def publish(self, data: bytes) -> int:
        self.blobs.add(data)
        self.contents.append(data)
        if len(self.contents) == 1:
            self.led["live"] = [((1, 1.0),)]
        return len(self.contents)

    def derive(self, version: int, runtime: str) -> None:
        self.check(version)
        if version in self.deleted:
            raise VersionNotFound
        runtimes = self.derived.setdefault(self.contents[version - 1], set())
        if runtime not in runtimes:
            runtimes.add(runtime)
            self.actions.append("derive")

    def split(self, weights: Mapping[int, float], alias: str) -> None:
        total = sum(weights.values())
        state = tuple((version, weight / total) for version, weight in sorted(weights.items()))
        for version, _ in state:
            self.check(version)
        if any(version in self.deleted for version, _ in state):
            raise Conflict
        before = self.led.get(alias, [])
        self.led[alias] = before if before[:1] == [state] else [state, *before]
        self.drop_shadow(alias)
        self.actions.append(f"promote {alias}")

    def rollback(self, alias: str) -> None:
        states = self.states(alias)
        servable = [index for index in range(1, len(states)) if not any(v in self.deleted for v, _ in states[index])]
        if not servable:
            raise Conflict
        self.led[alias] = states[servable[0] :]
        self.drop_shadow(alias)
        self.actions.append(f"rollback {alias}")

    def shadow(self, version: int | None, alias: str, share: float) -> None:
        if version is not None:
            self.check(version)
        answering = {named for named, _ in self.states(alias)[0]}
        if version is not None and (version in self.deleted or answering == {version}):
            raise Conflict
        self.shadows.pop(alias, None)
        if version is not None:
            self.shadows[alias] = version, share
        self.actions.append(f"shadow {alias}")

    def drop_shadow(self, alias: str) -> None:
        answering = {version for version, _ in self.led[alias][0]}
        if alias in self.shadows and answering == {self.shadows[alias][0]}:
            del self.shadows[alias]

    def deprecate(self, version: int, reason: str) -> None:
        self.check(version)
        self.deprecated[version] = reason
        self.actions.append(f"deprecate {version}")

    def delete(self, version: int, reason: str) -> None:
        self.check(version)
        if any(version == named for states in self.led.values() for named, _ in states[0]):
            raise Conflict
        if any(version == shadow for shadow, _ in self.shadows.values()):
            raise Conflict
        self.deleted[version] = reason
        self.actions.append(f"delete {version}")

    def find(self, ref: str) -> int:
        if not ref.isdigit():
            return max(self.states(ref)[0], key=lambda target: target[1])[0]
        if not self.contents:
            raise ModelNotFound
        if int(ref) in self.deleted:
            raise VersionNotFound
        return int(ref)

    def collect(self) -> set[bytes]:
        named = {data for number, data in enumerate(self.contents, 1) if number not in self.deleted}
        garbage = self.blobs - named
        self.blobs -= garbage
        lost = self.derived.keys() - named
        return garbage | {variant_of(data, runtime) for data in lost for runtime in self.derived.pop(data)}

    def check(self, version: int) -> None:
        if not self.contents:
            raise ModelNotFound
        if not 1 <= version <= len(self.contents):
            raise VersionNotFound

    def states(self, alias: str) -> list[State]:
        if not self.contents:
            raise ModelNotFound
        if alias not in self.led:
            raise AliasNotFound
        return self.led[alias]
