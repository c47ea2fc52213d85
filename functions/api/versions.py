"""Versions: their manifests; deprecating and deleting them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from functions.api.bodies import Body, StrictRoute
from functions.api.deployment import Here
from functions.api.models import VersionLine, version_line
from modelet.registry import changing
from modelet.registry.aliases import Aliases
from modelet.registry.reading import current_aliases, find_version, load_manifest
from modelet.store.base import Store

router = APIRouter(prefix="/api/models/{model}/versions/{version}", tags=["versions"], route_class=StrictRoute)

Reason = Annotated[str, Query(max_length=500, description="Why, for whoever looks at it later.")]


class VersionView(VersionLine):
    """One version: its manifest, and the SHA-256 of the manifest's bytes."""

    model: str
    digest: str
    manifest: dict[str, Any]


class Deprecation(Body):
    """Why a version should not be used any more."""

    reason: str = Field(min_length=1, max_length=500)


@router.get("", summary="One version")
def describe(here: Here, model: str, version: str) -> VersionView:
    """The manifest of a version; `version` is a number or an alias, of a split alias the largest share."""
    number = find_version(here.store, model, version)
    return _view(here.store, model, number, None)


@router.post("/deprecate", summary="Deprecate a version")
def deprecate(here: Here, model: str, version: str, body: Deprecation) -> VersionView:
    """Mark a version as deprecated: it still serves, and says so."""
    number = find_version(here.store, model, version)
    return _view(here.store, model, number, changing.deprecate(here.store, model, number, body.reason))


@router.delete("", summary="Delete a version")
def delete(here: Here, model: str, version: str, reason: Reason = "") -> VersionView:
    """Mark a version as deleted: nothing serves it, and its artifact is collected later. Refused while an alias names
    it.
    """
    number = find_version(here.store, model, version)
    return _view(here.store, model, number, changing.delete(here.store, model, number, reason))


def _view(store: Store, model: str, version: int, aliases: Aliases | None) -> VersionView:
    manifest, digest = load_manifest(store, model, version)
    line = version_line(aliases or current_aliases(store, model).aliases, version)
    return VersionView(**line.model_dump(), model=model, digest=digest, manifest=manifest.to_json())
