"""One trial: a job with some options, validated on folds of the learning rows. It is the work of one shard."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from modelet.errors import ModeletError, Unavailable
from modelet.shards import Shard, shard_work
from modelet.train.search.applying import applied

Json = dict[str, Any]
NOTES = 5
"""Warnings of libraries that a trial keeps."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried, and what came of it. `score` is the mean of the folds' `scores` by the metric that decides,
    `metrics` are the means of all; where they are missing, `failed` says why. `share` of the learning rows was used.
    """

    index: int
    parameters: Json
    share: float = 1.0
    score: float | None = None
    scores: tuple[float, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    failed: str | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """The JSON form."""
        return asdict(self)


@shard_work
def run_trial(shard: Shard) -> Json:
    """Answer the scores of a trial, or why there are none; raises where the data cannot be read."""
    from modelet.train.search.learning import learning_rows
    from modelet.train.stages import noted

    request, began = shard.request, time.monotonic()
    table = learning_rows(applied(request["job"], {}), request["learning"])
    with noted() as notes:
        found = _validated(request, shard.own, table)
    return {**found, "seconds": round(time.monotonic() - began, 3), "notes": notes[:NOTES]}


def trial_of(index: int, own: Json, output: Json) -> Trial:
    """The trial that a shard's output tells of."""
    return Trial(
        index=index,
        parameters=own["parameters"],
        share=own["share"],
        score=output.get("score"),
        scores=tuple(output.get("scores", ())),
        metrics=output.get("metrics", {}),
        failed=output.get("failed"),
        seconds=output["seconds"],
        notes=tuple(output["notes"]),
    )


def _validated(request: Json, own: Json, table: Any) -> Json:
    from modelet.train.search.validation import Validation, validate

    how = Validation(request["metric"], request["folds"], request["seed"])
    try:
        return validate(applied(request["job"], own["parameters"]), table, how, own["share"])
    except Unavailable:
        raise  # another try may find it there
    except ModeletError as error:
        return {"failed": error.message}
    except MemoryError:
        return {"failed": "It needs more memory than there is."}
    except Exception as error:  # noqa: BLE001 - libraries raise what they like at options that do not go together
        return {"failed": " ".join(f"{type(error).__name__}: {error}".split())}
