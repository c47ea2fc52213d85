"""The use case behind `modelet train`: a YAML job → data → fit → evaluate → gate → export → compare → published.

Importing it imports no training library, so that the CLI starts fast; running a job does.
"""

from modelet.train.finding import find_job
from modelet.train.job import Job, load_job
from modelet.train.run import Outcome, resume, run
from modelet.train.stages import Report
from modelet.train.training import HeldOut

__all__ = ["HeldOut", "Job", "Outcome", "Report", "find_job", "load_job", "resume", "run"]
