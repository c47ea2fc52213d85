"""What is raised where a job is to be committed before each of its shards has an output."""

from modelet.errors import Conflict


class Incomplete(Conflict):
    """Raised when shards are missing; the message names some of them, and why they failed."""

    code = "incomplete"
