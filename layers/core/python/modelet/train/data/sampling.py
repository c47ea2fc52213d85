"""A fixed number of rows of a stream, each as likely as any other, by a seed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from modelet.train.data.chunks import Chunk

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def sample(chunks: Iterator[Chunk], count: int, seed: int) -> Iterator[Chunk]:
    """At most `count` rows of all chunks, in their order. Every row draws a number, and those with the smallest stay:
    which they are depends neither on the size of the chunks nor on the format.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    kept: list[tuple[Chunk, Array]] = []
    limit, held = 1.0, 0
    for chunk in chunks:
        drawn = random.random(len(chunk.numbers))
        kept.append(_those(chunk, drawn, drawn < limit))
        held += len(kept[-1][1])
        if held > 2 * count:
            limit = float(np.partition(np.concatenate([draws for _, draws in kept]), count)[count])
            kept = [_those(chunk, draws, draws < limit) for chunk, draws in kept]
            held = sum(len(draws) for _, draws in kept)
    if held > count:
        limit = float(np.partition(np.concatenate([draws for _, draws in kept]), count)[count])
        kept = [_those(chunk, draws, draws < limit) for chunk, draws in kept]
    yield from (chunk for chunk, draws in kept if len(draws))


def _those(chunk: Chunk, drawn: "Array", chosen: "Array") -> "tuple[Chunk, Array]":
    import numpy as np

    return chunk.take(np.flatnonzero(chosen)), drawn[chosen]
