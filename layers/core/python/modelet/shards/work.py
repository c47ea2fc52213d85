"""What a shard's work is: a function that says of itself that it is one, named `module:function` in the plan.

A plan comes out of a store. It can name such functions only, and not whatever else can be imported and called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from modelet.errors import CorruptObject
from modelet.store.base import Store

Json = dict[str, Any]

_MARK = "_is_shard_work"


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard as its work sees it: `request` is what all shards of the job share, `own` what this one has."""

    store: Store
    job: str
    index: int
    request: Json
    own: Json


Work = Callable[[Shard], Json]
"""Answers a shard's output, a JSON object, and may be called again for the same shard at any time, also beside itself.
An output may count rows: `{"counts": {"read": 10, "written": 9, "failed": 1}}` is summed and reconciled by the commit.
"""

F = TypeVar("F", bound=Work)


def shard_work(function: F) -> F:
    """Mark a function of a module as the work of shards."""
    setattr(function, _MARK, True)
    return function


def work_name(work: Work) -> str:
    """The name by which a plan calls for a function: `module:function`."""
    return f"{work.__module__}:{work.__name__}"


def find_work(name: str) -> Work:
    """The function of this name; raises CorruptObject where there is none, or none that is the work of shards."""
    module, _, function = name.partition(":")
    try:
        found: Any = getattr(import_module(module), function, None)
    except (ImportError, ValueError) as error:
        raise CorruptObject(f"The plan asks for {name!r:.200}, which cannot be imported: {error}.") from None
    if not getattr(found, _MARK, False):
        raise CorruptObject(f"The plan asks for {name!r:.200}, which is not the work of shards.")
    work: Work = found
    return work
