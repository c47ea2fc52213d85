"""SnapStart, as the runtime's own client does it: initialise, run the hooks before, restore, run the hooks after.

A forked child stands in for an environment that was restored: it has the memory of the process, but no other
threads.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from onnx import helper

from modelet.registry.changing import promote, split
from modelet.store import open_store
from tests.entrances import EVENTS
from tests.onnx_models import model, scale, tensor
from tests.published import publish_model
from tests.s3_proxy import faulty_proxy
from tests.store.test_credentials import TOKEN, Container, container

__all__ = ["container"]  # a fixture

ROOT = EVENTS.parent

INITIALISE = """
import json, os, sys
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
from functions.infer.handler import handler, models
run_before_snapshot()

def ask():
    answer = handler({"model": "m", "inputs": {"x": [[1, 2]]}}, None)
    return answer.get("outputs", {}).get("y_pred") or answer
"""


def run(code: str, **env: str) -> Any:
    """What a process says last that SnapStart initialised, with model "m" named."""
    done = subprocess.run(
        [sys.executable, "-c", INITIALISE + code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
            "MODELET_PRELOAD": "m",
            "MODELET_THREADS": "1",
            "MODELET_LOG": "off",
            **env,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/store"


def test_what_the_deployment_names_is_part_of_the_snapshot_and_answers_without_being_read_again(url: str) -> None:
    publish_model(open_store(url), "m", scale(2.0))

    said = run(
        """
opened = []
sys.addaudithook(lambda name, held: opened.append(str(held[0])) if name == "open" else None)
run_after_restore()
answer = ask()
print(json.dumps([answer, [path for path in opened if "/blobs/" in path]]))
""",
        MODELET_STORE=url,
    )

    assert said == [[[2.0, 4.0]], []]


def test_aliases_are_read_again_however_little_time_has_passed_by_the_clock(url: str) -> None:
    store = open_store(url)
    for factor in (2.0, 3.0):
        publish_model(store, "m", scale(factor))
    promote(store, "m", 1)

    said = run(
        """
from modelet.registry.changing import promote
from modelet.store import open_store
before = ask()
promote(open_store(os.environ["MODELET_STORE"]), "m", 2)
cached = ask()
run_after_restore()
print(json.dumps([before, cached, ask()]))
""",
        MODELET_STORE=url,
        MODELET_ALIAS_TTL="100000",
    )

    assert said == [[[2.0, 4.0]], [[2.0, 4.0]], [[3.0, 6.0]]]


def test_environments_that_go_on_from_one_snapshot_do_not_choose_alike(url: str) -> None:
    store = open_store(url)
    for factor in (2.0, 3.0):
        publish_model(store, "m", scale(factor))
    split(store, "m", {1: 0.5, 2: 0.5})
    drawing = helper.make_node("RandomNormalLike", ["x"], ["y"])
    publish_model(store, "noise", model([drawing], [tensor("x")], [tensor("y")]))

    said = run(
        """
import random
state = random.getstate()

def restored():
    reader, writer = os.pipe()
    if os.fork() == 0:
        random.setstate(state)  # a fork has reseeded it, which restoring does not
        run_after_restore()
        drawn = handler({"model": "noise", "inputs": {"x": [[1, 2]]}}, None)["outputs"]
        made = {"choices": [ask()[0][0] for _ in range(64)], "random": random.random(), "drawn": drawn}
        os.write(writer, json.dumps(made).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return json.loads(pipe.read())

print(json.dumps([restored(), restored()]))
""",
        MODELET_STORE=url,
    )

    one, other = said
    assert set(one["choices"]) == {2.0, 3.0}
    assert one["choices"] != other["choices"]
    assert one["random"] != other["random"]
    assert one["drawn"] != other["drawn"]


@pytest.mark.parametrize("before", ["keys", "container"])
def test_a_restored_environment_asks_as_whom_its_own_credentials_name(
    before: str, container: Container, s3_url: str, s3_env: dict[str, str], tmp_path: Path
) -> None:
    publish_model(open_store(s3_url, s3_env), "m", scale(2.0))
    hers = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN,
        "AWS_REGION": "us-east-1",
    }
    then = hers if before == "container" else {**s3_env, "HERS": json.dumps(hers)}

    with faulty_proxy(s3_env["AWS_ENDPOINT_URL"]) as proxy:
        said = run(
            """
first = ask()
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ.pop(name, None)
os.environ.update(json.loads(os.environ.get("HERS", "{}")))
run_after_restore()
print(json.dumps([first, ask(), ask()]))
""",
            **{**then, "AWS_ENDPOINT_URL": proxy.url},
            MODELET_STORE=s3_url,
            HOME=str(tmp_path),
        )
        keys = [seen.headers["authorization"].partition("Credential=")[2].partition("/")[0] for seen in proxy.seen]

    assert said == [[[2.0, 4.0]]] * 3
    old, new = ("AKIDEXAMPLE", "AKIDCONTAINER1") if before == "keys" else ("AKIDCONTAINER1", "AKIDCONTAINER2")
    assert set(keys) == {old, new}
    assert keys == sorted(keys, key=[old, new].index), "never again the old one"


def test_without_snapstart_no_hooks_are_registered_and_the_package_for_them_is_not_imported(url: str) -> None:
    said = run(
        """
import snapshot_restore_py
print(json.dumps([snapshot_restore_py.get_after_restore(), "functions.infer.snapshot" in sys.modules]))
""",
        MODELET_STORE=url,
        MODELET_PRELOAD="",
        AWS_LAMBDA_INITIALIZATION_TYPE="on-demand",
    )

    assert said == [[], False]
