"""Room for what is loaded, and for what is read before anyone asks for it: that gives way to whatever is asked for."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from modelet.cache import Cache, Full
from modelet.manifest import Manifest
from modelet.predict.loading import Loader, load_key
from modelet.predict.memory import does_not_fit
from modelet.registry.aliases import Target

if TYPE_CHECKING:
    from modelet.session import Session


class Room:
    """What a cache of sessions has room for, and a loader takes of it; `read_manifest` as the loader has it."""

    def __init__(
        self, sessions: "Cache[Session]", loader: Loader, read_manifest: Callable[[str, Target], Manifest]
    ) -> None:
        self._sessions = sessions
        self._loader = loader
        self._read_manifest = read_manifest

    def load(self, model: str, target: Target) -> "Session":
        """Load a target; raises Full, and what the loader raises."""
        key = load_key(model, target)
        self._make(key, self._forecast(key, model, target))
        return self._loader.load(model, target, lambda need: self._make(key, need))

    def read(self, model: str, targets: tuple[Target, ...]) -> None:
        """Read what loads of these targets need, until it is there or has failed.

        Raises OutOfMemory or Unavailable where not all of them fit, and then none has taken room.
        """
        known = {load_key(model, target): target for target in targets}
        try:
            self._reserve(model, known)
            files = [self._loader.begin(model, target, self._sessions.knows) for target in known.values()]
        except BaseException:
            for key in known:
                if not self._loader.has_begun(key):  # by another name
                    self._sessions.release(key)
            raise
        for file in filter(None, files):
            file.wait()

    def give_way(self, keep: str | None = None) -> None:
        """Give up what was read and nobody has asked for, save for one load, by its key."""
        for key in self._loader.give_up(keep):
            self._sessions.release(key)

    def _forecast(self, key: str, model: str, target: Target) -> float:
        need = self._loader.forecast(target)
        if self._sessions.has_room(need, key):
            return need
        # Only near the limit is it worth another round to know before the fetch what publishing has measured.
        return self._loader.forecast(target, self._read_manifest(model, target))

    def _make(self, key: str, need: float) -> None:
        if not self._sessions.has_room(need, key):
            self.give_way(key)
        self._sessions.reserve(key, need)

    def _reserve(self, model: str, known: Mapping[str, Target]) -> None:
        for key, target in known.items():
            try:
                self._sessions.reserve(key, self._forecast(key, model, target))
            except Full as full:
                title = f"Version {target.version} of model {model!r}"
                raise does_not_fit(title, self._sessions.budget, full) from None
