"""Models: what there is, and what was done to it."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from functions.api.aliases import AliasView, Share, shares
from functions.api.bodies import StrictRoute
from functions.api.deployment import Here
from modelet.errors import ModeletError
from modelet.registry.aliases import Aliases
from modelet.registry.names import LIVE
from modelet.registry.reading import current_aliases, list_models, list_versions
from modelet.store.base import Store

router = APIRouter(prefix="/api/models", tags=["models"], route_class=StrictRoute)


class ModelLine(BaseModel):
    """One model of the list. `error` says why nothing more is known of it."""

    name: str
    versions: int = Field(description="How many there are, deleted ones left out.")
    newest: int
    live: list[Share]
    error: str | None = None


class Models(BaseModel):
    """All models."""

    models: list[ModelLine]


class VersionLine(BaseModel):
    """One version of a model; `deprecated` and `deleted` give the reason."""

    version: int
    aliases: list[str]
    deprecated: str | None = None
    deleted: str | None = None


class Change(BaseModel):
    """One line of a model's history."""

    at: str
    action: str
    detail: str


class ModelView(BaseModel):
    """One model: its versions, oldest first, its aliases, and its latest changes, oldest first."""

    name: str
    versions: list[VersionLine]
    aliases: list[AliasView]
    history: list[Change]


@router.get("", summary="All models")
def index(here: Here) -> Models:
    """Every model that has a version, by name."""
    return Models(models=[_line(here.store, name) for name in list_models(here.store)])


@router.get("/{model}", summary="One model")
def describe(here: Here, model: str) -> ModelView:
    """Versions, aliases and history of a model."""
    aliases = current_aliases(here.store, model).aliases
    return ModelView(
        name=model,
        versions=[version_line(aliases, version) for version in list_versions(here.store, model)],
        aliases=[AliasView.of(name, alias) for name, alias in sorted(aliases.aliases.items())],
        history=[Change(at=event.at, action=event.action, detail=event.detail) for event in aliases.history],
    )


def version_line(aliases: Aliases, version: int) -> VersionLine:
    """What the alias document says of a version."""
    names = [
        name
        for name, alias in sorted(aliases.aliases.items())
        if any(target.version == version for target in alias.targets)
    ]
    deprecated, deleted = aliases.deprecated.get(version), aliases.deleted.get(version)
    return VersionLine(version=version, aliases=names, deprecated=deprecated, deleted=deleted)


def _line(store: Store, name: str) -> ModelLine:
    versions = list_versions(store, name)
    newest = (versions or [0])[-1]
    try:
        aliases = current_aliases(store, name).aliases
    except ModeletError as error:
        return ModelLine(name=name, versions=len(versions), newest=newest, live=[], error=error.message)
    kept = [version for version in versions if version not in aliases.deleted]
    live = aliases.aliases.get(LIVE)
    return ModelLine(name=name, versions=len(kept), newest=newest, live=shares(live.targets) if live else [])
