"""What each column is for: to learn from, to be predicted, or to split by."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from modelet.errors import InvalidJob
from modelet.train.data.description import Data

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """The columns of a source by their purpose; `group` and `time` may be features, too."""

    features: tuple[str, ...]
    target: str
    group: str | None = None
    time: str | None = None

    def names(self) -> tuple[str, ...]:
        """Every column that is read, once."""
        others = (name for name in (self.target, self.group, self.time) if name is not None)
        return tuple(dict.fromkeys((*self.features, *others)))


def plan_columns(data: Data, names: Sequence[str], own_target: str | None) -> Plan:
    """The purposes of the columns that a source has, with the target of its format unless the job names one; raises
    InvalidJob for a column that it has not.
    """
    target = data.target or own_target
    if target is None:
        raise InvalidJob(f"data.target must say which column is to be predicted: one of {_shown(names)}.")
    for key, name in _named(data, target):
        if name not in names:
            raise InvalidJob(f"{key}: there is no column {name!r}{near(name, names)}.")
    others = {target, data.group, data.time, *data.drop}
    features = data.columns or tuple(name for name in names if name not in others)
    if not features:
        raise InvalidJob(f"No column is left to learn from beside the target {target!r}.")
    return Plan(features, target, data.group, data.time)


def near(name: str, names: Iterable[str]) -> str:
    """What may have been meant by a name that is not there, and otherwise what there is."""
    known = list(names)
    folded = {other.casefold(): other for other in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), folded, 3)
    if close:
        return f" (did you mean {' or '.join(repr(folded[other]) for other in close)}?)"
    return f"; there are {_shown(known)}"


def _shown(names: Sequence[str]) -> str:
    return f"{', '.join(names[:SHOWN])}{' …' if len(names) > SHOWN else ''}"


def _named(data: Data, target: str) -> Iterator[tuple[str, str]]:
    yield "data.target", target
    for key, names in (("columns", data.columns or ()), ("drop", data.drop), ("types", data.types)):
        for name in names:
            yield f"data.{key}", name
    for key, one in (("group", data.group), ("time", data.time)):
        if one is not None:
            yield f"data.{key}", one
