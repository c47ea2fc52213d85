"""What a job's data hold, before anything is trained: each column's kind, and what leaks the answer."""

from typing import TYPE_CHECKING

from modelet.cli.output import print_json, print_table, say
from modelet.errors import InvalidRequest

if TYPE_CHECKING:
    from modelet.train import Job


def show_schema(job: "Job | None", as_json: bool) -> None:
    """Read a job's data and show their columns; raises InvalidJob for data that are not as the job says."""
    from modelet.train.data import describe, find_leaks, load

    if job is None:
        raise InvalidRequest("--schema is for a job's file.")
    table = load(job.data, job.seed)
    leaks = find_leaks(table, *job.split.positions(table, job.seed))
    told = [*table.notes, *(leak.message for leak in leaks)]
    columns = describe(table)
    if as_json:
        print_json(
            {
                "source": table.source,
                "rows": len(table),
                "task": table.task,
                "columns": [column.to_json() for column in columns],
                "notes": told,
            }
        )
        return
    rows = [[column.name, column.kind, str(column.distinct), str(column.missing), column.values] for column in columns]
    print_table(["COLUMN", "KIND", "DISTINCT", "MISSING", "VALUES"], rows)
    for sentence in (f"{len(table)} rows, task {table.task}.", *told):
        say(sentence)
