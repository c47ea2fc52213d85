"""The version that is live, asked the same held-out rows as a candidate, as serving would ask it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelet.config import Settings
from modelet.errors import ModeletError, NotFound, Unavailable
from modelet.manifest import Manifest
from modelet.registry.names import LIVE
from modelet.registry.reading import find_version
from modelet.store.base import Store
from modelet.train.answers import Answers
from modelet.train.gate.mapping import Unfit, mapped
from modelet.train.gate.outputs import Told, read_answers
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    from modelet.session import Session

    Array = np.ndarray[Any, Any]

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Rival:
    """The version that was live when a candidate was judged: its answers to the held-out rows, with its own classes;
    or, in words, why it has none. `held_out` is the digest of the rows that were held out when it was trained.
    """

    version: int
    answers: Answers | None = None
    classes: "Array | None" = None
    incomparable: str | None = None
    held_out: str | None = None

    def may_know(self, held: Table) -> bool:
        """Whether it may have learnt some of these rows, which makes it look better than it is."""
        return self.held_out is not None and self.held_out != held.digest()


def find_rival(store: Store, model: str, held: Table, version: int | None = None) -> Rival | None:
    """Ask the version that is live (of several, the one with the largest share), or another one, about held-out rows;
    None where nothing is live yet. Raises StoreUnavailable.
    """
    from modelet.predict import Models

    try:
        version = version or find_version(store, model, LIVE)
    except NotFound:
        return None
    try:
        session = Models(store, Settings(store=store.url, log=False)).session(model, str(version))
        answers, classes = _ask(session, held)
    except Unavailable:
        raise
    except (Unfit, ModeletError) as error:
        return Rival(version, incomparable=str(error).rstrip("."))
    return Rival(version, answers, classes, held_out=session.manifest.lineage.get("data", {}).get("held_out_sha256"))


def _ask(session: "Session", held: Table) -> "tuple[Answers, Array | None]":
    import numpy as np

    manifest: Manifest = session.manifest
    told = read_answers(manifest, held.task)
    inputs = mapped(manifest, held)
    blocks: list[dict[str, Array]] = []
    for start in range(0, len(held), ROWS_AT_ONCE):
        block = {name: array[start : start + ROWS_AT_ONCE] for name, array in inputs.items()}
        blocks.append(session.run(block, told.outputs))
    whole = {name: np.concatenate([block[name] for block in blocks]) for name in told.outputs}
    return _answers(told, whole)


def _answers(told: Told, outputs: "dict[str, Array]") -> "tuple[Answers, Array | None]":
    import numpy as np

    shares = None if told.probabilities is None else outputs[told.probabilities]
    if told.label is not None:
        predicted = outputs[told.label].reshape(-1)
    else:
        assert shares is not None
        predicted = np.array(told.classes)[shares.argmax(axis=1)]
    return Answers(predicted, shares), np.array(told.classes) if told.classes else None
