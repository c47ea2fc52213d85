"""The manifest itself. Deployments with different code read the same store: unknown fields survive a round trip."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from modelet.manifest.artifact import Artifact
from modelet.manifest.fields import Fields, encode
from modelet.manifest.signature import Column, Signature
from modelet.manifest.variant import Variants, dump_variants, take_variants

SCHEMA = 1

WEIGHTS = "weights"
"""The role of the blob that holds the weights of a model which is too large for one file."""
WEIGHTS_FILE = "model.onnx.data"
"""What the graph of such a model calls the file that holds them."""
EXTENSIONS = "ai.onnx.contrib"
"""The domain of the operators of onnxruntime-extensions, of which tokenizers are served."""


class Manifest(NamedTuple):
    """One version of one model. `version` is 0 and `operation` empty until the registry publishes it.

    `columns` names the values of a row, in their order, for callers who send tables. `labels` lists the classes of an
    output by its name; `blobs` names what is too large for a manifest; `metrics` are the headline figures; `lineage`,
    `parity` and `limits` are as training and registration measured them (`load_ms`, `peak_bytes`). `variants` are those
    that were derived when it was published.
    """

    model: str
    artifact: Artifact
    signature: Signature
    version: int = 0
    created: str = ""
    operation: str = ""
    description: str | None = None
    licence: str | None = None
    labels: Mapping[str, list[Any]] = {}
    opsets: Mapping[str, int] = {}
    metrics: Mapping[str, float] = {}
    lineage: Mapping[str, Any] = {}
    parity: Mapping[str, Any] = {}
    limits: Mapping[str, float] = {}
    blobs: Mapping[str, Artifact] = {}
    variants: Variants = ()
    columns: tuple[Column, ...] = ()
    rest: Mapping[str, Any] = {}

    @classmethod
    def parse(cls, data: bytes, where: str) -> "Manifest":
        """Read a manifest from JSON bytes; `where` names it in errors. Raises CorruptObject or UnknownSchema."""
        fields = Fields.parse(where, data, SCHEMA)
        blobs = fields.within("blobs")
        manifest = cls(
            model=fields.take("model", str),
            version=fields.take("version", int),
            created=fields.take("created", str),
            operation=fields.take("operation", str),
            artifact=Artifact.read(fields.within("artifact")),
            signature=Signature.read(fields.within("signature")),
            description=fields.maybe("description", str),
            licence=fields.maybe("licence", str),
            labels=_mapping(fields, "labels", list),
            opsets=_mapping(fields, "opsets", int),
            metrics=_numbers(fields, "metrics"),
            lineage=fields.take("lineage", dict),
            parity=fields.take("parity", dict),
            limits=_numbers(fields, "limits"),
            blobs={role: Artifact.read(blobs.within(role)) for role in list(blobs.rest)},
            variants=take_variants(fields),
            columns=tuple(Column.read(item) for item in fields.each("columns")) if "columns" in fields.rest else (),
            rest=fields.rest,
        )
        if manifest.version < 1:
            raise fields.wrong("version", f"must be at least 1, but is {manifest.version}")
        return manifest

    def dump(self) -> bytes:
        """The JSON bytes, with a stable order of keys; raises InvalidRequest for a value that JSON cannot hold."""
        return encode(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The JSON form, unknown fields of other code versions included."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "version": self.version,
            "created": self.created,
            "operation": self.operation,
            "description": self.description,
            "licence": self.licence,
            "artifact": self.artifact.dump(),
            "signature": self.signature.dump(),
            "labels": self.labels,
            "opsets": self.opsets,
            "metrics": self.metrics,
            "lineage": self.lineage,
            "parity": self.parity,
            "limits": self.limits,
            "blobs": {role: blob.dump() for role, blob in self.blobs.items()},
            **dump_variants(self.variants),
            **({"columns": [column.dump() for column in self.columns]} if self.columns else {}),
            **self.rest,
        }

    @property
    def weights(self) -> Artifact | None:
        """The weights that the artifact names as its external data, where it is too large to hold them."""
        return self.blobs.get(WEIGHTS)

    @property
    def size(self) -> int:
        """The bytes of the whole model: of its artifact, and of the weights beside it."""
        return self.artifact.size + (self.weights.size if self.weights else 0)

    def needs(self) -> list[Artifact]:
        """Every blob that this version needs, each once; its artifact is the first."""
        blobs = (self.artifact, *self.blobs.values(), *(variant.blob for variant in self.variants))
        return list({blob.sha256: blob for blob in blobs}.values())

    def named(self) -> set[str]:
        """The digests of every blob that this version needs."""
        return {blob.sha256 for blob in self.needs()}


def _mapping(fields: Fields, name: str, kind: type) -> dict[str, Any]:
    held = fields.within(name)
    return {key: held.take(key, kind) for key in list(held.rest)}


def _numbers(fields: Fields, name: str) -> dict[str, float]:
    held = fields.within(name)
    return {key: held.number(key) for key in list(held.rest)}
