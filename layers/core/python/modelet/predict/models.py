"""All models of a store, loaded as they are asked for."""

import random

from modelet.cache import Cache
from modelet.config import Settings
from modelet.errors import CorruptObject, VersionNotFound
from modelet.manifest import Manifest
from modelet.messages import InferRequest, InferResponse
from modelet.predict.ahead import Ahead
from modelet.predict.fitting import fit_inputs, fit_outputs
from modelet.predict.tracking import AliasTracker
from modelet.registry.aliases import Target
from modelet.registry.blobs import read_blob
from modelet.registry.names import LIVE, check_model, parse_ref
from modelet.registry.reading import list_versions, load_manifest, read_manifest
from modelet.session import Session
from modelet.store import open_store
from modelet.store.base import Store

SESSION_OVERHEAD = 2.5
"""Resident bytes of a session per byte of its artifact, where registration has not measured it: weights, their packed
copy, arena.
"""

MANIFESTS_KEPT = 1000


class Models:
    """The models of one store. Safe to share between threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.settings = settings
        self._store = store
        self._sessions: Cache[Session] = Cache(settings.cache_bytes, _weight, settings.failure_ttl)
        self._manifests: Cache[Manifest] = Cache(MANIFESTS_KEPT, lambda _: 1, 0)
        self._published: Cache[Target] = Cache(MANIFESTS_KEPT, lambda _: 1, 0)
        self._aliases = AliasTracker(store, settings.alias_ttl, lambda model: self._read_target(model, 1))

    @classmethod
    def open(cls, settings: Settings) -> "Models":
        """Open the deployment's store; nothing is read yet."""
        return cls(open_store(settings.store), settings)

    def predict(self, request: InferRequest) -> InferResponse:
        """Run one request; raises NotFound, InvalidInput, ModelRunFailed, or what loading raises."""
        session = self.session(request.model, request.ref)
        manifest = session.manifest
        names = fit_outputs(manifest, request)
        arrays, bare = fit_inputs(manifest, request)
        return InferResponse(manifest.model, manifest.version, session.run(arrays, names), request.id, bare)

    def session(self, model: str, ref: str = LIVE) -> Session:
        """The warm session of the version that a number or an alias names, loaded first if need be.

        Raises what `resolve` raises; CorruptObject naming the digest of an artifact that is missing or damaged;
        OutOfMemory.
        """
        target = self._locate(model, ref)
        return self._sessions.get(
            f"{model}/{target.version}/{target.artifact.sha256}", lambda: self._load(model, target)
        )

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
        check_model(model)
        version = parse_ref(ref)
        if isinstance(version, int):
            return self._pinned(model, version)
        return choose(self._aliases.read(model).alias(version).targets, random.random())

    def _pinned(self, model: str, version: int) -> Target:
        # The aliases only say whether the version was deleted, so that its manifest need not wait for them.
        key = f"{model}/{version}"

        def published() -> Target:
            return self._published.get(key, lambda: self._read_target(model, version))

        beside = None if key in self._published else Ahead(published)
        if version in self._aliases.read(model).deleted:
            raise VersionNotFound(f"Version {version} of model {model!r} was deleted.")
        return beside.result() if beside else published()

    def _read_target(self, model: str, version: int) -> Target:
        manifest, digest = load_manifest(self._store, model, version)
        target = Target(version, 1.0, digest, manifest.artifact)
        self._manifests.get(_manifest_key(model, target), lambda: manifest)
        return target

    def _manifest(self, model: str, target: Target) -> Manifest:
        return self._manifests.get(
            _manifest_key(model, target), lambda: read_manifest(self._store, model, target.version, target.manifest)
        )

    def _load(self, model: str, target: Target) -> Session:
        artifact = Ahead(lambda: read_blob(self._store, model, target.artifact))
        manifest = self._manifest(model, target)
        if manifest.artifact.sha256 != target.artifact.sha256:
            raise CorruptObject(
                f"The aliases of model {model!r} in {self._store.url} give version {target.version} the artifact "
                f"sha256:{target.artifact.sha256}, but its manifest sha256:{manifest.artifact.sha256}."
            )
        return Session(manifest, artifact.result(), self.settings.threads)


def choose(targets: tuple[Target, ...], point: float) -> Target:
    """The target whose share of [0, 1) holds `point`."""
    for target in targets:
        point -= target.weight
        if point < 0:
            return target
    return targets[-1]


def _manifest_key(model: str, target: Target) -> str:
    return f"{model}/{target.version}/{target.manifest}"


def _weight(session: Session) -> float:
    limits = session.manifest.limits
    return limits.get("resident_bytes") or session.manifest.artifact.size * SESSION_OVERHEAD
