"""What tests of whole runs share: a store of their own, and a job that is done in a second."""

import uuid
from pathlib import Path

import pytest

from modelet.store import open_store
from modelet.store.base import Store
from modelet.train import Job, load_job
from modelet.train.record import list_runs

JOBS = Path(__file__).parents[2] / "jobs"


@pytest.fixture
def memory() -> Store:
    """A store that nobody else has."""
    return open_store(f"memory://{uuid.uuid4().hex}")


@pytest.fixture
def iris() -> Job:
    """The smallest of the example jobs."""
    return load_job(JOBS / "iris.yaml")


def the_run(store: Store) -> str:
    """The id of the only run of a store."""
    (found,) = list_runs(store)
    return found.id
