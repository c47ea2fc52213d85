"""The manifest: the small JSON document that describes one version, strict both ways, and kept whole across code
versions.
"""

from modelet.manifest.document import SCHEMA, Artifact, Manifest
from modelet.manifest.signature import Signature, TensorSpec

__all__ = ["SCHEMA", "Artifact", "Manifest", "Signature", "TensorSpec"]
