"""Push: examine a candidate file, publish its canonical form, and promote it where that is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelet import __version__
from modelet.manifest import Artifact, Manifest
from modelet.publish.sandbox import Candidate, Limits, examined
from modelet.registry.blobs import digest_file
from modelet.registry.changing import promote
from modelet.registry.names import LIVE, check_model
from modelet.registry.publishing import publish
from modelet.store.base import Progress, Store, chunks_of


@dataclass(frozen=True, slots=True)
class Draft:
    """What the author says of a version; everything else is found by examining the file."""

    description: str | None = None
    licence: str | None = None
    labels: dict[str, list[Any]] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    parity: dict[str, Any] = field(default_factory=dict)


def push(  # noqa: PLR0913 - four of them are options that most callers leave alone
    store: Store,
    path: Path,
    model: str,
    draft: Draft | None = None,
    *,
    promoted: bool = False,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Publish the ONNX file at `path` as the next version of `model` and answer its manifest.

    Nothing is written unless the runtime can load the model. The first version of a model is live by itself; a later
    one becomes live if `promoted`. Raises InvalidName, RefusedModel, and what publishing raises.
    """
    check_model(model)
    with examined(path, limits or Limits()) as candidate:
        artifact = digest_file(candidate.path)
        manifest = _manifest(model, candidate, draft or Draft(), artifact)

        def opened() -> Iterator[bytes]:
            return chunks_of(candidate.path, progress)

        published = publish(store, manifest, {artifact.sha256: opened})
    if promoted:
        promote(store, model, published.version, LIVE)
    return published


def _manifest(model: str, candidate: Candidate, draft: Draft, artifact: Artifact) -> Manifest:
    facts = candidate.facts
    return Manifest(
        model=model,
        artifact=artifact,
        signature=candidate.signature,
        description=draft.description or facts["description"],
        licence=draft.licence,
        labels={**facts["labels"], **draft.labels},
        opsets=facts["opsets"],
        metrics=draft.metrics,
        lineage={"modelet": __version__, "producer": facts["producer"], **draft.lineage},
        parity=draft.parity,
        limits=facts["limits"],
    )
