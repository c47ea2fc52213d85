"""Creating an object that is never changed afterwards, until it is known who created it."""

from modelet.errors import RegistryBusy, StoreUnavailable
from modelet.registry.operations import WRITE_FAILURES, attempts
from modelet.store.base import AlreadyExists, Store

FRUITLESS_ATTEMPTS = 8


def create(store: Store, key: str, data: bytes) -> bytes:
    """Create the object unless it is there; answers what is there: these bytes, or the winner's.

    Raises RegistryBusy or StoreUnavailable: then it is not known to exist.
    """
    failures: list[StoreUnavailable] = []
    for _ in attempts(FRUITLESS_ATTEMPTS):
        try:
            store.put_if_absent(key, data)
            return data
        except AlreadyExists:
            pass  # by our own write, another's, or one that is still under way: reading tells
        except StoreUnavailable as error:
            failures.append(error)
        try:
            found = store.get(key)
        except FileNotFoundError:
            found = None
        if found is not None:
            return found.data
        if len(failures) == WRITE_FAILURES:
            raise failures[-1]
    raise RegistryBusy(f"{key} in {store.url} could not be created; try again.")
