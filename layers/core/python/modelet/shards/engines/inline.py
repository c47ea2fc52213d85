"""Shards run by this process, one after another."""

from modelet.shards.engines.engine import TRIES, Stop, Watch, never, unwatched
from modelet.shards.engines.stopping import Stopping
from modelet.shards.outputs import missing
from modelet.shards.planning import Plan
from modelet.shards.running import Failed, Runner
from modelet.store.base import Store


class Inline:
    """Needs no other process, so that it runs shards of a store in memory, too."""

    def run(self, store: Store, plan: Plan, watch: Watch = unwatched, stop: Stop = never) -> None:
        runner, stopping = Runner(store, plan), Stopping(store, plan, stop)
        left = missing(store, plan)
        done = plan.count - len(left)
        for index in left:
            if stopping():
                return
            done += _run(runner, index)
            watch(done, plan.count)


def _run(runner: Runner, index: int) -> bool:
    for _ in range(TRIES):
        try:
            runner.run(index)
            return True
        except Exception as error:  # noqa: BLE001 - the boundary of a shard: whatever it is, it is recorded
            failed = Failed.of(error)
            runner.fail(index, failed)
            if not failed.again:
                break
    return False
