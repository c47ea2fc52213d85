"""Tables made by hand, jobs about them, and what comes of both."""

import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from modelet.train.answers import Answers, answers_of
from modelet.train.data import Data
from modelet.train.estimators import Estimator
from modelet.train.export import Exported, export, exported_answers
from modelet.train.fitting import fit
from modelet.train.job import Job
from modelet.train.table import Field, Table
from modelet.train.task import Task

Form = Literal["matrix", "missing", "numeric category", "frame"]
COLOURS = np.array(["", "red", "green", "blue", "grey"], object)


def made(task: Task, form: Form = "matrix", rows: int = 300) -> Table:
    """A table whose target follows from four numbers and a category of five values, of which the last is rare."""
    random = np.random.default_rng(7)
    numbers = random.normal(size=(rows, 4)).astype(np.float32)
    category = random.choice(5, rows, p=[0.3, 0.3, 0.2, 0.15, 0.05])
    score = numbers[:, 0] - 2 * numbers[:, 1] + (category == 2) + random.normal(size=rows) * 0.1
    held = np.column_stack([numbers, category.astype(np.float32)])
    if form != "matrix":
        held[random.random(held.shape) < 0.1] = np.nan
    category_field = Field("colour", "number" if form in ("matrix", "missing") else "category", form != "frame")
    fields = (*map(Field, ("size", "weight", "age", "price")), category_field)
    found: Any = held
    if form == "frame":
        found = pd.DataFrame(held[:, :4], columns=["size", "weight", "age", "price"])
        found["colour"] = pd.Series(COLOURS[category], dtype=object)
    truths: dict[str, Any] = {
        "regression": score.astype(np.float64) * 1000 + 50_000,
        "binary": np.where(score > 0, "yes", "no"),
        "multiclass": np.digitize(score, [-1, 1]).astype(np.int64),
    }
    return Table("handmade", fields, found, truths[task], task)


def numbers_of(rows: Any, truth: Any, task: Task) -> Table:
    """A table of nothing but numbers."""
    fields = tuple(Field(f"n{at}") for at in range(np.shape(rows)[1]))
    return Table("handmade", fields, np.asarray(rows, np.float32), np.asarray(truth), task)


def job_for(estimator: Estimator, **sections: Any) -> Job:
    """A job, of which a test looks at everything but the data."""
    return Job("model", Data(source="sklearn:iris"), estimator, **sections)


def fitted(job: Job, table: Table) -> Any:
    """The fitted pipeline; an estimator that was given too little time may say so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Training stopped after max_iter")
        with threadpool_limits(1):  # threads that wait for each other take long on a busy machine
            return fit(job, table)


def asked(job: Job, table: Table) -> tuple[Answers, Answers, Exported]:
    """What a pipeline that learnt from two thirds of the rows answers to the others, itself and exported."""
    at = np.arange(len(table))
    learning, held = table.take(at[at % 3 > 0]), table.take(at[at % 3 == 0])
    pipeline = fitted(job, learning)
    exported = export(job, pipeline, learning)
    return answers_of(pipeline, held.rows, table.task), exported_answers(exported, held), exported
