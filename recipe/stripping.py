"""Shared libraries without symbols and debugging information, which nothing loads: for any architecture, with no tool.

The dynamic loader follows the program headers only, so that a library may end where its last segment ends. Tools that
rewrite sections instead are known to break libraries that auditwheel has edited (https://github.com/pypa/auditwheel/issues/716).
Format: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
"""

import struct
from pathlib import Path

MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian: both architectures of Lambda
HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
SECTIONS_AT = 0x28  # e_shoff
SECTION_COUNT_AT = 0x3C  # e_shnum, e_shstrndx


def strip(library: Path) -> None:
    """Cut a shared library after its last segment, and forget its sections."""
    with library.open("r+b") as file:
        head = file.read(HEADER.size)
        if not head.startswith(MAGIC):
            return
        _, _, _, _, table, _, _, _, entry, count, *_ = HEADER.unpack(head)
        file.seek(table)
        segments = [SEGMENT.unpack_from(file.read(entry)) for _ in range(count)]
        end = max([table + entry * count, *(offset + size for _, _, offset, _, _, size, _, _ in segments)])
        file.seek(SECTIONS_AT)
        file.write(bytes(8))
        file.seek(SECTION_COUNT_AT)
        file.write(bytes(4))
        file.truncate(end)
