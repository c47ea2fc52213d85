"""Other names for columns: those that requests are to use."""

from collections.abc import Mapping
from dataclasses import replace

from modelet.errors import InvalidJob
from modelet.train.table import Table


def renamed(table: Table, names: Mapping[str, str]) -> Table:
    """The table with other names for some of its columns; raises InvalidJob for a column that it does not learn from,
    and for two of one name.
    """
    held = [field.name for field in table.fields]
    for name in names:
        if name not in held:
            raise InvalidJob(f"data.rename names {name!r:.80}, which is not learnt from; these are: {', '.join(held)}.")
    after = [names.get(name, name) for name in held]
    twice = next((name for name in after if after.count(name) > 1), None)
    if twice is not None:
        raise InvalidJob(f"data.rename makes two columns of the name {twice!r:.80}.")
    fields = tuple(replace(field, name=name) for field, name in zip(table.fields, after, strict=True))
    return replace(table, fields=fields, rows=table.rows if table.is_matrix else table.rows.rename(columns=dict(names)))
