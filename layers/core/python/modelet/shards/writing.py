"""Writing what never changes: whoever finds the same bytes there has written them, or need not."""

from modelet.errors import RegistryBusy, StoreUnavailable
from modelet.registry.operations import WRITE_FAILURES, attempts
from modelet.store.base import AlreadyExists, Store

TRIES = 12


def write_once(store: Store, key: str, data: bytes) -> bytes:
    """Write an object unless there is one, and answer what is there then; raises StoreUnavailable or RegistryBusy."""
    failures: list[StoreUnavailable] = []
    for _ in attempts(TRIES):
        try:
            store.put_if_absent(key, data)
            return data
        except AlreadyExists:
            pass  # by another's write or by an earlier try of this one: reading tells
        except StoreUnavailable as error:
            failures.append(error)
            if len(failures) == WRITE_FAILURES:
                raise
        try:
            found = store.get(key)
        except FileNotFoundError:
            continue  # another's write is still under way, or ours has failed
        assert found is not None  # only a get with an ETag answers None
        return found.data
    raise RegistryBusy(f"{key} could not be written: others write it at the same time; try again.")
