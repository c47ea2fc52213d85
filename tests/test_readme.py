"""Every command of the README runs as written, in its order, and ends well: `modelet` and curl lines; `make`, git and
deployment have tests of their own, or need an account.
"""

import re
import shlex
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import orjson
import pytest

from tests.conftest import aws_variables
from tests.onnx_models import save, scale
from tests.servers import make_bucket
from tests.test_main_job import service

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line.removeprefix("$ ") for block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
JOB_SECONDS = 60.0
ELSEWHERE = ("git ", "make ", ". .venv", ".venv-sam/")


def words_of(command: str) -> list[str]:
    return shlex.split(command, comments=True)


def curl(words: list[str], address: str, folder: Path) -> bool:
    """Send what a curl line sends, and wait for the job where the answer is one."""
    options = iter(words[1:])
    target, body, method = "", None, None
    for word in options:
        if word == "-d":
            body = next(options).encode()
        elif word == "--data-binary":
            body = (folder / next(options).removeprefix("@")).read_bytes()
        elif word == "-X":
            method = next(options)
        elif word != "-s":
            target = word.removeprefix("localhost:8080")
    headers = {"content-type": "application/x-www-form-urlencoded"} if body is not None else {}
    request = urllib.request.Request(address + target, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        if answer.status == 202:
            return succeeded(address + answer.headers["location"])
        return bool(answer.status == 200)


def succeeded(job: str) -> bool:
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(job, timeout=60) as answer:
            state = orjson.loads(answer.read())["state"]
        if state not in ("waiting", "running"):
            return bool(state == "succeeded")
        time.sleep(0.05)
    raise AssertionError(f"{job} is not done")


def test_every_command_of_the_readme_works(tmp_path: Path, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws_variables(s3_endpoint).items():
        monkeypatch.setenv(name, value)
    make_bucket(s3_endpoint, "production")
    (tmp_path / "jobs").symlink_to(ROOT / "jobs")
    save(scale(2.0), tmp_path / "model.onnx")
    save(scale(3.0), tmp_path / "better.onnx")
    here = [command for command in COMMANDS if not command.startswith(ELSEWHERE)]
    assert len(here) > 15

    # The demo, which comes first there, trains the digits.
    first = subprocess.run(
        [sys.executable, "-m", "modelet.cli", "train", "jobs/digits.yaml"], cwd=tmp_path, check=False
    )
    assert first.returncode == 0
    with service(tmp_path) as address:
        failures = [command for command in here if not works(words_of(command), tmp_path, address)]
        for block in re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
            exec(block.replace("http://localhost:8080", address), {})

    assert failures == []


def works(words: list[str], folder: Path, address: str) -> bool:
    if words == ["modelet", "up"]:
        return True  # it runs all the while
    if words[0] == "curl":
        return curl(words, address, folder)
    assert words[0] == "modelet", words
    done = subprocess.run(
        [sys.executable, "-m", "modelet.cli", *words[1:]], cwd=folder, capture_output=True, check=False
    )
    return done.returncode == 0


def test_every_link_of_the_documents_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in link
    ]

    assert links
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
