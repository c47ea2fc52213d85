"""From a fitted pipeline to an ONNX model that answers as it does."""

from modelet.train.export.asking import exported_answers, inputs_of
from modelet.train.export.conversion import Exported, export
from modelet.train.export.description import Drift, Export
from modelet.train.export.optimising import Optimised, optimise
from modelet.train.export.parity import check_parity, compare

__all__ = [
    "Drift",
    "Export",
    "Exported",
    "Optimised",
    "check_parity",
    "compare",
    "export",
    "exported_answers",
    "inputs_of",
    "optimise",
]
