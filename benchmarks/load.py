"""Loading: from a request for a model that is in the store to its answer, with everything imported.

The least that can be done is to read the same bytes and to run once. Verifying and mapping them are parts of their own,
which are measured too, with nothing around them. Each round has processes of its own.
"""

from os import sched_getaffinity
from statistics import median
from typing import Any, NamedTuple

from benchmarks import memory, questions
from benchmarks.rounds import Reach, Row, Taken, compare, interleaved
from benchmarks.stage import BUCKET, Published, Stage
from benchmarks.worker import working
from modelet.manifest import LATENCY, Manifest
from modelet.manifest.variant import RANGE_BYTES
from modelet.registry.blobs import blob_key
from modelet.registry.variants import read_record
from modelet.store import open_store

SIZES = {100: 9, 400: 7, 1000: 5}
"""Megabytes, and rounds."""
TIME, PARTS, MEMORY = Reach("at most", 1.3), Reach("at most", 1.2), Reach("at most", 1.25)
HANDLER = "functions.infer.handler.handler"
OURS, READING, MAPPING = "Modelet", "reading and a first run", "reading, verifying, mapping and a first run"


class Blob(NamedTuple):
    """What is loaded of a model: where its variant lies, the digests of its ranges, and whether it is repacked."""

    key: str
    size: int
    digests: list[str]
    prepacking: bool


def threads() -> int:
    """As many as there are cores, for both sides."""
    return len(sched_getaffinity(0))


def environment(model: Published) -> dict[str, str]:
    """Of a function that has memory enough for the model."""
    cache = str(4 * model.size // 1_000_000 + 1000)
    return {**model.env, "MODELET_THREADS": str(threads()), "MODELET_CACHE_MB": cache}


def first_answer(model: Published, body: str) -> dict[str, Any]:
    """The seconds from a request to its answer in a process that has loaded nothing, and the answer."""
    with working("benchmarks.calls:open_handler", environment(model), handler=HANDLER) as worker:
        return worker.ask(event=questions.event(model.name, body))


def reading(model: Published, body: str) -> dict[str, Any]:
    """The seconds of reading the same bytes into memory, and of a first run."""
    options = {"bucket": BUCKET, "key": model.key, "model": str(model.file), "threads": threads()}
    with working("benchmarks.baselines.reading:open_reader", model.env, **options) as worker:
        return worker.ask(body=body)


def mapping(model: Published, body: str, blob: Blob) -> dict[str, Any]:
    """The seconds of the parts of a load alone: reading and verifying ranges, opening what they are, a first run."""
    options = {"blob": blob._asdict(), "bucket": BUCKET, "range_bytes": RANGE_BYTES, "threads": threads()}
    with working("benchmarks.baselines.mapping:open_mapper", model.env, **options) as worker:
        return worker.ask(body=body)


def loaded(model: Published) -> Blob | None:
    """What Modelet loads of a model where a single row is to be fast; None where no variant was worth it."""
    store = open_store(f"s3://{BUCKET}", model.env)
    found = store.get(f"models/{model.name}/versions/1.json")
    assert found is not None
    manifest = Manifest.parse(found.data, model.name)
    for variant in manifest.variants:
        if variant.profile == LATENCY:
            record = read_record(store, model.name, manifest.artifact.sha256, variant)
            key = blob_key(model.name, variant.blob.sha256)
            return Blob(key, variant.blob.size, list(record.ranges), variant.prepacking)
    return None


def peak(model: Published, body: str) -> tuple[int, int]:
    """The bytes that the process held before the request, and at most until its answer."""
    with working("benchmarks.calls:open_handler", environment(model), handler=HANDLER) as worker:
        base = memory.resident(worker.pid)
        with memory.watched(worker.pid) as seen:
            worker.ask(event=questions.event(model.name, body))
        return base, seen.bytes


def answers(model: Published, body: str) -> dict[str, questions.Answer]:
    """What both sides answer."""
    ours, theirs = first_answer(model, body)["answer"], reading(model, body)["answer"]
    return {OURS: questions.answered(ours), READING: questions.array(theirs)}


def run(stage: Stage) -> list[Row]:
    """Time and memory for each size."""
    body, rows = questions.body(1), []
    for megabytes, rounds in SIZES.items():
        model = stage.large(megabytes)
        memory.touch(5 * model.size)
        questions.agree(answers(model, body))
        rows += [*_times(model, body, megabytes, rounds), _memory(model, body, megabytes)]
    return rows


def _times(model: Published, body: str, megabytes: int, rounds: int) -> list[Row]:
    case, parts_case, blob = f"{megabytes} MB", f"{megabytes} MB, against its parts", loaded(model)
    sides = {
        OURS: lambda: first_answer(model, body)["seconds"] * 1000,
        READING: lambda: reading(model, body)["seconds"] * 1000,
    }
    if blob is None:
        none = Row(parts_case, "ms", PARTS, note="not measured: no variant was worth it")
        return [compare(case, "ms", TIME, interleaved(sides, rounds)), none]
    questions.agree({OURS: answers(model, body)[OURS], MAPPING: questions.array(mapping(model, body, blob)["answer"])})
    taken = interleaved({**sides, MAPPING: lambda: mapping(model, body, blob)["seconds"] * 1000}, rounds)
    limit = compare("", "", TIME, _two(taken, MAPPING, READING)).ratio
    note = f"the parts alone take {limit:.2f} of reading and a first run"
    return [
        compare(case, "ms", TIME, _two(taken, OURS, READING)),
        compare(parts_case, "ms", PARTS, _two(taken, OURS, MAPPING), note),
    ]


def _two(taken: Taken, *names: str) -> Taken:
    return {name: taken[name] for name in names}


def _memory(model: Published, body: str, megabytes: int) -> Row:
    seen = [peak(model, body) for _ in range(3)]
    grown = [(top - base) / 1e6 for base, top in seen]
    base = median(before for before, _ in seen) / 1e6
    taken = {OURS: grown, "artifact": [model.size / 1e6] * len(grown)}
    note = f"what the process holds at most, less the {base:.0f} MB before"
    return compare(f"{megabytes} MB, peak memory", "MB", MEMORY, taken, note)
