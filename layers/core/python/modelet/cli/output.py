"""What verbs print: data on standard output, progress and remarks on standard error."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table


def print_json(value: object) -> None:
    """One JSON document on standard output; numpy arrays are written with every digit they need."""
    sys.stdout.flush()
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A sentence for the person at the terminal."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(_shown(text), markup=False)


def remark(text: str) -> None:
    """A sentence that only a person at a terminal would want."""
    if sys.stderr.isatty():
        say(text)


def print_text(text: str) -> None:
    """A line of data for a person."""
    sys.stdout.write(_shown(text) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under headings; plain, so that it can be piped."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(_shown, row))
    console = Console(highlight=False)
    console.print(table, width=None if console.is_terminal else 200)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar on its way: told how many bytes there will be, and then of every byte."""

    bar: Progress
    task: TaskID

    def expect(self, total: int) -> None:
        """There will be so many bytes in all."""
        self.bar.update(self.task, total=total)

    def advance(self, count: int) -> None:
        """So many more bytes are where they should be."""
        self.bar.advance(self.task, count)


@contextmanager
def transfer(title: str, total: int | None, quiet: bool) -> Iterator[Bar]:
    """A bar that counts bytes, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=quiet or not console.is_terminal
    ) as bar:
        yield Bar(bar, bar.add_task(title, total=total))


@contextmanager
def stages(title: str, quiet: bool) -> Iterator[Callable[[str, float | None], None]]:
    """A bar for each stage of long work: told the stage's name, and how much of it is done (0 to 1, or None). What
    follows a colon in a name says where the stage is.
    """
    console = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
    with Progress(
        TextColumn("{task.description:<12}"), BarColumn(), TimeRemainingColumn(), console=console, transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:  # fmt: skip

        def report(stage: str, done: float | None) -> None:
            name = stage.partition(": ")[0]
            if name not in tasks:
                for task in tasks.values():
                    bar.update(task, total=1.0, completed=1.0)
                tasks[name] = bar.add_task(f"{title}: {stage}", total=None if done is None else 1.0)
            if done is not None:
                bar.update(tasks[name], description=f"{title}: {stage}", total=1.0, completed=done)

        yield report


@contextmanager
def waiting(title: str, quiet: bool) -> Iterator[None]:
    """A spinner for work of unknown length."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield
        return
    with console.status(title):
        yield


def _shown(text: str) -> str:
    # Names come from models, which are other people's: they must not speak to the terminal.
    return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)
