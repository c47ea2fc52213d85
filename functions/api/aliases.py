"""Aliases: where they lead, and leading them elsewhere: promote, split, roll back, shadow."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.api.bodies import Body, StrictRoute
from functions.api.deployment import Here
from modelet.registry import changing
from modelet.registry.aliases import Alias, Targets
from modelet.registry.reading import current_aliases

router = APIRouter(prefix="/api/models/{model}/aliases", tags=["aliases"], route_class=StrictRoute)

VersionNumber = Annotated[int, Field(ge=1, le=999_999_999)]
VersionKey = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Share(BaseModel):
    """A version and its share of the traffic, between 0 and 1."""

    version: int
    weight: float


class ShadowView(BaseModel):
    """A version that gets a copy of a share of the requests, between 0 and 1, and answers none."""

    version: int
    share: float


class AliasView(BaseModel):
    """Where an alias leads, where it led before, latest first, and its shadow."""

    alias: str
    targets: list[Share]
    previous: list[list[Share]]
    shadow: ShadowView | None = None

    @classmethod
    def of(cls, name: str, alias: Alias) -> "AliasView":
        """The view of an alias."""
        held = alias.shadow
        shadow = ShadowView(version=held.version, share=held.weight) if held else None
        previous = [shares(targets) for targets in alias.previous]
        return cls(alias=name, targets=shares(alias.targets), previous=previous, shadow=shadow)


class Aliases(BaseModel):
    """All aliases of a model."""

    model: str
    aliases: list[AliasView]


class Lead(Body):
    """Where an alias shall lead: to one `version`, or to several by weight with `split`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3}, {"split": {"1": 90, "2": 10}}]})

    version: VersionNumber | None = None
    split: dict[VersionKey, Weight] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Lead":
        if (self.version is None) == (self.split is None):
            raise ValueError('give either a version, {"version": 3}, or a split, {"split": {"1": 90, "2": 10}}')
        return self


class Cast(Body):
    """The version that shall be an alias's shadow, and the share of the requests that it gets a copy of."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3, "share": 0.1}]})

    version: VersionNumber
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


@router.get("", summary="All aliases of a model")
def index(here: Here, model: str) -> Aliases:
    """Every alias, by name."""
    held = current_aliases(here.store, model).aliases.aliases
    return Aliases(model=model, aliases=[AliasView.of(name, alias) for name, alias in sorted(held.items())])


@router.get("/{alias}", summary="One alias")
def describe(here: Here, model: str, alias: str) -> AliasView:
    """Where an alias leads."""
    return AliasView.of(alias, current_aliases(here.store, model).aliases.alias(alias))


@router.put("/{alias}", summary="Promote a version, or split the traffic")
def lead(here: Here, model: str, alias: str, body: Lead) -> AliasView:
    """Lead an alias to one version, or share its traffic between several; it is made if it is not there yet."""
    if body.split is None:
        assert body.version is not None  # the one that is left
        changed = changing.promote(here.store, model, body.version, alias)
    else:
        weights = {int(version): weight for version, weight in body.split.items()}
        changed = changing.split(here.store, model, weights, alias)
    return AliasView.of(alias, changed.alias(alias))


@router.post("/{alias}/rollback", summary="Roll an alias back")
def rollback(here: Here, model: str, alias: str) -> AliasView:
    """Lead an alias back to where it led before its last change."""
    return AliasView.of(alias, changing.rollback(here.store, model, alias).alias(alias))


@router.put("/{alias}/shadow", summary="Give an alias a shadow")
def shadow(here: Here, model: str, alias: str, body: Cast) -> AliasView:
    """Let a version get a copy of the requests, compared with the answers and never answered. Promoting and rolling
    back keep it, unless it then answers all requests itself.
    """
    return AliasView.of(alias, changing.shadow(here.store, model, body.version, alias, body.share).alias(alias))


@router.delete("/{alias}/shadow", summary="Take an alias's shadow away")
def unshadow(here: Here, model: str, alias: str) -> AliasView:
    """Send no more copies; where there is no shadow, nothing but the history changes."""
    return AliasView.of(alias, changing.shadow(here.store, model, None, alias).alias(alias))


def shares(targets: Targets) -> list[Share]:
    """The versions and weights of an alias."""
    return [Share(version=target.version, weight=target.weight) for target in targets]
