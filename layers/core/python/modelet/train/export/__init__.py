"""From a fitted pipeline to an ONNX model that answers as it does."""

from modelet.train.export.conversion import Exported, export
from modelet.train.export.description import Export
from modelet.train.export.parity import check_parity, compare, exported_answers

__all__ = ["Export", "Exported", "check_parity", "compare", "export", "exported_answers"]
