"""How long work takes an end from outside: as a Ctrl-C, whoever it comes from, and with a word on how to go on."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from modelet.cli.output import say


@contextmanager
def resumable(runs: Sequence[str]) -> Iterator[None]:
    """While this lasts SIGTERM, by which supervisors end a process, raises KeyboardInterrupt as Ctrl-C does; after it
    the user is told how to go on with `runs`, the ids of those that have begun by then.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        for run in runs:
            say(f"Interrupted: modelet train --resume {run}")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
