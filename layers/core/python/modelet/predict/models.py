"""All models of a store, loaded as they are asked for.

This imports neither numpy nor ONNX Runtime: what the deployment names is being fetched while those are imported.
"""

from copy import copy
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from modelet.cache import Cache, Full
from modelet.config import Settings
from modelet.errors import ModeletError, VersionNotFound
from modelet.manifest import Manifest
from modelet.messages import InferRequest, InferResponse, TensorReference
from modelet.phases import enter
from modelet.predict.loading import Loader, load_key
from modelet.predict.memory import ProcessMemory, does_not_fit
from modelet.predict.preloading import Read, settle
from modelet.predict.room import Room
from modelet.predict.statistics import Statistics
from modelet.predict.tracking import AliasTracker
from modelet.registry.aliases import Alias, Target
from modelet.registry.keys import split_name
from modelet.registry.names import LIVE, check_model, is_model, parse_ref
from modelet.registry.reading import list_versions, load_manifest, read_manifest
from modelet.store import open_store
from modelet.store.ahead import Ahead
from modelet.store.base import Store

if TYPE_CHECKING:
    from modelet.predict.references import References
    from modelet.session import Session

MANIFESTS_KEPT = 1000


class Models:
    """The models of one store. Safe to share between threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.settings = settings
        self.statistics = Statistics()
        self._store = store
        self._memory = ProcessMemory(settings.memory_bytes)
        self._sessions: Cache[Session] = Cache(settings.cache_bytes, _weight, settings.failure_ttl, memory=self._memory)
        self._manifests: Cache[Manifest] = Cache(MANIFESTS_KEPT, lambda _: 1, 0)
        self._published: Cache[Target] = Cache(MANIFESTS_KEPT, lambda _: 1, 0)
        self._aliases = AliasTracker(store, settings.alias_ttl, self._first)
        self._loader = Loader(store, settings, self._manifest)
        self._room = Room(self._sessions, self._loader, self._manifest)
        self._preloads: dict[str, Ahead[Read]] = {}
        self.routing_key: str | None = None
        self.non_finite: str | None = None
        self._references: References | None = None

    @property
    def store(self) -> Store:
        """Where the models are; another one after `renew`."""
        return self._store

    @classmethod
    def open(cls, settings: Settings) -> "Models":
        """Open the deployment's store; nothing is read yet."""
        return cls(open_store(settings.store), settings)

    def preload(self) -> None:
        """Begin to read the models that the deployment names; the runtime need not be there yet."""
        for name in self.settings.named:
            self._preloads[name] = Ahead(partial(self._preload, name))

    def settle(self, spent: float = 0.0) -> None:
        """Load what was read, waiting as long as the environment allows, of which so many seconds are spent already;
        the rest is loaded for whoever asks for it.

        What fails is logged, and raised to whoever asks.
        """
        settle(self._preloads, self._session, self.settings.preload_seconds - spent, self.settings.log)
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
        self._room.give_way()
        self._store = store
        self._loader = Loader(store, self.settings, self._manifest)
        self._room = Room(self._sessions, self._loader, self._manifest)
        self._references = None
        self._aliases.renew(store)
        self._sessions.forgive()

    def sticky(self, key: str) -> "Models":
        """The same models, as requests with this routing key see them; raises InvalidRequest where it cannot be one."""
        from modelet.predict.routing import check_key

        seen = copy(self)
        seen.routing_key = check_key(key)
        return seen

    def telling(self, non_finite: object) -> "Models":
        """The same models, as requests with this policy for NaN and Infinity see them; raises InvalidRequest where
        there is no such policy.
        """
        from modelet.tensors.nonfinite import check_policy

        seen = copy(self)
        seen.non_finite = check_policy(non_finite)
        return seen

    def predict(self, request: InferRequest) -> InferResponse:
        """Run one request; raises NotFound, InvalidInput, ModelRunFailed, NotFinite, or what loading raises."""
        fit_inputs, fit_outputs = _fitting()
        routed = self if request.routing_key is None else self.sticky(request.routing_key)
        non_finite = self.non_finite if request.non_finite is None else self.telling(request.non_finite).non_finite
        alias = self._alias(request.model, request.ref)
        session = self._session(request.model, routed.choose(alias, request.model, request.ref))
        manifest = session.manifest
        counted = self.statistics.begin(manifest.model, manifest.version)
        enter("decode")
        if request.arrange is not None:
            request = request._replace(inputs=request.arrange(manifest))
        names = fit_outputs(session, request)
        if TensorReference in map(type, request.inputs.values()):
            request = self._with_referred(session, request)
        arrays, bare = fit_inputs(session, request, non_finite)
        enter("run")
        outputs = session.run(arrays, names)
        enter("encode")
        if alias.shadow is not None:
            from modelet.predict.shadow import Prediction, cast

            cast(routed, alias.shadow, Prediction(request.model, request.ref, manifest.version, arrays, outputs))
        if non_finite == "error":
            from modelet.tensors.nonfinite import check_finite

            check_finite(outputs)
        counted.rows = next(iter(arrays.values())).shape[0] if manifest.signature.batched and arrays else 1
        return InferResponse(manifest.model, manifest.version, outputs, request.id, bare, non_finite)

    def choose(self, alias: Alias, model: str, ref: str) -> Target:
        """Which of an alias's targets answers."""
        if len(alias.targets) == 1:
            return alias.targets[0]
        from modelet.predict.routing import choose

        return choose(alias.targets, (model, ref), self.routing_key)

    def spare_session(self, model: str, target: Target) -> "Session | None":
        """The session of a shadow, for which no other is evicted, and which is evicted first; None where there is no
        room for it. Raises what `session` raises.
        """
        key, known = load_key(model, target), self._with_variants(model, target)
        if key not in self._sessions and not self._sessions.has_room(
            self._loader.forecast(known, self._manifest(model, target))
        ):
            return None
        session = self._session(model, target)
        self._sessions.demote(key)
        return session

    def session(self, model: str, ref: str = LIVE) -> "Session":
        """The warm session of the version that a number or an alias names, loaded first if need be.

        Raises what `resolve` raises; CorruptObject naming the digest of an artifact that is missing or damaged;
        OutOfMemory, before anything is fetched, where it cannot fit; Unavailable where it cannot fit beside models that
        are in use; DeadlineExceeded where this invocation cannot wait for the load, which goes on.
        """
        return self._session(model, self._locate(model, ref))

    def load(self, model: str, ref: str = LIVE) -> "list[Session]":
        """The sessions of all versions that an alias may choose, loaded; raises what `session` raises."""
        return [self._session(model, target) for target in self._alias(model, ref).targets]

    def resolve(self, model: str, ref: str = LIVE) -> Manifest:
        """The manifest of the version that a number or an alias names; a split alias chooses by weight.

        Raises InvalidName before any I/O; ModelNotFound, AliasNotFound or VersionNotFound.
        """
        return self._manifest(model, self._locate(model, ref))

    def versions(self, model: str) -> list[int]:
        """The versions of a model that can be asked for, ascending; raises ModelNotFound."""
        deleted = self._aliases.read(check_model(model)).deleted
        return [version for version in list_versions(self._store, model) if version not in deleted]

    def names(self) -> list[str]:
        """What may be a model of this store, sorted: an interrupted publish leaves a name without a version."""
        return [name for name in self._store.folders("models/") if is_model(name)]

    def outcomes(self) -> dict[tuple[str, int], ModeletError | None]:
        """The versions that are loaded now, and those that could not be a moment ago, with the reason."""
        found: dict[tuple[str, int], ModeletError | None] = {}
        for key, failure in self._sessions.outcomes().items():
            model, version, _ = key.split("/")
            found[model, int(version)] = failure
        return found

    def check_store(self) -> None:
        """Look into the store; raises StoreUnavailable where it cannot be read."""
        next(iter(self._store.scan("models/")), None)

    def _with_referred(self, session: "Session", request: InferRequest) -> InferRequest:
        from modelet.predict.references import References  # few requests need it

        references = self._references = self._references or References(self._store, self.settings)
        return references.resolve(session, request)

    def _locate(self, model: str, ref: str) -> Target:
        return self.choose(self._alias(model, ref), model, ref)

    def _alias(self, model: str, ref: str) -> Alias:
        enter("resolve")
        check_model(model)
        version = parse_ref(ref)
        if isinstance(version, int):
            return Alias((self._pinned(model, version),))
        return self._aliases.read(model).alias(version)

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
        key = load_key(model, target)
        try:
            return self._sessions.get(
                key, lambda: self._room.load(model, self._with_variants(model, target)), aside=True
            )
        except Full as full:
            raise does_not_fit(f"Version {target.version} of model {model!r}", self._sessions.budget, full) from None

    def _with_variants(self, model: str, target: Target) -> Target:
        # A manifest knows no variants that were derived for later runtimes, but the aliases do.
        known = (other for alias in self._aliases.known(model).aliases.values() for other in alias.named)
        later = (variant for other in known if other.artifact == target.artifact for variant in other.variants)
        return target.knowing(tuple(later))

    def _preload(self, name: str) -> Read:
        model, ref = split_name(name)
        targets = self._alias(model, ref).targets
        self._room.read(model, tuple(self._with_variants(model, target) for target in targets))
        return model, targets


@cache
def _fitting() -> tuple[Any, Any]:
    from modelet.predict.fitting import fit_inputs, fit_outputs  # numpy

    return fit_inputs, fit_outputs


def _manifest_key(model: str, target: Target) -> str:
    return f"{model}/{target.version}/{target.manifest}"


def _weight(session: "Session") -> float:
    return session.resident_bytes
