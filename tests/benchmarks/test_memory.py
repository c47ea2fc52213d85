"""Memory is counted once, wherever it is held."""

import mmap
import os

from benchmarks.memory import resident, watched

SIZE = 64 * 1024 * 1024
SLACK = SIZE // 8


def test_a_file_in_memory_counts_before_it_is_mapped_and_once_when_it_is_mapped_twice() -> None:
    base = resident(os.getpid())
    descriptor = os.memfd_create("model")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            for _ in range(SIZE // 2**20):
                file.write(bytes(2**20))
        written = resident(os.getpid()) - base
        maps = [mmap.mmap(descriptor, SIZE, prot=mmap.PROT_READ) for _ in range(2)]
        for mapped in maps:
            assert sum(mapped[:: mmap.PAGESIZE]) == 0
        read_twice = resident(os.getpid()) - base
        for mapped in maps:
            mapped.close()
    finally:
        os.close(descriptor)

    assert abs(written - SIZE) < SLACK
    assert abs(read_twice - SIZE) < SLACK


def test_a_peak_that_has_passed_is_remembered() -> None:
    with watched(os.getpid()) as peak:
        base = resident(os.getpid())
        held = bytearray(os.urandom(SIZE))
        while peak.bytes < base + SIZE - SLACK:
            pass
        del held

    assert resident(os.getpid()) < base + SIZE // 2
    assert peak.bytes > base + SIZE - SLACK
