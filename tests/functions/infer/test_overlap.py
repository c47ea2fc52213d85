"""What the deployment names is fetched while numpy and ONNX Runtime are being imported: the order, not the clock."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelet.registry.changing import promote
from modelet.registry.keys import aliases_key, version_key
from modelet.store import open_store
from modelet.store.ahead import SWITCH_SECONDS
from tests.derived import ort_format, publish_variants
from tests.entrances import EVENTS
from tests.onnx_models import scale
from tests.published import publish_model

ROOT = EVENTS.parent

# The import of numpy, and with it all that follows, waits until the bytes have been opened, which are thus on their way
# without it. LocalStore opens files by Python's own `open`, so that every read is an audit event.
ASK = """
import json, sys, threading

opened, imported, blob = threading.Event(), [], sys.argv[1]

def audit(name, held):
    if name == "open" and str(held[0]).endswith(blob):
        opened.set()
    if name == "import" and held[0] in ("numpy", "onnxruntime") and held[0] not in imported:
        imported.append(held[0])
        overlapped.append(opened.wait(20))
        patience.append(sys.getswitchinterval())
    if name == "import" and held[0].split(".")[0] in ("numpy", "onnxruntime"):
        importers.add(threading.current_thread().name)

overlapped, importers, patience = [], set(), [sys.getswitchinterval()]
sys.addaudithook(audit)
from functions.infer.handler import handler
answer = handler({"model": sys.argv[2], "inputs": {"x": [1, 2]}}, None)
patience.append(sys.getswitchinterval())
said = {"imported": imported, "overlapped": overlapped, "importers": list(importers), "patience": patience}
print(json.dumps({"answer": answer, **said}))
"""

# The import of what makes sense of the answers waits until each of these was asked for.
ASK_FIRST = """
import sys, threading

wanted, all_asked = set(sys.argv[1:]), threading.Event()

def audit(name, held):
    if name == "open":
        wanted.difference_update([key for key in wanted if str(held[0]).endswith(key)])
        if not wanted:
            all_asked.set()
    if name == "import" and held[0] == "modelet.predict":
        sys.stdout.write(f"{all_asked.wait(20)} {sorted({'orjson', 'modelet.manifest', 'numpy'} & set(sys.modules))}")

sys.addaudithook(audit)
from functions.infer import handler
"""

# An artifact that does not come until the handler is there, in a process that began longer ago than a start may take.
LATE = """
import sys, threading
from modelet import phases

phases._imported -= 3600 * 10**9
started, waited, blob = threading.Event(), [], sys.argv[1]

def audit(name, held):
    if name == "open" and str(held[0]).endswith(blob):
        waited.append(started.wait(20))

sys.addaudithook(audit)
from functions.infer.handler import handler
started.set()
answer = handler({"model": "digits", "inputs": {"x": [1, 2]}}, None)
print(waited, answer["outputs"])
"""


def run(blob: str, asked: str = "digits", **env: str) -> dict[str, Any]:
    """Start the handler, and ask a model, in a fresh interpreter; its last line is what it says."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, blob, asked],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *notices, last = done.stdout.splitlines()
    said: dict[str, Any] = json.loads(last)
    return {**said, "notices": [line["notice"] for line in map(json.loads, notices) if "notice" in line]}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/store"


@pytest.mark.parametrize("setting", ["MODELET_DEFAULT_MODEL", "MODELET_PRELOAD"])
def test_the_artifact_is_on_its_way_before_numpy_and_the_runtime_are_imported(url: str, setting: str) -> None:
    manifest = publish_model(open_store(url), "digits", scale(2.0))

    ran = run(manifest.artifact.sha256, MODELET_STORE=url, **{setting: "digits"})

    assert ran["answer"]["outputs"] == {"y_pred": [2.0, 4.0]}
    assert (set(ran["imported"]), ran["overlapped"]) == ({"numpy", "onnxruntime"}, [True, True])
    assert ran["importers"] == ["MainThread"], "two threads that import numpy at once break it"


@pytest.mark.parametrize(("named", "version"), [("digits", 1), ("digits@live", 1), ("digits@2", 2)])
def test_the_first_reads_are_under_way_before_anything_is_imported_that_could_read_them(
    url: str, named: str, version: int
) -> None:
    for factor in (2.0, 3.0):
        publish_model(open_store(url), "digits", scale(factor))

    done = subprocess.run(
        [sys.executable, "-c", ASK_FIRST, aliases_key("digits"), version_key("digits", version)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "MODELET_STORE": url, "MODELET_PRELOAD": named},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("True []", "")


def test_threads_that_read_come_first_while_it_starts_and_no_longer(url: str) -> None:
    manifest = publish_model(open_store(url), "digits", scale(2.0))

    ran = run(manifest.artifact.sha256, MODELET_STORE=url, MODELET_DEFAULT_MODEL="digits")

    before, *within, after = ran["patience"]
    assert before == after
    assert within == [pytest.approx(SWITCH_SECONDS)] * 2


@pytest.mark.parametrize("named", ["digits", "digits@live", "digits@1", " nobody, digits@1 ,"])
def test_so_is_the_variant_for_a_runtime_that_is_not_imported_yet(url: str, named: str) -> None:
    store = open_store(url)
    manifest = publish_variants(store, "digits", scale(2.0), (ort_format(scale(2.0)), {}))
    promote(store, "digits", 1)

    ran = run(manifest.variants[0].blob.sha256, MODELET_STORE=url, MODELET_PRELOAD=named)

    assert ran["answer"]["outputs"] == {"y_pred": [2.0, 4.0]}
    assert ran["overlapped"] == [True, True]


@pytest.mark.parametrize("named", ["nobody", "digits@7", "Not A Name", "digits@Not A Ref"])
def test_what_cannot_be_loaded_beforehand_is_logged_and_breaks_nothing(url: str, named: str) -> None:
    publish_model(open_store(url), "digits", scale(2.0))

    ran = run("", MODELET_STORE=url, MODELET_PRELOAD=named)

    assert ran["answer"]["outputs"] == {"y_pred": [2.0, 4.0]}
    (notice,) = ran["notices"]
    assert notice.startswith(f"{named!r} could not be loaded beforehand: ")


def test_a_damaged_artifact_breaks_no_start_and_is_reported_to_whoever_asks(url: str) -> None:
    store = open_store(url)
    digest = publish_model(store, "digits", scale(2.0)).artifact.sha256
    store.put(f"models/digits/blobs/{digest}", [b"damaged"])

    ran = run(digest, MODELET_STORE=url, MODELET_DEFAULT_MODEL="digits")

    assert (ran["answer"]["status"], ran["answer"]["code"]) == (500, "corrupt_object")
    assert digest in ran["answer"]["error"]
    assert digest in ran["notices"][0]


def test_a_start_waits_no_longer_than_lambda_does_counted_from_its_first_import(url: str) -> None:
    manifest = publish_model(open_store(url), "digits", scale(2.0))

    done = subprocess.run(
        [sys.executable, "-c", LATE, manifest.artifact.sha256],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency",  # which may take two minutes
            "MODELET_STORE": url,
            "MODELET_PRELOAD": "digits",
            "MODELET_LOG": "off",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("[True] {'y_pred': [2.0, 4.0]}\n", "")
