"""Shards run by array jobs of AWS Batch: one container each, where they need more time or memory than a function has.

https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from modelet.errors import InvalidSetting, Unavailable
from modelet.shards.engines.engine import TRIES, Stop, Watch, never, unwatched
from modelet.shards.engines.stopping import Stopping
from modelet.shards.keys import array_key
from modelet.shards.outputs import missing
from modelet.shards.planning import Plan
from modelet.shards.worker import IN_VAIN
from modelet.shards.writing import write_once
from modelet.store.base import Store

MOST = 10_000
"""Children that an array job may have; it needs two at least.
https://docs.aws.amazon.com/batch/latest/APIReference/API_ArrayProperties.html
"""

DESCRIBED = 100
"""Jobs that are described at once. https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html"""

POLL_SECONDS = 5.0
ENDED = {"SUCCEEDED", "FAILED"}
RETRY = {
    "attempts": TRIES,
    # What was refused on purpose is refused every time.
    "evaluateOnExit": [{"onExitCode": str(IN_VAIN), "action": "EXIT"}, {"onReason": "*", "action": "RETRY"}],
}


@dataclass(frozen=True, slots=True)
class Batch:
    """A job queue and a job definition, whose image holds Modelet. `command` is what its entry point is given, before
    the worker's arguments; `pause` waits between two looks at the jobs, for so many seconds.
    """

    queue: str
    definition: str
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    command: tuple[str, ...] = ("python", "-m", "modelet.shards.worker")
    pause: Callable[[float], None] = time.sleep

    def run(self, store: Store, plan: Plan, watch: Watch = unwatched, stop: Stop = never) -> None:
        left = missing(store, plan)
        stopping = Stopping(store, plan, stop)
        if not left or stopping():
            return
        client = _client(self.env)
        jobs: list[str] = []
        try:
            for start in range(0, len(left), MOST):  # one by one: where one is refused, those before it are ended
                submitted = self._submit(client, store, plan, left[start : start + MOST])
                jobs.append(submitted)
            before = plan.count - len(left)
            while not stopping():
                self.pause(POLL_SECONDS)
                ended, done = _look(client, jobs)
                watch(before + done, plan.count)
                if ended:
                    jobs.clear()
                    return
        finally:
            _terminate(client, jobs)

    def _submit(self, client: Any, store: Store, plan: Plan, indices: list[int]) -> str:
        data = orjson.dumps(indices)
        array = sha256(data).hexdigest()
        write_once(store, array_key(plan.id, array), data)
        asked: dict[str, Any] = {
            "jobName": f"modelet-{plan.id}"[:128],
            "jobQueue": self.queue,
            "jobDefinition": self.definition,
            "retryStrategy": RETRY,
            "containerOverrides": {
                "command": [*self.command, "--store", store.url, "--job", plan.id, "--array", array],
            },
        }
        if len(indices) > 1:
            asked["arrayProperties"] = {"size": len(indices)}
        with _told():
            job_id: str = client.submit_job(**asked)["jobId"]
        return job_id


def _look(client: Any, jobs: list[str]) -> tuple[bool, int]:
    # Whether all jobs have ended, and how many of their shards are done.
    found: list[dict[str, Any]] = []
    with _told():
        for start in range(0, len(jobs), DESCRIBED):
            found += client.describe_jobs(jobs=jobs[start : start + DESCRIBED])["jobs"]
    ended = len(found) == len(jobs) and all(job["status"] in ENDED for job in found)
    return ended, sum(_done(job) for job in found)


def _done(job: dict[str, Any]) -> int:
    summary = job.get("arrayProperties", {}).get("statusSummary")
    return int(summary["SUCCEEDED"]) if summary else int(job["status"] == "SUCCEEDED")


def _terminate(client: Any, jobs: list[str]) -> None:
    for job in jobs:
        try:
            client.terminate_job(jobId=job, reason="The job that it belongs to was stopped.")
        except Exception:  # noqa: BLE001, S112 - what stopped the job is told; a shard that goes on changes nothing
            continue


def _client(env: Mapping[str, str]) -> Any:
    try:
        import boto3
    except ImportError:
        raise InvalidSetting("Running shards on AWS Batch needs boto3: pip install 'modelet[control]'.") from None
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    keys = {
        "aws_access_key_id": env.get("AWS_ACCESS_KEY_ID"),
        "aws_secret_access_key": env.get("AWS_SECRET_ACCESS_KEY"),
        "aws_session_token": env.get("AWS_SESSION_TOKEN"),
    }
    try:
        return boto3.Session().client(
            "batch",
            region_name=env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION"),
            endpoint_url=env.get("AWS_ENDPOINT_URL_BATCH") or env.get("AWS_ENDPOINT_URL"),
            config=Config(retries={"mode": "standard", "total_max_attempts": 5}),
            **{name: value for name, value in keys.items() if value},
        )
    except (BotoCoreError, ValueError) as error:
        raise InvalidSetting(f"AWS Batch cannot be reached: {error}.") from None


@contextmanager
def _told() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or told["Code"] == "TooManyRequestsException":
            raise Unavailable(f"AWS Batch cannot run the shards now: {told['Message']}") from error
        raise InvalidSetting(f"AWS Batch refuses to run the shards: {told['Message']}") from error
    except BotoCoreError as error:
        raise Unavailable(f"AWS Batch cannot be reached: {error}") from error
