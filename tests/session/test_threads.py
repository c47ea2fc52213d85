"""As many threads run a model as the deployment has CPUs: counted in the process, not in its settings."""

import subprocess
import sys

import pytest

COUNT = """
import os, sys, time
from modelet.store.memory import MemoryStore
from tests.derived import ort_format, publish_variants
from tests.onnx_models import scale
from tests.published import serve

def settled(threads):
    until = time.monotonic() + 5  # threads that have read or loaded something are about to end
    while (count := len(os.listdir("/proc/self/task"))) != threads and time.monotonic() < until:
        os.sched_yield()
    return count

store = MemoryStore()
form = ort_format(scale(2.0))
publish_variants(store, "m", scale(2.0), *([(form, {})] if sys.argv[2] == "variant" else []))
assert settled(1) == 1
session = serve(store, threads=int(sys.argv[1])).session("m")
assert (session.variant is None) == (sys.argv[2] == "canonical")
print(settled(int(sys.argv[1])))
"""


@pytest.mark.parametrize("form", ["canonical", "variant"])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_session_has_the_threads_of_the_deployment_with_the_one_that_asks(form: str, threads: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(threads), form],
        env={"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == threads
