"""Where a version comes from: all that it takes to make it again."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from modelet.errors import NotFound
from modelet.jobs.record import Job as Record
from modelet.registry.names import LIVE
from modelet.registry.reading import find_version
from modelet.store.base import Store
from modelet.train.job import Job
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

LIBRARIES = ("numpy", "scikit-learn", "onnx", "onnxruntime")
OF_ESTIMATORS = {
    "lightgbm": ("lightgbm",),
    "xgboost": ("xgboost-cpu", "xgboost"),
    "dense": ("torch",),
    "convolutional": ("torch",),
}
"""What else decides what some estimators learn, under the first of its names that is installed."""


def lineage_of(job: Job, table: Table, held: "Array", record: Record) -> dict[str, Any]:
    """The lineage in the manifest: job, data with digests and row counts, parameters, seeds, libraries, and the version
    that was live before.
    """
    described = job.to_json()
    parameters = dict(described["estimator"])
    return {
        "run": record.id,
        "job": {"name": job.name, "sha256": record.request["sha256"]},
        "data": {
            "source": table.source,
            "sha256": table.digest(),
            "rows": len(table),
            "training_rows": len(table) - len(held),
            "held_out_rows": len(held),
            "held_out_sha256": table.digest(held),
        },
        "split": {**described["split"], "seed": job.seed if job.split.seed is None else job.split.seed},
        "features": described["features"] | _encoder(job),
        "estimator": {"name": parameters.pop("name"), "parameters": parameters},
        "seed": job.seed,
        "libraries": _libraries(job.estimator.name),
        "parent": record.request["parent"],
    }


def _libraries(estimator: str) -> dict[str, str]:
    found = {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
    for name in OF_ESTIMATORS.get(estimator, ()):
        with suppress(PackageNotFoundError):
            return {**found, estimator: version(name)}
    return found


def _encoder(job: Job) -> dict[str, Any]:
    if job.features.encoder is None:
        return {}
    from modelet.train.features.encoder.files import read_pretrained

    return {"encoder": {**job.to_json()["features"]["encoder"], "sha256": read_pretrained(job.features.encoder).sha256}}


def live_version(store: Store, model: str) -> int | None:
    """The version that is live now, or None where there is none yet."""
    try:
        return find_version(store, model, LIVE)
    except NotFound:
        return None
