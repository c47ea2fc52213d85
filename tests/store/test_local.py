"""A store in a folder: several processes, a read-only folder, and what a killed process leaves behind."""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from modelet.errors import StoreUnavailable
from modelet.store import open_store
from modelet.store.base import Store

ROOT = Path(__file__).parents[2]

READING = """
import os, sys
from modelet.errors import StoreUnavailable
from modelet.store import open_store
store = open_store(sys.argv[1])
if os.geteuid() == 0:  # last, for this user may not even be allowed to read the interpreter's files
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
found = store.get("m/a")
part = b"".join(store.stream_range("m/a", 1, 2))
print(found.data, store.get("m/a", unless=found.etag), part, list(store.stream("m/a")))
print(store.head("m/a").size, [entry.key for entry in store.scan("")], store.folders(""))
for write in (
    lambda: store.put("m/b", [b"x"]),
    lambda: store.put("n/b", [b"x"]),
    lambda: store.put_if_absent("m/b", b"x"),
    lambda: store.put_if_match("m/a", b"x", found.etag),
    lambda: store.delete("m/a"),
):
    try:
        write()
    except StoreUnavailable as error:
        print(error.code, error.message)
"""

COUNTING = """
import sys
from modelet.store import open_store
from modelet.store.base import Changed
store = open_store(sys.argv[1])
for _ in range(50):
    while True:
        found = store.get("count")
        try:
            store.put_if_match("count", str(int(found.data) + 1).encode(), found.etag)
            break
        except Changed:
            continue
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> Store:
    return open_store(f"file://{folder}")


def child(code: str, url: str, cwd: Path = ROOT) -> "subprocess.Popen[str]":
    env = {**os.environ, "PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen([sys.executable, "-c", code, url], env=env, cwd=cwd, stdout=subprocess.PIPE, text=True)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_read_only_folder_is_read_and_every_write_says_why_not() -> None:
    # By a user without rights, for root ignores modes, and not below pytest's folder, which others may not enter.
    with TemporaryDirectory() as name:
        folder = Path(name)
        open_store(f"file://{folder}").put("m/a", [b"12345"])
        for path in (folder, folder / "m"):
            path.chmod(0o555)

        with child(READING, f"file://{folder}", cwd=folder) as process:
            output, _ = process.communicate(timeout=60)
        for path in (folder, folder / "m"):
            path.chmod(0o755)

    lines = output.splitlines()
    assert process.returncode == 0
    assert lines[:2] == ["b'12345' None b'23' [b'12345']", "5 ['m/a'] ['m']"]
    assert lines[2:] == [
        f"store_unavailable Cannot write {key} in file://{folder}: Permission denied."
        for key in ("m/b", "n/b", "m/b", "m/a", "m/a")
    ]


def test_processes_that_change_one_object_lose_no_change(store: Store) -> None:
    store.put_if_absent("count", b"0")

    processes = [child(COUNTING, store.url) for _ in range(4)]
    for process in processes:
        with process:
            process.communicate(timeout=60)

    found = store.get("count")
    assert found is not None
    assert found.data == b"200"


def test_there_is_one_lock_file_per_folder_and_nothing_else_of_our_own(store: Store, folder: Path) -> None:
    for index in range(5):
        etag = store.put_if_absent(f"m/{index}", b"x")
        store.put_if_match(f"m/{index}", b"y", etag)
        store.put(f"n/{index}", [b"z"])

    own = {name for name in files(folder) if name.split("/")[-1].startswith(".")}
    assert own == {"m/.lock", "n/.lock"}


def test_what_a_killed_process_left_is_removed_after_a_day(store: Store, folder: Path) -> None:
    store.put("m/a", [b"x"])
    old, young = folder / "m" / ".dead.writing", folder / "m" / ".alive.writing"
    for path in (old, young):
        path.write_bytes(b"half of a large")
    os.utime(old, (time.time() - 25 * 3600,) * 2)

    assert [entry.key for entry in store.scan("")] == ["m/a"]
    store.put("m/b", [b"x"])

    assert files(folder) == {"m/a", "m/b", "m/.lock", "m/.alive.writing"}


def test_hidden_folders_of_other_programs_are_not_listed(store: Store, folder: Path) -> None:
    store.put("models/m/a", [b"x"])
    for name in (".git/config", "models/.cache/a", "models/n/.DS_Store", "models/o/.hidden/a"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")

    assert [entry.key for entry in store.scan("")] == ["models/m/a"]
    assert store.folders("models/") == ["m"]
    assert store.folders("") == ["models"]


def test_deleting_what_never_was_makes_no_folder(store: Store, folder: Path) -> None:
    store.delete("never/was")

    assert not folder.exists()


def test_a_disk_path_that_is_a_file_is_a_clear_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    store = open_store(f"file://{tmp_path}/file")

    assert list(store.scan("")) == []
    with pytest.raises(StoreUnavailable, match=r"Cannot write a in file://"):
        store.put("a", [b"x"])
