"""Fetching is safe: only what is pinned, whole, whatever happened to the cache before and whoever else fetches."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.third_party import fetch

SMALLEST = next(model for model in fetch.listed() if model.name == "neighbours-surrogate")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODELET_TEST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_damaged_file_is_fetched_anew(cache: Path) -> None:
    file = fetch.model_file(SMALLEST)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])

    assert fetch.model_file(SMALLEST).read_bytes() == whole
    assert [path.name for path in cache.iterdir() if path.is_dir()] == [SMALLEST.archive.folder]


def test_an_archive_with_another_digest_is_refused(cache: Path) -> None:
    other = replace(SMALLEST.archive, sha256="0" * 64)

    with pytest.raises(fetch.FetchError, match=r"surfaces-surrogates 0\.0\.1"):
        fetch.archive_folder(other)
    assert not (cache / other.folder).exists()


def test_a_member_with_another_digest_is_refused(cache: Path) -> None:
    other = replace(SMALLEST.archive, members=(fetch.Member(SMALLEST.path, "0" * 64),))

    with pytest.raises(fetch.FetchError, match=r"k_neighbors_classifier\.onnx of surfaces_surrogates-.* has SHA-256"):
        fetch.archive_folder(other)
    assert not (cache / other.folder).exists()


def test_a_member_that_is_not_there_is_named(cache: Path) -> None:
    other = replace(SMALLEST.archive, members=(fetch.Member("no/such.onnx", "0" * 64),))

    with pytest.raises(fetch.FetchError, match=r"holds no no/such\.onnx"):
        fetch.archive_folder(other)


def test_a_version_that_does_not_exist_is_named(cache: Path) -> None:
    other = replace(SMALLEST.archive, version="999.0")

    with pytest.raises(fetch.FetchError, match=r"pip could not download surfaces-surrogates 999\.0"):
        fetch.archive_folder(other)


def test_a_path_outside_the_archive_is_refused(tmp_path: Path) -> None:
    changed = tmp_path / "models.toml"
    changed.write_text(fetch.LIST.read_text(encoding="utf-8").replace("magika/models", "../models"), encoding="utf-8")

    with pytest.raises(fetch.FetchError, match="not inside an archive"):
        fetch.listed(changed)


def test_processes_that_fetch_at_once_all_get_the_whole_file(cache: Path) -> None:
    program = (
        "from tests.third_party import fetch\n"
        f"model = next(model for model in fetch.listed() if model.name == {SMALLEST.name!r})\n"
        "print(fetch.model_file(model).stat().st_size)\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}

    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root, env=environment, text=True)
        for _ in range(4)
    ]

    assert [process.communicate()[0] for process in running] == [f"{70_643}\n"] * 4
    assert [path.name for path in cache.iterdir() if path.is_dir()] == [SMALLEST.archive.folder]
