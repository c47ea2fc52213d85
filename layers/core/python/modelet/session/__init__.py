"""A loaded model: an ONNX Runtime session with its manifest. The only importer of onnxruntime on the serving side."""

from modelet.session.opening import RUNTIME
from modelet.session.running import Array, Session

__all__ = ["RUNTIME", "Array", "Session"]
