"""A process that runs shards: `python -m modelet.shards.worker --store URL --job ID`.

As a child of an array job of AWS Batch it runs one: that of AWS_BATCH_JOB_ARRAY_INDEX in the list that --array names.
https://docs.aws.amazon.com/batch/latest/userguide/array_index_example.html
With --serve it runs those whose numbers come in, a line each, and answers a line of JSON each, until its input ends:
with the process that started it, however that ended.
"""

import argparse
import os
import queue
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import BinaryIO

import orjson

from modelet.errors import CorruptObject, ModeletError
from modelet.shards.keys import array_key
from modelet.shards.planning import load_plan
from modelet.shards.running import Failed, Runner
from modelet.store import open_store
from modelet.store.base import Store

ARRAY_INDEX = "AWS_BATCH_JOB_ARRAY_INDEX"
AGAIN, IN_VAIN = 1, 65
"""Exit statuses of a shard without output: another try may help, or it cannot."""


def main(arguments: list[str], env: Mapping[str, str]) -> int:
    """Run what the arguments and the environment say, and answer the exit status."""
    parser = argparse.ArgumentParser(prog="modelet.shards.worker")
    parser.add_argument("--store", required=True)
    parser.add_argument("--job", required=True)
    parser.add_argument("--array", help="the list of shards of which AWS_BATCH_JOB_ARRAY_INDEX tells one")
    parser.add_argument("--serve", action="store_true", help="run the shards whose numbers come in")
    options = parser.parse_args(arguments)
    try:
        store = open_store(options.store, env)
        runner = Runner(store, load_plan(store, options.job))
        if options.serve:
            _serve(runner)
            return 0
        index = _index(store, options.job, options.array, int(env.get(ARRAY_INDEX, "0")))
    except ModeletError as error:
        sys.stderr.write(f"modelet.shards.worker: {error.message}\n")
        return AGAIN if Failed.of(error).again else IN_VAIN
    failed = _run(runner, index)
    return 0 if failed is None else AGAIN if failed.again else IN_VAIN


def _index(store: Store, job_id: str, array: str | None, position: int) -> int:
    if array is None:
        return position
    key = array_key(job_id, array)
    try:
        found = store.get(key)
    except FileNotFoundError:
        raise CorruptObject(f"{key} is missing in {store.url}.") from None
    assert found is not None  # only a get with an ETag answers None
    return int(orjson.loads(found.data)[position])


def _run(runner: Runner, index: int) -> Failed | None:
    try:
        runner.run(index)
        return None
    except Exception as error:  # noqa: BLE001 - the boundary of the process: whatever it is, it is shown and recorded
        if not isinstance(error, ModeletError):
            traceback.print_exc()
        failed = Failed.of(error)
    try:
        runner.fail(index, failed)
    except ModeletError as error:
        sys.stderr.write(f"modelet.shards.worker: {error.message}\n")
    return failed


def _serve(runner: Runner) -> None:
    # Whatever the work prints goes to standard error: standard output is for the answers alone.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    while True:
        index = asked.get()
        failed = _run(runner, index)
        answers.write(orjson.dumps({"shard": index, "failed": failed and failed.to_json()}) + b"\n")


def _listen(questions: BinaryIO, asked: "queue.SimpleQueue[int]") -> None:
    for line in questions:
        asked.put(int(line))
    os._exit(0)  # nobody waits for the shard that is being run, and its output is written whole or not at all


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
