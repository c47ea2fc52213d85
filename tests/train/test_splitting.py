"""Which rows are held out, and which are folds: nothing on both sides that belongs together."""

import numpy as np
import pytest

from modelet.errors import InvalidJob
from modelet.train.splitting import Method, Split, folds
from modelet.train.table import Field, Table
from modelet.train.task import Task

GROUPS = np.array([f"g{at}" for at in np.random.default_rng(0).integers(0, 30, 300)])
MOMENTS = np.random.default_rng(1).permutation(np.repeat(np.arange(60.0), 5))
CLASSES = np.array(["a", "b", "b"] * 100)


def table_of(task: Task = "binary", truth: np.ndarray = CLASSES) -> Table:
    truth = np.arange(300.0) if task == "regression" else truth
    rows = np.zeros((len(truth), 1), np.float32)
    return Table("made", (Field("a"),), rows, truth, task, GROUPS[: len(truth)], MOMENTS[: len(truth)])


def sizes(pair: tuple[np.ndarray, np.ndarray]) -> tuple[int, int]:
    return len(pair[0]), len(pair[1])


@pytest.mark.parametrize("method", ["random", "stratified", "grouped", "time"])
def test_a_split_has_every_row_once_and_about_the_share_that_was_asked_for(method: Method) -> None:
    learnt, held = Split(method, held_out=0.2).positions(table_of(), 5)

    assert sorted([*learnt, *held]) == list(range(300))
    assert 50 <= len(held) <= 70


@pytest.mark.parametrize(("method", "follows"), [("random", True), ("grouped", True), ("time", False)])
def test_what_is_drawn_follows_the_seed(method: Method, follows: bool) -> None:
    first, again, other = (set(Split(method).positions(table_of(), seed)[1].tolist()) for seed in (1, 1, 2))

    assert first == again
    assert (first != other) is follows


def test_classes_are_stratified_and_numbers_are_split_at_random_unless_the_job_says_otherwise() -> None:
    _, held = Split().positions(table_of(), 3)
    _, numbers = Split().positions(table_of("regression"), 3)
    _, random = Split("random").positions(table_of("regression"), 3)

    assert np.unique(CLASSES[held], return_counts=True)[1].tolist() == [25, 50]
    assert numbers.tolist() == random.tolist()


def test_no_group_is_on_both_sides() -> None:
    for seed in range(5):
        learnt, held = Split("grouped").positions(table_of(), seed)
        assert not set(GROUPS[learnt]) & set(GROUPS[held])


def test_the_newest_rows_are_held_out_and_rows_of_one_moment_stay_together() -> None:
    learnt, held = Split("time", held_out=0.21).positions(table_of(), 0)

    assert MOMENTS[learnt].max() < MOMENTS[held].min()
    assert len(held) == 65  # 63 rows, and the two others of their first moment


@pytest.mark.parametrize(
    ("method", "task"),
    [
        ("random", "binary"),
        ("random", "regression"),
        ("stratified", "binary"),
        ("grouped", "binary"),
        ("grouped", "regression"),
    ],
)
def test_folds_check_every_row_once(method: Method, task: Task) -> None:
    found = folds(table_of(task), method, 4, 0)

    assert sorted(at for _, checked in found for at in checked) == list(range(300))
    assert all(not set(learnt) & set(checked) for learnt, checked in found)
    if method == "grouped":
        assert all(not set(GROUPS[learnt]) & set(GROUPS[checked]) for learnt, checked in found)


def test_numbers_have_no_classes_to_stratify_by() -> None:
    with pytest.raises(InvalidJob, match=r"split\.method stratified needs classes, and the target 'target' holds num"):
        folds(table_of("regression"), "stratified", 4, 0)


def test_stratified_folds_have_every_class_in_its_share() -> None:
    for _, checked in folds(table_of(), None, 5, 0):
        assert np.unique(CLASSES[checked], return_counts=True)[1].tolist() == [20, 40]


def test_folds_by_time_learn_from_earlier_rows_alone() -> None:
    found = folds(table_of(), "time", 5, 0)

    assert [sizes(pair) for pair in found] == [(50, 50), (100, 50), (150, 50), (200, 50), (250, 50)]
    assert all(MOMENTS[learnt].max() < MOMENTS[checked].min() for learnt, checked in found)


def test_folds_follow_the_seed() -> None:
    first, again, other = ([checked.tolist() for _, checked in folds(table_of(), None, 3, seed)] for seed in (1, 1, 2))

    assert first == again != other


FEW = np.array(["a", "a", "b"])


@pytest.mark.parametrize(
    ("split", "truth", "problem"),
    [
        (Split(), FEW, "class 'b' has one row only. Leave it out, or split by method random."),
        (Split("random", held_out=0.1), FEW, "No row of class 'b' is left to learn from"),
        (Split("time", held_out=0.99), np.array(["a", "b"]), "none would be left to learn from"),
        (Split("random"), np.array(["a"]), "(random): of 1, held_out: 0.25 leaves none to learn from. Hold out less"),
        (
            Split(),
            np.array(["p", "q", "p", "q"]),
            (
                "(stratified): of 4, held_out: 0.25 holds out 1, and each of the 2 classes needs a row on both sides. "
                "Set split.held_out nearer to 0.5, bring more rows, or split by method random."
            ),
        ),
        (Split(held_out=0.7), np.array(["p", "q", "p", "q"]), "holds out 3, and each of the 2 classes needs a row"),
    ],
)
def test_a_split_that_cannot_be_is_refused(split: Split, truth: np.ndarray, problem: str) -> None:
    rows = np.zeros((len(truth), 1), np.float32)
    table = Table("made", (Field("a"),), rows, truth, "binary", moments=np.zeros(len(truth)))

    with pytest.raises(InvalidJob) as caught:
        split.positions(table, 2)

    assert problem in caught.value.message


@pytest.mark.parametrize(
    ("method", "count", "problem"),
    [
        ("stratified", 3, "3 folds need as many rows of each class, and 'b' has 1."),
        ("random", 4, "4 folds need as many rows, and there are 3."),
        ("grouped", 3, "split.method grouped needs data.group"),
        ("time", 3, "split.method time needs data.time"),
    ],
)
def test_folds_that_cannot_be_are_refused(method: Method, count: int, problem: str) -> None:
    table = Table("made", (Field("a"),), np.zeros((3, 1), np.float32), FEW, "binary")

    with pytest.raises(InvalidJob) as caught:
        folds(table, method, count, 0)

    assert problem in caught.value.message


def test_too_few_groups_or_moments_are_refused() -> None:
    rows = np.zeros((3, 1), np.float32)
    table = Table("made", (Field("a"),), rows, FEW, "binary", np.array(["g", "g", "g"]), np.array([1.0, 1.0, 2.0]))

    with pytest.raises(InvalidJob, match="All rows are of the group 'g': there is none to hold out"):
        Split("grouped").positions(table, 0)
    with pytest.raises(InvalidJob, match="2 folds need as many groups, and there are 1"):
        folds(table, "grouped", 2, 0)
    with pytest.raises(InvalidJob, match="2 folds by time need at least 3 moments"):
        folds(table, "time", 2, 0)
