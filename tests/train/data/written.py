"""The same rows in every format, for tests of what reads them."""

import gzip
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Rows = Sequence[dict[str, Any]]

PEOPLE: Rows = [
    {"age": 31, "height": 1.75, "city": "Rome", "member": True, "bought": "yes"},
    {"age": 44, "height": None, "city": "Oslo", "member": False, "bought": "no"},
    {"age": 27, "height": 1.5, "city": None, "member": True, "bought": "yes"},
    {"age": 60, "height": 1.25, "city": "Rome", "member": False, "bought": "no"},
]


def write_csv(path: Path, rows: Rows) -> Path:
    lines = [",".join(rows[0])]
    lines += [",".join("" if value is None else str(value) for value in row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_parquet(path: Path, rows: Rows) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def write_jsonl(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_json(path: Path, rows: Rows) -> Path:
    path.write_text(json.dumps(rows, indent=1))
    return path


def write_idx(path: Path, values: np.ndarray) -> Path:
    header = struct.pack(f">HBB{values.ndim}I", 0, 0x08, values.ndim, *values.shape)
    path.write_bytes(header + values.astype(np.uint8).tobytes())
    return path


def compressed(path: Path, suffix: str) -> Path:
    """The same content, compressed, in place of the file."""
    data = path.read_bytes()
    other = path.with_name(path.name + suffix)
    other.write_bytes(gzip.compress(data) if suffix == ".gz" else pa.compress(data, "zstd", asbytes=True))
    path.unlink()
    return other
