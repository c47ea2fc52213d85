"""Versions: their manifests; deprecating and deleting them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from functions.api.bodies import Body, StrictRoute
from functions.api.deployment import Here
from functions.api.models import VersionLine, version_line
from modelet.manifest import Manifest
from modelet.registry import changing
from modelet.registry.aliases import Aliases
from modelet.registry.reading import current_aliases, find_manifest

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
    manifest, digest = find_manifest(here.store, model, version)
    return _view(manifest, digest, current_aliases(here.store, model).aliases)


@router.post("/deprecate", summary="Deprecate a version")
def deprecate(here: Here, model: str, version: str, body: Deprecation) -> VersionView:
    """Mark a version as deprecated: it still serves, and is shown as such."""
    manifest, digest = find_manifest(here.store, model, version)
    return _view(manifest, digest, changing.deprecate(here.store, model, manifest.version, body.reason))


@router.delete("", summary="Delete a version")
def delete(here: Here, model: str, version: str, reason: Reason = "") -> VersionView:
    """Mark a version as deleted: nothing serves it, and its artifact is collected later. Refused while an alias names
    it.
    """
    manifest, digest = find_manifest(here.store, model, version)
    return _view(manifest, digest, changing.delete(here.store, model, manifest.version, reason))


def _view(manifest: Manifest, digest: str, aliases: Aliases) -> VersionView:
    line = version_line(aliases, manifest.version)
    return VersionView(**line.model_dump(), model=manifest.model, digest=digest, manifest=manifest.to_json())
