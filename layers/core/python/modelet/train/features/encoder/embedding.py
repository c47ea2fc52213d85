"""The step of a pipeline that embeds texts, asking the very graph that will be exported."""

import os
import platform
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from modelet.manifest import Artifact, Manifest, Signature, TensorSpec
from modelet.manifest.document import EXTENSIONS
from modelet.train.features.encoder.description import Encoder
from modelet.train.features.encoder.files import Pretrained, read_pretrained
from modelet.train.features.encoder.keeping import keep_vectors, kept_vectors
from modelet.train.stages import Progress, ignore, say

if TYPE_CHECKING:
    import numpy as np

    from modelet.session import Session

    Array = np.ndarray[Any, Any]

TEXT, VECTOR = "text", "vector"


@dataclass(frozen=True, slots=True)
class _Known:
    session: "Session"
    vectors: "dict[bytes, Array]"


_TOLD: ContextVar[Progress] = ContextVar("told", default=ignore)
_KNOWN: dict[tuple[str, Encoder], _Known] = {}
"""Of the last encoder that was asked in this process: its session, and what it answered, by the digest of the text."""


def embedding(encoder: Encoder, datatype: str) -> Any:
    """The step that turns texts of shape [n] into vectors of shape [n, width]; raises InvalidJob where the encoder or
    its tokenizer is missing, or cannot become part of a model.
    """
    from modelet.train.features.encoder.step import Embedding

    return Embedding(read_pretrained(encoder), datatype)


def vectors_of(pretrained: Pretrained, texts: Sequence[str]) -> "Array":
    """The FP32 vectors of texts, in shape [n, width]; each text is embedded once in a process, and alone, so that its
    vector depends neither on its neighbours nor on the number of threads.
    """
    import numpy as np

    known = _known(pretrained)
    keys = [sha256(text.encode()).digest() for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known.vectors}
    if new:
        known.vectors.update(zip(new, _embedded_all(known.session, list(new.values())), strict=True))
        keep_vectors(_name(pretrained), known.vectors)
    held = [known.vectors[key] for key in keys]
    return np.stack(held) if held else np.empty((0, pretrained.width), np.float32)


def _embedded_all(session: "Session", texts: list[str]) -> "list[Array]":
    pool, vectors, told = ThreadPoolExecutor(_threads()), [], _TOLD.get()
    try:
        for vector in pool.map(lambda text: _embedded(session, text), texts):
            vectors.append(vector)
            say(told, f"text {len(vectors)} of {len(texts)}", len(vectors) / len(texts))
        return vectors
    finally:
        pool.shutdown(cancel_futures=True)  # where this was interrupted, most texts are still waiting


def _embedded(session: "Session", text: str) -> "Array":
    import numpy as np

    vector: Array = session.run({TEXT: np.array([[text]], object)}, [VECTOR])[VECTOR][0]
    return vector


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def telling(progress: Progress) -> Iterator[None]:
    """Within it, `progress` is told which share of the texts is embedded."""
    token = _TOLD.set(progress)
    try:
        yield
    finally:
        _TOLD.reset(token)


def forget() -> None:
    """Forget what this process knows, as if it were another one."""
    _KNOWN.clear()


def _known(pretrained: Pretrained) -> _Known:
    key = (pretrained.sha256, pretrained.encoder)
    if key not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[key] = _Known(_loaded(pretrained), kept_vectors(_name(pretrained), pretrained.width))
    return _KNOWN[key]


def _name(pretrained: Pretrained) -> str:
    # Of all that a vector depends on.
    from modelet.session import RUNTIME

    encoder = pretrained.encoder
    read_as = f"{encoder.max_tokens} {encoder.pooling} {encoder.normalise} {RUNTIME} {platform.machine()}"
    return sha256(f"{pretrained.sha256} {read_as}".encode()).hexdigest()


def _loaded(pretrained: Pretrained) -> "Session":
    from modelet.session import Session
    from modelet.train.export.text.encoding import encoder_model

    model = encoder_model(pretrained)
    made = TensorSpec(VECTOR, "FP32", (-1, pretrained.width))
    signature = Signature((TensorSpec(TEXT, "BYTES", (-1, 1)),), (made,), batched=True)
    artifact = Artifact(sha256(model).hexdigest(), len(model))
    return Session(Manifest("encoder", artifact, signature, opsets={EXTENSIONS: 1}), model, threads=1)
