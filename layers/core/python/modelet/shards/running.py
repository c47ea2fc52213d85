"""Running one shard: its work is called, and what it answers is the shard's output, unless there is one already."""

from modelet.errors import ModeletError, Unavailable
from modelet.manifest.fields import encode
from modelet.shards.keys import failure_key, output_key
from modelet.shards.planning import Pages, Plan
from modelet.shards.work import Json, Shard, find_work
from modelet.shards.writing import write_once
from modelet.store.base import Store

SCHEMA = 1


class Runner:
    """Runs shards of one plan, one after another, reading what they have in common once."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self._pages = Pages(store, plan)

    def run(self, index: int) -> None:
        """Bring a shard to its output; one that has it is left as it is. Raises what its work raises, CorruptObject and
        StoreUnavailable.
        """
        key = output_key(self._plan.id, index)
        if _exists(self._store, key):
            return
        own = self._pages.own(index)
        work = find_work(self._plan.work)
        output = work(Shard(self._store, self._plan.id, index, self._plan.request, own))
        write_once(self._store, key, encode({"schema": SCHEMA, "shard": index, "output": output}))

    def fail(self, index: int, failure: "Failed") -> None:
        """Record why a shard has no output."""
        self._store.put(failure_key(self._plan.id, index), [encode({"schema": SCHEMA, **failure.to_json()})])


class Failed:
    """Why a shard came to no output: a stable code and a sentence for the user. `again` says that another try may help:
    what is refused on purpose, is refused every time.
    """

    def __init__(self, code: str, message: str, again: bool) -> None:
        self.code = code
        self.message = message
        self.again = again

    @classmethod
    def of(cls, error: Exception) -> "Failed":
        """The failure that an error is."""
        if isinstance(error, ModeletError):
            return cls(error.code, error.message, isinstance(error, Unavailable))
        return cls("internal", f"{type(error).__name__}: {error}", again=True)

    def to_json(self) -> Json:
        """The JSON form."""
        return {"code": self.code, "message": self.message, "again": self.again}


def run_shard(store: Store, plan: Plan, index: int) -> None:
    """Run one shard, as `Runner.run` does."""
    Runner(store, plan).run(index)


def _exists(store: Store, key: str) -> bool:
    try:
        store.head(key)
    except FileNotFoundError:
        return False
    return True
