"""What is kept of the data beside a version: sketches to tell drift by, background rows for explanations, and examples
that warm a cold start.
"""

from modelet.train.baseline.background import background
from modelet.train.baseline.examples import example_rows, examples
from modelet.train.baseline.sketch import sketch

__all__ = ["background", "example_rows", "examples", "sketch"]
