"""What the routes work on: one store and the settings of the deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from modelet.config import Settings
from modelet.store.base import Store, UploadStore


@dataclass(frozen=True, slots=True)
class Deployment:
    """The store, opened once, the settings, and the environment that started jobs inherit."""

    store: Store
    settings: Settings
    env: Mapping[str, str]

    @property
    def other_way_in(self) -> str:
        """How a model that is too large for a request comes in."""
        if isinstance(self.store, UploadStore) and self.store.announces:
            return "POST /api/uploads answers a URL that takes larger files"
        return f"push larger files with: modelet push FILE --name NAME --store {self.store.url}"


def _deployment(request: Request) -> Deployment:
    here: Deployment = request.app.state.here
    return here


Here = Annotated[Deployment, Depends(_deployment)]
