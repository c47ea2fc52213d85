"""Starting the function that does a job's work: a Lambda function asynchronously, or a local process. Neither is waited
for.

Asynchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import orjson

from modelet.errors import InvalidSetting, Unavailable

STDERR = 2
_FUNCTION = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\.([A-Za-z_]\w*)")


def start(target: str, payload: Mapping[str, Any], env: Mapping[str, str]) -> None:
    """Hand `payload` to the function at `target`: `lambda:NAME`, or `process:package.module.function`, which runs in a
    process of its own with the environment `env`.

    Raises InvalidSetting for any other target, Unavailable where the function cannot be started now.
    """
    kind, _, name = target.partition(":")
    event = orjson.dumps(payload)
    if kind == "lambda" and name:
        _invoke(name, event, env)
    elif kind == "process" and (found := _FUNCTION.fullmatch(name)):
        _check_module(found[1], target)
        _spawn(name, event, env)
    else:
        raise InvalidSetting(f"{target!r} starts nothing: use lambda:NAME or process:package.module.function.")


def _invoke(name: str, event: bytes, env: Mapping[str, str]) -> None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")
    try:
        client = boto3.client("lambda", region_name=region, config=config)
        client.invoke(FunctionName=name, InvocationType="Event", Payload=event)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(f"The function {name!r} could not be started: {error}") from error


def _check_module(module: str, target: str) -> None:
    try:
        known = find_spec(module) is not None
    except ModuleNotFoundError:
        known = False
    if not known:
        raise InvalidSetting(f"{target!r} starts nothing: there is no module {module!r}.")


def _spawn(function: str, event: bytes, env: Mapping[str, str]) -> None:
    path = os.pathsep.join(folder or str(os.curdir) for folder in sys.path)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelet.jobs.process", function, event.decode()],
            env={**env, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=STDERR,  # standard output is for what this process has to say
            start_new_session=True,  # it outlives this process, and Ctrl-C is not for it
        )
    except OSError as error:
        raise Unavailable(f"The function {function!r} could not be started: {error.strerror}.") from error
    threading.Thread(target=process.wait, daemon=True).start()  # no zombie while this process lives
