"""Where a sharded job lives in a store.

jobs/{id}/plan.json                 what every shard has in common; written last: a job exists when this does
jobs/{id}/plan/{sha256}.json        what each shard has of its own, for PAGE shards
jobs/{id}/shards/{page}/{i}.json    the output of a shard, written if absent
jobs/{id}/failures/{i}.json         why a shard that has no output failed last
jobs/{id}/arrays/{sha256}.json      the shards that one array job of AWS Batch runs
jobs/{id}/cancelled.json            written when no more shards are to begin
jobs/{id}/result.json               what the job came to, written if absent
"""

import re

from modelet.errors import InvalidName

PAGE = 1000
"""Shards per page of a plan, and outputs per folder: a worker reads one page, and no folder has too many files."""

_ID = re.compile(r"[0-9a-z]([0-9a-z-]{0,126}[0-9a-z])?")


def check_id(job_id: str) -> str:
    """Answer the id if a sharded job may have it; raises InvalidName."""
    if not _ID.fullmatch(job_id):
        raise InvalidName(f"{job_id!r:.80} is not the id of a sharded job: use 1 to 128 of a-z, 0-9 and inner hyphens.")
    return job_id


def plan_key(job_id: str) -> str:
    """Where the plan lives; raises InvalidName."""
    return f"jobs/{check_id(job_id)}/plan.json"


def page_key(job_id: str, digest: str) -> str:
    """Where a page of the plan lives."""
    return f"jobs/{job_id}/plan/{digest}.json"


def outputs_below(job_id: str) -> str:
    """What the keys of all outputs begin with."""
    return f"jobs/{job_id}/shards/"


def output_key(job_id: str, index: int) -> str:
    """Where the output of a shard lives."""
    return f"{outputs_below(job_id)}{index // PAGE}/{index}.json"


def index_of(key: str) -> int:
    """The shard whose output or failure this key is."""
    return int(key.rsplit("/", 1)[1].removesuffix(".json"))


def failures_below(job_id: str) -> str:
    """What the keys of all failures begin with."""
    return f"jobs/{job_id}/failures/"


def failure_key(job_id: str, index: int) -> str:
    """Where the failure of a shard lives."""
    return f"{failures_below(job_id)}{index}.json"


def array_key(job_id: str, digest: str) -> str:
    """Where the list of shards of an array job lives."""
    return f"jobs/{job_id}/arrays/{digest}.json"


def cancelled_key(job_id: str) -> str:
    """What is there when a job is cancelled."""
    return f"jobs/{check_id(job_id)}/cancelled.json"


def result_key(job_id: str) -> str:
    """Where the result of a job lives."""
    return f"jobs/{job_id}/result.json"
