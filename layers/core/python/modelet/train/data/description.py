"""What a job says of its data."""

from dataclasses import dataclass
from typing import Annotated

from modelet.train.data.bundled import BUNDLED
from modelet.train.schema import Checked


def check_source(source: str) -> None:
    """Raise ValueError, saying what there is, for a source that nothing reads."""
    scheme, _, name = source.partition(":")
    if scheme != "sklearn":
        raise ValueError(f"{source!r:.80} has no reader: use sklearn:…")
    if name not in BUNDLED:
        raise ValueError(f"{name!r:.80} is no bundled set: use one of {', '.join(BUNDLED)}")


@dataclass(frozen=True, slots=True)
class Data:
    """Where the rows come from, as `scheme:name`."""

    source: Annotated[str, Checked(check_source)]
