"""The command as a user types it: in this process, so that many runs are quick."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from modelet.cli import main
from tests.onnx_models import save, scale


@dataclass(frozen=True)
class Done:
    """How a run of the command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def modelet(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command in a folder of its own, where its default store will be."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MODELET_STORE", raising=False)

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["modelet", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = capfd.readouterr()
        return Done(status, out, err)

    return run


@pytest.fixture
def doubling(tmp_path: Path) -> Path:
    """A model file: y_pred = 2 x."""
    return save(scale(2.0), tmp_path / "doubling.onnx")


@pytest.fixture
def tripling(tmp_path: Path) -> Path:
    """A model file: y_pred = 3 x."""
    return save(scale(3.0), tmp_path / "tripling.onnx")
