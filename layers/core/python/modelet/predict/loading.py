"""Loading a version: its bytes and its manifest are read beside each other, and may be long before the runtime is
imported.

Only whoever loads imports the runtime, never a thread that reads: two threads that import numpy at once break it, for a
module is found as soon as its import has begun (https://github.com/python/cpython/issues/83065).
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from modelet import log
from modelet.config import Settings
from modelet.errors import CorruptObject, ModeletError, UnknownSchema
from modelet.manifest import Artifact, Manifest, Variant
from modelet.manifest.variant import ARCHITECTURE
from modelet.phases import enter
from modelet.predict.fetching import fetch
from modelet.predict.memfile import MemoryFile
from modelet.predict.memory import Growth, forecast, give_back, weight
from modelet.predict.runtime import installed_runtime
from modelet.registry.aliases import Target
from modelet.store.ahead import Ahead
from modelet.store.base import Store

if TYPE_CHECKING:
    from modelet.session import Session
    from modelet.session.mapped import Mapped


Reserve = Callable[[float], None]
"""Makes room for so many bytes, or raises."""


class _Begun(NamedTuple):
    variant: Variant | None
    file: Ahead[MemoryFile]


class Loader:
    """Makes sessions: of the variant that fits this runtime, architecture and profile, else of the canonical artifact.

    `read_manifest` answers the manifest of a model's target.
    """

    def __init__(self, store: Store, settings: Settings, read_manifest: Callable[[str, Target], Manifest]) -> None:
        self._store = store
        self._settings = settings
        self._read_manifest = read_manifest
        self._begun: dict[str, _Begun] = {}
        self._beginning = threading.Lock()
        self._growth = Growth()

    def begin(self, model: str, target: Target, is_taken: Callable[[str], bool]) -> Ahead[MemoryFile] | None:
        """Begin to read what a load of this target needs, which will take it from there; once, however often, and not
        where `is_taken` says that there is such a load, by its key.
        """
        key = load_key(model, target)
        with self._beginning:
            begun = self._begun.get(key)
            if begun is None:
                if is_taken(key):
                    return None
                Ahead(lambda: self._read_manifest(model, target))
                begun = self._begun[key] = self._begin(model, target)
        return begun.file

    def has_begun(self, key: str) -> bool:
        """Whether this load would find its read begun."""
        return key in self._begun

    def give_up(self, keep: str | None = None) -> list[str]:
        """Forget what was begun and no load has taken, save for one; answers the keys of those loads."""
        with self._beginning:
            keys = [key for key in self._begun if key != keep]
            return [key for key in keys if self._begun.pop(key, None)]

    def forecast(self, target: Target, manifest: Manifest | None = None) -> float:
        """The resident bytes of what a target leads to: as its manifest says, or else by the size."""
        return forecast(target.artifact, self._beforehand(target), manifest.limits if manifest else {})

    def load(self, model: str, target: Target, reserve: Reserve) -> "Session":
        """Load what a target leads to; `reserve` is asked for the bytes that its manifest says it takes.

        Raises CorruptObject naming the digest of what is missing or damaged, StoreUnavailable, OutOfMemory, and what
        `reserve` raises.
        """
        enter("fetch")
        begun = self._begun.pop(load_key(model, target), None) or self._begin(model, target)
        manifest = self._read_manifest(model, target)
        self._check(model, target, manifest)
        enter("load")
        from modelet.session import RUNTIME  # slow to import, and the bytes are on their way meanwhile

        variant = self._fitting(target, RUNTIME)
        if variant != begun.variant:
            begun = self._fetch(model, target.artifact, variant)
        reserve(forecast(manifest.artifact, variant, manifest.limits))
        if variant:
            session = self._open_variant(manifest, variant, begun.file)
            if session:
                return session
            reserve(forecast(manifest.artifact, None, manifest.limits))
            begun = self._fetch(model, target.artifact, None)
        with begun.file.result() as file:
            return self._open(manifest, file, None)

    def _begin(self, model: str, target: Target) -> _Begun:
        return self._fetch(model, target.artifact, self._beforehand(target))

    def _fetch(self, model: str, artifact: Artifact, variant: Variant | None) -> _Begun:
        return _Begun(variant, Ahead(lambda: fetch(self._store, model, artifact, variant)))

    def _beforehand(self, target: Target) -> Variant | None:
        return self._fitting(target, installed_runtime()) if target.variants else None

    def _fitting(self, target: Target, runtime: str | None) -> Variant | None:
        wanted = (runtime, ARCHITECTURE, self._settings.profile)
        return next((variant for variant in target.variants if variant.fits == wanted), None)

    def _check(self, model: str, target: Target, manifest: Manifest) -> None:
        if manifest.artifact.sha256 != target.artifact.sha256:
            raise CorruptObject(
                f"The aliases of model {model!r} in {self._store.url} give version {target.version} the artifact "
                f"sha256:{target.artifact.sha256}, but its manifest sha256:{manifest.artifact.sha256}."
            )

    def _open_variant(self, manifest: Manifest, variant: Variant, ahead: Ahead[MemoryFile]) -> "Session | None":
        refusal: ModeletError
        try:
            file = ahead.result()
        except (CorruptObject, UnknownSchema) as error:
            refusal = error
        else:
            with file:
                try:
                    return self._open(manifest, file, variant)
                except CorruptObject as error:  # the bytes are right, so it is the runtime that cannot use them
                    refusal = error
        log.notice(
            f"The variant sha256:{variant.blob.sha256} is not used, but the canonical artifact: {refusal.message}",
            self._settings.log,
        )
        return None

    def _open(self, manifest: Manifest, file: MemoryFile, variant: Variant | None) -> "Session":
        from modelet.session import Session

        source = self._mapped(manifest, manifest.weights, file, variant) if manifest.weights else file.path

        def open_session() -> Session:
            session = Session(manifest, source, self._settings.threads, variant)
            if variant is None:
                give_back()  # what parsing it took, which is as much as it holds
            return session

        session, grown = self._growth.of(open_session)
        session.resident_bytes = weight(manifest.artifact, variant, manifest.limits, grown)
        return session

    def _mapped(self, manifest: Manifest, weights: Artifact, file: MemoryFile, variant: Variant | None) -> "Mapped":
        from modelet.session.mapped import read_beside, read_variant  # large models only

        if variant:
            return read_variant(file.path)
        with self._fetch(manifest.model, weights, None).file.result() as beside:
            return read_beside(file.path, beside.path)


def load_key(model: str, target: Target) -> str:
    """What a load is known by: its model, version and artifact."""
    return f"{model}/{target.version}/{target.artifact.sha256}"
