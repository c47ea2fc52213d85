"""Push: examine a candidate file, publish its canonical form, and promote it where that is asked for."""

from pathlib import Path

from modelet import __version__
from modelet.errors import ModeletError, RefusedModel
from modelet.manifest import Artifact, Manifest
from modelet.publish.draft import Draft
from modelet.publish.sandbox import Candidate, Derived, Json, examined
from modelet.publish.step import Limits
from modelet.publish.uploading import Transfer, uploading
from modelet.publish.variants import describe
from modelet.registry.blobs import digest_file
from modelet.registry.changing import promote
from modelet.registry.names import LIVE, check_model
from modelet.registry.publishing import Once, publish
from modelet.store.base import Store


def push(  # noqa: PLR0913 - five of them are options that most callers leave alone
    store: Store,
    path: Path,
    model: str,
    draft: Draft | None = None,
    *,
    promoted: bool = False,
    limits: Limits | None = None,
    transfer: Transfer | None = None,
    once: Once | None = None,
) -> Manifest:
    """Publish the ONNX file at `path` as the next version of `model`, with the variants that were derived from it, and
    answer its manifest.

    Nothing is written unless the runtime can load the model. The first version of a model is live by itself; a later
    one becomes live if `promoted`. With `once`, a push that is begun again makes no second version. Raises
    InvalidName, InvalidRequest for labels or columns that cannot be, RefusedModel, and what publishing and promoting
    raise.
    """
    check_model(model)
    _check_path(path)
    draft = draft or Draft()
    with examined(path, limits or Limits()) as candidate:
        draft.check_labels(candidate.signature)
        artifact = digest_file(candidate.path)
        lying = {**draft.beside, **candidate.beside}
        beside = {role: digest_file(path) for role, path in lying.items()}
        described = describe(candidate.derived, artifact)
        manifest = _manifest(model, candidate, draft, artifact)._replace(blobs=beside)
        files = {artifact: candidate.path, **{blob: lying[role] for role, blob in beside.items()}}
        with uploading(files | described.files(), transfer) as sources:
            published = publish(store, manifest, sources, once, described.records.values())
    if promoted:
        _promote(store, published)
    return published


def _promote(store: Store, published: Manifest) -> None:
    try:
        promote(store, published.model, published.version, LIVE)
    except ModeletError as error:
        made = f"Version {published.version} of model {published.model!r} is published, but it was not promoted"
        raise type(error)(f"{made}: {error.message}") from error


def _check_path(path: Path) -> None:
    if path.is_dir():
        found = sorted(file.name for file in path.glob("*.onnx"))
        hint = f": push {found[0]!r} in it" if len(found) == 1 else ""
        hint = f": push one of {', '.join(map(repr, found[:5]))} in it" if len(found) > 1 else hint
        raise RefusedModel(f"{str(path)!r} is a folder{hint}.")
    if not path.is_file():
        hint = " Standard input is not read: write the model to a file." if str(path) == "-" else ""
        raise RefusedModel(f"There is no model file {str(path)!r}.{hint}")


def _manifest(model: str, candidate: Candidate, draft: Draft, artifact: Artifact) -> Manifest:
    facts = candidate.facts
    return Manifest(
        model=model,
        artifact=artifact,
        signature=candidate.signature,
        description=draft.description or facts["description"],
        licence=draft.licence,
        labels={**facts["labels"], **draft.labels},
        columns=draft.named_columns(candidate.signature),
        opsets=facts["opsets"],
        metrics=draft.metrics,
        lineage={"modelet": __version__, "producer": facts["producer"], **draft.lineage},
        parity={**draft.parity, **_parity(candidate.derived)},
        limits={**facts["limits"], **_resident(candidate.derived)},
    )


def _parity(derived: Derived) -> Json:
    said = {
        "variants": {profile: found["parity"] for profile, found in derived.profiles.items()},
        "without_variant": derived.without,
    }
    return {name: held for name, held in said.items() if held}


def _resident(derived: Derived) -> dict[str, float]:
    profiles = derived.profiles.items()
    return {f"{profile}_resident_bytes": found["measured"]["resident_bytes"] for profile, found in profiles}
