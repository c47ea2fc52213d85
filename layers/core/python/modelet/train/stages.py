"""What a run tells while it runs: the stage it is at, and what its libraries warned of."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Report = Callable[[str, float | None], None]
"""Called with the name of a stage in plain words and the fraction of it that is done; None where that is unknown."""

Progress = Callable[[float], None]
"""Called with the fraction of one stage that is done."""


def ignore(fraction: float) -> None:
    """Tell nobody of the progress."""


def silent(stage: str, fraction: float | None) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The progress of a stage that is called `name`."""

    report: Report
    name: str

    def __call__(self, fraction: float) -> None:
        """Tell what fraction is done."""
        self.report(self.name, fraction)

    def say(self, words: str, fraction: float) -> None:
        """Tell in words where it is, too: these follow the stage's name and a colon."""
        self.report(f"{self.name}: {words}", fraction)


def say(progress: Progress, words: str, fraction: float) -> None:
    """Tell a progress in words where it takes any."""
    if isinstance(progress, Stage):
        progress.say(words, fraction)
    else:
        progress(fraction)


@contextmanager
def stage(report: Report, name: str) -> Iterator[Progress]:
    """Report the beginning of a stage and, unless it fails, its end; in between, what it says of its progress."""
    report(name, None)
    yield Stage(report, name)
    report(name, 1.0)


@contextmanager
def noted() -> Iterator[list[str]]:
    """Collect what libraries warn of, each warning once, as notes for the user. They are never swallowed."""
    notes: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *_, **__: _add(notes, message)
        yield notes


def _add(notes: list[str], message: Warning | str) -> None:
    note = " ".join(str(message).split())
    if note not in notes:
        notes.append(note)
