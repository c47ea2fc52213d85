"""All models of a store, loaded as they are asked for.

This imports neither numpy nor ONNX Runtime: what the deployment names is being fetched while those are imported.
"""

import os
import time
from functools import partial
from typing import TYPE_CHECKING

from modelet import log
from modelet.cache import Cache, Full
from modelet.config import MIB, Settings
from modelet.errors import ModeletError, OutOfMemory, Unavailable, VersionNotFound
from modelet.manifest import Manifest
from modelet.messages import InferRequest, InferResponse
from modelet.phases import enter
from modelet.predict.loading import Loader
from modelet.predict.memory import ProcessMemory
from modelet.predict.tracking import AliasTracker
from modelet.registry.aliases import Target, Targets
from modelet.registry.keys import split_name
from modelet.registry.names import LIVE, check_model, parse_ref
from modelet.registry.reading import list_versions, load_manifest, read_manifest
from modelet.store import open_store
from modelet.store.ahead import Ahead
from modelet.store.base import Store

if TYPE_CHECKING:
    from modelet.session import Session

MANIFESTS_KEPT = 1000

_Found = tuple[str, Targets]


class Models:
    """The models of one store. Safe to share between threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.settings = settings
        self._store = store
        self._memory = ProcessMemory(settings.memory_bytes)
        self._sessions: Cache[Session] = Cache(settings.cache_bytes, _weight, settings.failure_ttl, memory=self._memory)
        self._manifests: Cache[Manifest] = Cache(MANIFESTS_KEPT, lambda _: 1, 0)
        self._published: Cache[Target] = Cache(MANIFESTS_KEPT, lambda _: 1, 0)
        self._aliases = AliasTracker(store, settings.alias_ttl, self._first)
        self._loader = Loader(store, settings, self._manifest)
        self._preloads: dict[str, Ahead[_Found]] = {}

    @classmethod
    def open(cls, settings: Settings) -> "Models":
        """Open the deployment's store; nothing is read yet."""
        return cls(open_store(settings.store), settings)

    def preload(self) -> None:
        """Begin to read the models that the deployment names; the runtime need not be there yet."""
        for name in self.settings.named:
            self._preloads[name] = Ahead(partial(self._preload, name))

    def settle(self) -> None:
        """Load what was read, waiting as long as the environment allows; the rest is loaded for whoever asks for it.

        What fails is logged, and raised to whoever asks.
        """
        until = time.monotonic() + self.settings.preload_seconds
        for name, preload in self._preloads.items():
            if not preload.wait(max(0.0, until - time.monotonic())):
                continue
            try:
                model, targets = preload.result()
                for target in targets:
                    self._session(model, target)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other models can be served
                reason = error.message if isinstance(error, ModeletError) else log.whereabouts(error)
                log.notice(f"{name!r} could not be loaded beforehand: {reason}", self.settings.log)
        self._preloads.clear()

    def compact(self) -> None:
        """Give back what initialising has left behind, of which a snapshot would be made as well."""
        import gc

        gc.collect()
        self._memory.give_back()

    def renew(self, store: Store) -> None:
        """Go on with another store, whose credentials are fresh; what the aliases said and what failed is looked at
        again. Warm sessions stay.
        """
        self._store = store
        self._loader = Loader(store, self.settings, self._manifest)
        self._aliases.renew(store)
        self._sessions.forgive()

    def predict(self, request: InferRequest) -> InferResponse:
        """Run one request; raises NotFound, InvalidInput, ModelRunFailed, or what loading raises."""
        from modelet.predict.fitting import fit_inputs, fit_outputs  # numpy

        session = self.session(request.model, request.ref)
        enter("decode")
        names = fit_outputs(session, request)
        arrays, bare = fit_inputs(session, request)
        enter("run")
        outputs = session.run(arrays, names)
        enter("encode")
        manifest = session.manifest
        return InferResponse(manifest.model, manifest.version, outputs, request.id, bare)

    def session(self, model: str, ref: str = LIVE) -> "Session":
        """The warm session of the version that a number or an alias names, loaded first if need be.

        Raises what `resolve` raises; CorruptObject naming the digest of an artifact that is missing or damaged;
        OutOfMemory, before anything is fetched, where it cannot fit; Unavailable where it cannot fit beside models that
        are in use; DeadlineExceeded where this invocation cannot wait for the load, which goes on.
        """
        return self._session(model, self._locate(model, ref))

    def resolve(self, model: str, ref: str = LIVE) -> Manifest:
        """The manifest of the version that a number or an alias names; a split alias chooses by weight.

        Raises InvalidName before any I/O; ModelNotFound, AliasNotFound or VersionNotFound.
        """
        return self._manifest(model, self._locate(model, ref))

    def versions(self, model: str) -> list[int]:
        """The versions of a model that can be asked for, ascending; raises ModelNotFound."""
        deleted = self._aliases.read(check_model(model)).deleted
        return [version for version in list_versions(self._store, model) if version not in deleted]

    def check_store(self) -> None:
        """Look into the store; raises StoreUnavailable where it cannot be read."""
        next(iter(self._store.scan("models/")), None)

    def _locate(self, model: str, ref: str) -> Target:
        targets = self._targets(model, ref)
        return targets[0] if len(targets) == 1 else choose(targets, _anywhere())

    def _targets(self, model: str, ref: str) -> Targets:
        enter("resolve")
        check_model(model)
        version = parse_ref(ref)
        if isinstance(version, int):
            return (self._pinned(model, version),)
        return self._aliases.read(model).alias(version).targets

    def _pinned(self, model: str, version: int) -> Target:
        # The aliases only say whether the version was deleted, so that its manifest need not wait for them.
        known = f"{model}/{version}" in self._published
        beside = None if known else Ahead(lambda: self._published_target(model, version))
        if version in self._aliases.read(model).deleted:
            raise VersionNotFound(f"Version {version} of model {model!r} was deleted.")
        return beside.result() if beside else self._published_target(model, version)

    def _first(self, model: str, afresh: bool) -> Target:
        return self._read_target(model, 1) if afresh else self._published_target(model, 1)

    def _published_target(self, model: str, version: int) -> Target:
        return self._published.get(f"{model}/{version}", lambda: self._read_target(model, version))

    def _read_target(self, model: str, version: int) -> Target:
        manifest, digest = load_manifest(self._store, model, version)
        target = Target(version, 1.0, digest, manifest.artifact, manifest.variants)
        self._manifests.get(_manifest_key(model, target), lambda: manifest)
        return target

    def _manifest(self, model: str, target: Target) -> Manifest:
        return self._manifests.get(
            _manifest_key(model, target), lambda: read_manifest(self._store, model, target.version, target.manifest)
        )

    def _session(self, model: str, target: Target) -> "Session":
        key = _session_key(model, target)
        try:
            return self._sessions.get(key, lambda: self._load(key, model, target), aside=True)
        except Full as full:
            raise self._does_not_fit(model, target, full) from None

    def _load(self, key: str, model: str, target: Target) -> "Session":
        target = self._with_variants(model, target)
        self._reserve(key, model, target)
        return self._loader.load(model, target, lambda need: self._sessions.reserve(key, need))

    def _reserve(self, key: str, model: str, target: Target) -> None:
        need = self._loader.forecast(target)
        if not self._sessions.has_room(need):
            # Only near the limit is it worth another round to know before the fetch what publishing has measured.
            need = self._loader.forecast(target, self._manifest(model, target))
        self._sessions.reserve(key, need)

    def _does_not_fit(self, model: str, target: Target, full: Full) -> ModeletError:
        budget, need, room = (f"{size / MIB:.0f} MB" for size in (self._sessions.budget, full.need, full.room))
        what = f"Version {target.version} of model {model!r} needs about {need} of memory"
        if full.passing:
            return Unavailable(f"{what}, which models in use take now: send the request again in a moment.")
        return OutOfMemory(
            f"{what}, but only {room} of this function's can be had, of {budget} for models in all: raise "
            "MODELET_CACHE_MB, and the function's memory with it."
        )

    def _with_variants(self, model: str, target: Target) -> Target:
        # A manifest knows no variants that were derived for later runtimes, but the aliases do.
        known = (other for alias in self._aliases.known(model).aliases.values() for other in alias.targets)
        later = (variant for other in known if other.artifact == target.artifact for variant in other.variants)
        return target.knowing(tuple(later))

    def _preload(self, name: str) -> _Found:
        model, ref = split_name(name)
        targets = self._targets(model, ref)
        known = [self._with_variants(model, target) for target in targets]
        for target in known:
            try:
                self._reserve(_session_key(model, target), model, target)
            except Full as full:
                raise self._does_not_fit(model, target, full) from None
        for file in [self._loader.begin(model, target) for target in known]:
            file.wait()
        return model, targets


def choose(targets: Targets, point: float) -> Target:
    """The target whose share of [0, 1) holds `point`."""
    for target in targets:
        point -= target.weight
        if point < 0:
            return target
    return targets[-1]


def _anywhere() -> float:
    # Of the kernel, so that environments which continue from one snapshot do not choose alike.
    return int.from_bytes(os.urandom(4), "little") / 2**32


def _manifest_key(model: str, target: Target) -> str:
    return f"{model}/{target.version}/{target.manifest}"


def _session_key(model: str, target: Target) -> str:
    return f"{model}/{target.version}/{target.artifact.sha256}"


def _weight(session: "Session") -> float:
    return session.resident_bytes
