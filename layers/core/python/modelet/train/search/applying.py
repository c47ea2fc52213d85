"""Options put into a job's description, which is read again as strictly as what its author wrote."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import orjson

from modelet.train import job as descriptions
from modelet.train.document import Place

Json = dict[str, Any]


def applied(described: Json, parameters: Mapping[str, Any]) -> "descriptions.Job":
    """The job of a description (as `Job.to_json` gives it) with other values at some places, and without a search;
    raises InvalidJob, naming the value that is wrong.
    """
    changed = {**deepcopy(described), "search": None}
    for path, value in sorted(parameters.items(), key=lambda entry: not _names(entry[0])):
        _put(changed, path.split("."), value)
    place = Place("The trial's job", has_lines=False)
    return descriptions.read_job(orjson.dumps(changed), place, str(described.get("name") or "job"))


def _put(held: Json, path: list[str], value: Any) -> None:
    *above, last = path
    for name in above:
        inner = held.get(name)
        if not isinstance(inner, dict):
            inner = held[name] = {}
        held = inner
    if _names(last) and held.get("name") != value:
        held.clear()  # the options of one estimator are not those of another
    held[last] = value


def _names(path: str) -> bool:
    return path.rpartition(".")[2] == "name"
