"""AWS Batch for tests: moto keeps the jobs, and their containers are processes here, run with the very commands that
were submitted. moto itself runs nothing and says that all has succeeded.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from typing import Any

import boto3

TRIES = 3


class FakeContainers:
    """Runs the containers of a queue whenever the engine waits. `env` is what a container has; `submitted` are the
    descriptions of all jobs so far.
    """

    def __init__(self, env: Mapping[str, str], name: str) -> None:
        self._env = {**os.environ, **env, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.submitted: list[dict[str, Any]] = []
        self.exits: list[int] = []
        self.client = boto3.client(
            "batch",
            endpoint_url=env["AWS_ENDPOINT_URL"],
            region_name=env["AWS_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )
        self.queue = self.definition = name
        _configure(env["AWS_ENDPOINT_URL"])
        environment = self.client.create_compute_environment(
            computeEnvironmentName=name, type="UNMANAGED", serviceRole=_role(env, name)
        )
        order = [{"order": 1, "computeEnvironment": environment["computeEnvironmentArn"]}]
        self.client.create_job_queue(jobQueueName=name, state="ENABLED", priority=1, computeEnvironmentOrder=order)
        self.client.register_job_definition(
            jobDefinitionName=name,
            type="container",
            containerProperties={"image": "modelet-train", "vcpus": 1, "memory": 512},
        )

    def pause(self, seconds: float) -> None:
        """Run what was submitted since the last time, to its end."""
        known = {job["jobId"] for job in self.submitted}
        listed = self.client.list_jobs(jobQueue=self.queue, jobStatus="SUCCEEDED")["jobSummaryList"]
        new = [job["jobId"] for job in listed if ":" not in job["jobId"] and job["jobId"] not in known]
        for job in self.client.describe_jobs(jobs=new)["jobs"] if new else []:
            self.submitted.append(job)
            for index in range(job["arrayProperties"]["size"]) if job.get("arrayProperties") else [None]:
                self._run(job, index)

    def _run(self, job: dict[str, Any], index: int | None) -> None:
        command = [sys.executable if word == "python" else word for word in job["container"]["command"]]
        env = self._env if index is None else {**self._env, "AWS_BATCH_JOB_ARRAY_INDEX": str(index)}
        for _ in range(TRIES):
            status = subprocess.run(command, env=env, timeout=60, stderr=subprocess.DEVNULL).returncode
            self.exits.append(status)
            if status in (0, 65):
                return


def _configure(endpoint: str) -> None:
    data = json.dumps({"batch": {"use_docker": False}}).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/config", data, headers), timeout=30):
        return


def _role(env: Mapping[str, str], name: str) -> str:
    client = boto3.client(
        "iam",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    arn: str = client.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    return arn
