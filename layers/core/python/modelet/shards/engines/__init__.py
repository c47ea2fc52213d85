"""What runs the shards of a job: this process, a pool of processes, or an array job of AWS Batch. Each is thin, for all
that matters is in the store.
"""

from collections.abc import Mapping

from modelet.shards.engines.batch import Batch
from modelet.shards.engines.engine import Engine
from modelet.shards.engines.inline import Inline
from modelet.shards.engines.pool import Pool
from modelet.store.base import Store

QUEUE, DEFINITION = "MODELET_BATCH_QUEUE", "MODELET_BATCH_DEFINITION"
"""Environment variables of a deployment that runs shards on AWS Batch."""


def engine_for(store: Store, processes: int, env: Mapping[str, str]) -> Engine:
    """AWS Batch where the environment names a queue and a job definition of it; else so many processes of this machine,
    or this one, for one shard at a time and for a store that no other process can see.
    """
    if env.get(QUEUE) and env.get(DEFINITION):
        return Batch(env[QUEUE], env[DEFINITION], env)
    if processes == 1 or store.url.startswith("memory:"):
        return Inline()
    return Pool(processes, env)


__all__ = ["DEFINITION", "QUEUE", "Batch", "Engine", "Inline", "Pool", "engine_for"]
