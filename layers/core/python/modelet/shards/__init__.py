"""The sharded job: plan → run each shard → commit, whatever runs the shards.

A plan is immutable, a shard has one output, which is written if absent, and whoever commits reads what is there. So a
retry, a duplicate or a crash at any point changes nothing, and a job goes on where it stopped.
"""

from modelet.shards.committing import commit
from modelet.shards.outputs import missing, outputs, results
from modelet.shards.planning import Plan, load_plan, make_plan
from modelet.shards.running import run_shard
from modelet.shards.work import Shard, shard_work

__all__ = [
    "Plan",
    "Shard",
    "commit",
    "load_plan",
    "make_plan",
    "missing",
    "outputs",
    "results",
    "run_shard",
    "shard_work",
]
