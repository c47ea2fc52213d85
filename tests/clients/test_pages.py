"""The programs and commands of the two pages about clients run as written, one after another, and print what the pages
say they print.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from modelet.local import running
from modelet.store import open_store
from tests.clients.asking import ENV
from tests.clients.models import publish
from tests.local.samples import ROOT
from tests.test_readme import words_of, works

PAGES = ("protocols", "migration")
ADDRESS = "localhost:8080"
HERE = ("boto3", "modelet", "skl2onnx")
"""Imports of which the clients' environment has none, and this one has."""
IDENTITY = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}

_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    place: str
    language: str
    content: str
    printed: str | None


def blocks(page: str) -> Iterator[Block]:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(f"{page}.md:{line}", *found.groups())


class Service(NamedTuple):
    address: str
    folder: Path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("pages")
    store = f"file://{folder}/.modelet/store"
    publish(open_store(store), folder)
    with running(store, env={**ENV, "MODELET_ALIAS_TTL": "0"}) as address:
        yield Service(address.removeprefix("http://"), folder)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_happens(service: Service, page: str) -> None:
    found = list(blocks(page))

    assert {block.language for block in found} == {"console", "python"}
    assert [problem for block in found for problem in PROBLEMS[block.language](service, block)] == []


def in_commands(service: Service, block: Block) -> Iterator[str]:
    for line in block.content.splitlines():
        command = line.removeprefix("$ ")
        if not works(words_of(command), service.folder, f"http://{service.address}"):
            yield f"{block.place}: {command}"


def in_program(service: Service, block: Block) -> Iterator[str]:
    host, port = service.address.split(":")
    program = block.content.replace(ADDRESS, service.address).replace('"localhost", 8080', f'"{host}", {port}')
    here = any(re.search(rf"^(import|from) {name}\b", program, re.MULTILINE) for name in HERE)
    done = subprocess.run(
        [sys.executable if here else str(ROOT / ".venv-clients" / "bin" / "python"), "-c", program],
        cwd=service.folder,
        env={**os.environ, **IDENTITY},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        yield f"{block.place}: {done.stderr[-2000:]}"
    elif done.stdout != block.printed:
        yield f"{block.place} prints {done.stdout!r}, and not {block.printed!r}"


PROBLEMS = {"console": in_commands, "python": in_program}
