"""What a run found, as one HTML file that anybody can open, keep and pass on: it asks no other address for anything."""

from modelet.train.report.findings import Findings
from modelet.train.report.page import report

__all__ = ["Findings", "report"]
