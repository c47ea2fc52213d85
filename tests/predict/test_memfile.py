"""Files in memory: written anywhere by anyone, opened by their path, gone when nobody holds them."""

import gc
import mmap
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelet.errors import OutOfMemory, Unavailable
from modelet.predict.memfile import MemoryFile


def open_inodes() -> set[int]:
    """Of all files that this process holds open; other threads may open and close some meanwhile."""
    return {path.stat().st_ino for path in Path("/proc/self/fd").iterdir() if path.exists()}


def test_many_threads_write_one_file() -> None:
    parts = [bytes([number]) * 100_000 for number in range(16)]

    with MemoryFile() as file:
        threads = [
            threading.Thread(target=file.write, args=(part, number * 100_000)) for number, part in enumerate(parts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert Path(file.path).read_bytes() == b"".join(parts)


def test_what_was_written_is_read_as_far_as_there_is_any() -> None:
    buffer = memoryview(bytearray(4))

    with MemoryFile() as file:
        file.write(b"content", 3)

        assert (file.read(buffer, 2), bytes(buffer)) == (4, b"\0con")
        assert (file.read(buffer, 8), bytes(buffer)) == (2, b"nton")
        assert file.read(buffer, 10) == 0


def test_what_is_mapped_outlives_the_file() -> None:
    with MemoryFile() as file:
        file.write(b"content", 0)
        with Path(file.path).open("rb") as held:
            mapped = mmap.mmap(held.fileno(), 7, access=mmap.ACCESS_READ)

    assert not Path(file.path).exists()
    assert mapped[:] == b"content"
    mapped.close()


def test_a_file_that_nobody_holds_leaves_no_descriptor() -> None:
    file = MemoryFile()
    inode = Path(file.path).stat().st_ino
    assert inode in open_inodes()

    del file
    gc.collect()

    assert inode not in open_inodes()


@contextmanager
def limited(what: int, most: int) -> Iterator[None]:
    """This process may have only so much."""
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


def test_what_a_file_has_no_room_for_is_out_of_memory() -> None:
    with MemoryFile() as file, limited(resource.RLIMIT_FSIZE, 1000), pytest.raises(OutOfMemory) as refused:
        file.write(bytes(1001), 0)

    assert refused.value.message == "A model does not fit the memory of this function."


def test_where_too_many_files_are_open_another_one_may_be_had_later() -> None:
    with limited(resource.RLIMIT_NOFILE, 0), pytest.raises(Unavailable, match="too many files open"):
        MemoryFile()

    MemoryFile().close()


def test_it_lies_on_no_disk() -> None:
    with MemoryFile() as file:
        assert "memfd:model" in str(Path(file.path).readlink())
