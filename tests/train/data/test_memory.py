"""More rows than memory may hold: drawn by a seed, or kept on a disk, with the same outcome."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from modelet.errors import InvalidJob
from modelet.train.data import Data, load
from modelet.train.data.chunks import Chunk, Spool
from modelet.train.data.sampling import sample
from modelet.train.disk import matrix_on_disk
from modelet.train.splitting import Split


def chunks(rows: int, size: int) -> Iterator[Chunk]:
    for first in range(0, rows, size):
        numbers = range(first + 1, min(first + size, rows) + 1)
        yield Chunk("made", numbers, pa.RecordBatch.from_pydict({"a": np.array(numbers)}))


def values(found: Iterator[Chunk]) -> list[int]:
    return [value for chunk in found for value in chunk.batch["a"].to_pylist()]


@pytest.mark.parametrize(("budget", "on_disk"), [(1 << 20, 0), (100 * 8 * 4, 6), (0, 10)])
def test_chunks_that_do_not_fit_are_kept_on_disk_in_their_order(budget: int, on_disk: int) -> None:
    with Spool(budget) as spool:
        for chunk in chunks(1000, 100):
            spool.add(chunk)

        assert spool.on_disk == on_disk
        assert values(spool.chunks()) == values(spool.chunks()) == list(range(1, 1001))
        assert [chunk.numbers[0] for chunk in spool.chunks()] == list(range(1, 1001, 100))


def test_a_matrix_that_does_not_fit_is_mapped_and_so_are_its_parts(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(60_000, 40)).astype(np.float32)
    np.savez(tmp_path / "a.npz", x=rows, y=np.arange(60_000) % 2)

    mapped = load(Data(str(tmp_path / "a.npz"), memory_mb=16))
    held = load(Data(str(tmp_path / "a.npz")))

    assert isinstance(mapped.rows, np.memmap)
    assert not isinstance(held.rows, np.memmap)
    assert mapped.digest() == held.digest()
    learnt, _ = Split().positions(mapped, 1)
    assert isinstance(mapped.take(learnt).rows, np.memmap)
    assert mapped.take(learnt).digest() == held.take(learnt).digest()


def test_a_mapped_matrix_can_be_written_to_without_its_file(tmp_path: Path) -> None:
    matrix = matrix_on_disk(iter([np.ones((2, 3)), np.zeros((1, 3))]), 3)

    matrix[0, 0] = 7

    assert matrix.tolist() == [[7, 1, 1], [1, 1, 1], [0, 0, 0]]
    assert matrix_on_disk(iter([]), 3).shape == (0, 3)


def test_rows_are_drawn_by_the_seed_whatever_the_chunks_are() -> None:
    drawn = [values(sample(chunks(5000, size), 100, seed=3)) for size in (1, 700, 5000)]

    assert drawn[0] == drawn[1] == drawn[2] == sorted(set(drawn[0]))
    assert len(drawn[0]) == 100
    assert values(sample(chunks(5000, 700), 100, seed=4)) != drawn[0]
    assert values(sample(chunks(50, 7), 100, seed=3)) == list(range(1, 51))


def test_every_row_is_as_likely_as_any_other() -> None:
    counts = np.zeros(200)
    for seed in range(400):
        counts[np.array(values(sample(chunks(200, 64), 20, seed))) - 1] += 1

    # Binomial with 400 draws of 0.1: 40 on average, a standard deviation of 6.
    assert counts.sum() == 400 * 20
    assert counts.min() > 40 - 5 * 6
    assert counts.max() < 40 + 5 * 6


def test_a_job_may_have_a_number_of_rows_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,y\n" + "".join(f"{at},{at % 2}\n" for at in range(3000)))
    data = Data(str(path), target="y", max_rows=500)

    first, again, other = load(data, 1), load(data, 1), load(data, 2)

    assert len(first) == 500
    assert first.digest() == again.digest() != other.digest()


def test_a_row_that_was_drawn_is_found_again_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,y\n" + "".join(f"{'x' if at == 77 else at},{at % 2}\n" for at in range(100)))

    with pytest.raises(InvalidJob, match="there is 'x' in row 78 of"):
        load(Data(str(path), target="y", max_rows=99), 2)
