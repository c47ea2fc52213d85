"""One file per format: `read(object, data)` answers its rows in chunks of pyarrow record batches."""

from collections.abc import Callable, Iterator

from modelet.errors import InvalidJob
from modelet.train.data.chunks import Chunk
from modelet.train.data.description import Data, Format
from modelet.train.data.formats.comma_separated import read_csv
from modelet.train.data.formats.idx import is_idx, read_idx
from modelet.train.data.formats.json_objects import read_json
from modelet.train.data.formats.numpy_archive import read_npz
from modelet.train.data.formats.parquet import read_parquet
from modelet.train.data.objects import Object, find_objects

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonlines",
    ".ndjson": "jsonlines",
    ".json": "json",
    ".npz": "npz",
}
READERS: dict[str, Callable[[Object, Data], Iterator[Chunk]]] = {
    "csv": read_csv,
    "parquet": read_parquet,
    "jsonlines": read_json,
    "json": read_json,
    "npz": read_npz,
}


def read_objects(data: Data) -> Iterator[Chunk]:
    """The rows of all objects of a source, in the order of their keys; raises InvalidJob."""
    objects = find_objects(data.source)
    kind = data.format or _format_of(objects)
    if data.labels is not None and kind != "idx":
        raise InvalidJob(f"data.labels belongs to the format idx, and {data.source!r} is {kind}.")
    if kind == "idx":
        yield from read_idx(objects, find_objects(data.labels) if data.labels else None, data)
        return
    for found in objects:
        yield from READERS[kind](found, data)


def _format_of(objects: list[Object]) -> Format:
    formats = {found.url: _guess(found) for found in objects}
    unknown = next((url for url, kind in formats.items() if kind is None), None)
    if unknown:
        raise InvalidJob(f"The name of {unknown} does not say what it is: set data.format.")
    kinds = sorted({kind for kind in formats.values() if kind})
    if len(kinds) > 1:
        raise InvalidJob(
            f"{objects[0].url} and what lies beside it are of several formats ({', '.join(kinds)}): name a folder, or "
            "a file, of one."
        )
    return next(kind for kind in formats.values() if kind)


def _guess(found: Object) -> Format | None:
    if is_idx(found):
        return "idx"
    return next((kind for suffix, kind in SUFFIXES.items() if found.name.lower().endswith(suffix)), None)
