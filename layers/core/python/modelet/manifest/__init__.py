"""The manifest: the small JSON document that describes one version, strict both ways, and kept whole across code
versions.
"""

from modelet.config import PROFILES
from modelet.manifest.artifact import Artifact
from modelet.manifest.document import SCHEMA, Manifest
from modelet.manifest.signature import Column, Signature, TensorSpec
from modelet.manifest.variant import BATCH, LATENCY, Variant

__all__ = [
    "BATCH",
    "LATENCY",
    "PROFILES",
    "SCHEMA",
    "Artifact",
    "Column",
    "Manifest",
    "Signature",
    "TensorSpec",
    "Variant",
]
