"""The use case: resolve a model's name and reference to a version, load it, check the inputs against its signature, run
it.
"""

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from modelet.cache import Cache
from modelet.config import Settings
from modelet.errors import InvalidInput, InvalidRequest, StoreUnavailable, VersionNotFound
from modelet.manifest import Manifest, TensorSpec
from modelet.messages import InferRequest, InferResponse
from modelet.registry.aliases import Target
from modelet.registry.blobs import read_blob
from modelet.registry.names import check_model, parse_ref
from modelet.registry.reading import AliasState, list_models, list_versions, read_aliases, read_manifest
from modelet.session import Array, Session
from modelet.store import open_store
from modelet.store.base import Store
from modelet.tensors.nested import JsonTensor, to_array

SESSION_OVERHEAD = 2.5
"""Resident bytes of a session per byte of its artifact, where registration has not measured it: weights, their packed
copy, arena.
"""

MANIFESTS_KEPT = 1000


class Models:
    """All models of a store, loaded as they are asked for. Safe to share between threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.settings = settings
        self._store = store
        self._sessions: Cache[Session] = Cache(settings.cache_bytes, _weight, settings.failure_ttl)
        self._manifests: Cache[Manifest] = Cache(MANIFESTS_KEPT, lambda _: 1, 0)
        self._aliases = _AliasReader(store, settings.alias_ttl)

    @classmethod
    def open(cls, settings: Settings) -> "Models":
        """Open the deployment's store; nothing is read yet."""
        return cls(open_store(settings.store), settings)

    def predict(self, request: InferRequest) -> InferResponse:
        """Run one request; raises NotFound, InvalidInput, ModelRunFailed, or what loading raises."""
        manifest = self.resolve(request.model, request.ref)
        signature = manifest.signature
        names = tuple(spec.name for spec in signature.outputs) if request.outputs is None else tuple(request.outputs)
        _check_outputs(manifest, names)
        arrays, bare = _convert(manifest, request)
        outputs = self.session(manifest).run(arrays, names)
        return InferResponse(manifest.model, manifest.version, outputs, request.id, bare)

    def session(self, manifest: Manifest) -> Session:
        """The warm session of a version, loaded first if need be."""
        key = f"{manifest.model}/{manifest.version}/{manifest.artifact.sha256}"
        return self._sessions.get(key, lambda: self._load(manifest))

    def resolve(self, model: str, ref: str) -> Manifest:
        """The manifest of the version that a number or an alias names; a split alias chooses by weight.

        Raises InvalidName before any I/O; ModelNotFound, AliasNotFound or VersionNotFound.
        """
        check_model(model)
        parsed = parse_ref(ref)
        aliases = self._aliases.read(model).aliases
        if isinstance(parsed, int):
            if parsed in aliases.deleted:
                raise VersionNotFound(f"Version {parsed} of model {model!r} was deleted.")
            return self._manifest(model, parsed, None)
        target = choose(aliases.alias(parsed).targets, random.random())
        return self._manifest(model, target.version, target.manifest)

    def versions(self, model: str) -> list[int]:
        """The versions of a model that can be asked for, ascending; raises ModelNotFound."""
        deleted = self._aliases.read(check_model(model)).aliases.deleted
        return [version for version in list_versions(self._store, model) if version not in deleted]

    def names(self) -> list[str]:
        """All models in the store."""
        return list_models(self._store)

    def _manifest(self, model: str, version: int, digest: str | None) -> Manifest:
        return self._manifests.get(
            f"{model}/{version}/{digest}", lambda: read_manifest(self._store, model, version, digest)
        )

    def _load(self, manifest: Manifest) -> Session:
        return Session(manifest, read_blob(self._store, manifest.model, manifest.artifact), self.settings.threads)


def choose(targets: tuple[Target, ...], point: float) -> Target:
    """The target whose share of [0, 1) holds `point`."""
    for target in targets:
        point -= target.weight
        if point < 0:
            return target
    return targets[-1]


class _AliasReader:
    # Alias documents, read again with their ETag after a time to live; a store that fails then leaves the old in force.
    def __init__(self, store: Store, ttl: float) -> None:
        self._store = store
        self._ttl = ttl
        self._states: dict[str, tuple[float, AliasState]] = {}
        self._lock = threading.Lock()

    def read(self, model: str) -> AliasState:
        read_at, state = self._states.get(model, (0.0, None))
        if state is not None and time.monotonic() < read_at + self._ttl:
            return state
        try:
            fresh = read_aliases(self._store, model, state.etag if state else None) or state
        except StoreUnavailable:
            if state is None:
                raise
            fresh = state
        assert fresh is not None
        with self._lock:
            self._states[model] = (time.monotonic(), fresh)
        return fresh


def _weight(session: Session) -> float:
    limits = session.manifest.limits
    return limits.get("resident_bytes") or session.manifest.artifact.size * SESSION_OVERHEAD


def _check_outputs(manifest: Manifest, names: tuple[str, ...]) -> None:
    known = [spec.name for spec in manifest.signature.outputs]
    for name in names:
        if name not in known:
            raise InvalidRequest(f"Model {manifest.model!r} has no output {name!r}; it has {_list(known)}.")
    if len(set(names)) != len(names):
        raise InvalidRequest("An output is asked for twice.")


def _convert(manifest: Manifest, request: InferRequest) -> tuple[dict[str, Array], bool]:
    specs = {spec.name: spec for spec in manifest.signature.inputs}
    _check_names(manifest, request.inputs, specs)
    arrays = {
        name: to_array(name, value, specs[name].datatype) if isinstance(value, JsonTensor) else value
        for name, value in request.inputs.items()
    }
    bare = request.bare_rows and manifest.signature.batched and _are_bare(arrays, specs)
    if bare:
        arrays = {name: array[np.newaxis] for name, array in arrays.items()}
    for name, array in arrays.items():
        problem = specs[name].mismatch(array.shape)
        if problem:
            raise InvalidInput(f"Input {name!r} {problem}.")
    _check_batch(manifest, arrays)
    return arrays, bare


def _check_names(manifest: Manifest, given: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> None:
    unknown = [name for name in given if name not in specs]
    missing = [name for name in specs if name not in given]
    if unknown:
        raise InvalidInput(f"Model {manifest.model!r} has no input {unknown[0]!r}; its inputs are {_list(specs)}.")
    if missing:
        raise InvalidInput(
            f"Input {missing[0]!r} is missing; the inputs of model {manifest.model!r} are {_list(specs)}."
        )


def _are_bare(arrays: Mapping[str, Array], specs: Mapping[str, TensorSpec]) -> bool:
    ranks = ((array.ndim, specs[name].shape) for name, array in arrays.items())
    return all(shape is not None and rank == len(shape) - 1 for rank, shape in ranks)


def _check_batch(manifest: Manifest, arrays: Mapping[str, Array]) -> None:
    sizes = {name: array.shape[0] for name, array in arrays.items()} if manifest.signature.batched else {}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{name!r} has {size}" for name, size in sizes.items())
        raise InvalidInput(f"All inputs must have the same number of rows, but {found}.")


def _list(names: Any) -> str:
    return ", ".join(repr(name) for name in names)
