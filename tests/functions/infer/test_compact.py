"""Before a snapshot is made of the process, what initialising has left behind is given back."""

import json
import os
import subprocess
import sys
from pathlib import Path

from modelet.store import open_store
from tests.entrances import EVENTS
from tests.onnx_models import scale
from tests.published import publish_model

SNAPSHOT = """
import gc, json, weakref
from awslambdaric.lambda_runtime_hooks_runner import run_before_snapshot
from functions.infer.handler import handler
from modelet.predict.memory import private_bytes

class Cycle:
    pass

gc.disable()
forgotten = Cycle()
forgotten.own = forgotten
forgotten.pieces = [bytes([1]) * 60_000 for _ in range(1000)]  # too small to be mapped on their own
last = bytes(60_000)  # at the end of the heap, which therefore cannot shrink
seen = weakref.ref(forgotten)
del forgotten
full = private_bytes()
run_before_snapshot()
print(json.dumps([seen() is None, full - private_bytes()]))
"""


def test_a_snapshot_holds_no_garbage_and_no_freed_memory(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    publish_model(open_store(url), "m", scale(2.0))

    done = subprocess.run(
        [sys.executable, "-c", SNAPSHOT],
        cwd=EVENTS.parent,
        env={
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
            "MODELET_STORE": url,
            "MODELET_PRELOAD": "m",
            "MODELET_LOG": "off",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    collected, given_back = json.loads(done.stdout)
    assert collected
    assert given_back > 40_000_000
