"""Push: examine a candidate file, publish its canonical form, and promote it where that is asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelet import __version__
from modelet.errors import RefusedModel
from modelet.manifest import Artifact, Manifest
from modelet.publish.sandbox import Candidate, Limits, examined
from modelet.registry.blobs import digest_file
from modelet.registry.changing import promote
from modelet.registry.names import LIVE, check_model
from modelet.registry.publishing import Once, publish
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


def push(  # noqa: PLR0913 - five of them are options that most callers leave alone
    store: Store,
    path: Path,
    model: str,
    draft: Draft | None = None,
    *,
    promoted: bool = False,
    limits: Limits | None = None,
    progress: Progress | None = None,
    once: Once | None = None,
) -> Manifest:
    """Publish the ONNX file at `path` as the next version of `model` and answer its manifest.

    Nothing is written unless the runtime can load the model. The first version of a model is live by itself; a later
    one becomes live if `promoted`. `progress` is told of every byte of the artifact once, those too that the store had
    already. With `once`, a push that is begun again makes no second version. Raises InvalidName, RefusedModel, and
    what publishing raises.
    """
    check_model(model)
    _check_path(path)
    with examined(path, limits or Limits()) as candidate:
        artifact = digest_file(candidate.path)
        manifest = _manifest(model, candidate, draft or Draft(), artifact)
        advance = _once(artifact.size, progress or (lambda _: None))

        def opened() -> Iterator[bytes]:
            return chunks_of(candidate.path, advance)

        published = publish(store, manifest, {artifact.sha256: opened}, once)
        advance(artifact.size)
    if promoted:
        promote(store, model, published.version, LIVE)
    return published


def _check_path(path: Path) -> None:
    if path.is_dir():
        found = sorted(file.name for file in path.glob("*.onnx"))
        hint = f": push {found[0]!r} in it" if len(found) == 1 else ""
        hint = f": push one of {', '.join(map(repr, found[:5]))} in it" if len(found) > 1 else hint
        raise RefusedModel(f"{str(path)!r} is a folder{hint}.")
    if not path.is_file():
        hint = " Standard input is not read: write the model to a file." if str(path) == "-" else ""
        raise RefusedModel(f"There is no model file {str(path)!r}.{hint}")


def _once(total: int, progress: Progress) -> Callable[[int], None]:
    # A blob may be read again after a failure, or not at all where the store has it.
    left = total

    def advance(size: int) -> None:
        nonlocal left
        step = min(size, left)
        left -= step
        if step:
            progress(step)

    return advance


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
