"""Reading what a job's data section names."""

from modelet.train.data.bundled import load_bundled
from modelet.train.data.description import Data
from modelet.train.table import Table


def load(data: Data) -> Table:
    """The table that a job learns from; raises InvalidJob for data that are not as the job says."""
    _, _, name = data.source.partition(":")
    return load_bundled(data.source, name)
