"""The steps of a run, each by itself: data, split, estimators, parity."""

import signal
import sys
from types import FrameType

import numpy as np
import pytest

from modelet.errors import CandidateRefused, InvalidJob
from modelet.train.answers import Answers
from modelet.train.data import Data, load
from modelet.train.data.bundled import BUNDLED
from modelet.train.estimators import Fitting, Logistic, Mlp
from modelet.train.export import check_parity, compare
from modelet.train.gate import Tolerance
from modelet.train.splitting import Split
from modelet.train.stages import noted
from modelet.train.table import Field, Table

ROWS = np.array([[0, 0], [0, 1], [4, 4], [4, 5]] * 10, np.float32)
TRUTH = np.array(["low", "low", "high", "high"] * 10)


def table_of(truth: np.ndarray) -> Table:
    """Rows that hold nothing, with this truth."""
    return Table("test", (Field("a"),), np.zeros((len(truth), 1), np.float32), truth, "multiclass")


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_set_is_read_as_single_precision_with_its_classes(name: str) -> None:
    data = load(Data(f"sklearn:{name}"))

    assert data.rows.dtype == np.float32
    assert data.rows.shape == (len(data.truth), len(data.fields))
    assert {type(label) for label in data.truth.tolist()} == ({"digits": {int}, "diabetes": {float}}.get(name, {str}))


def test_the_digest_follows_rows_truth_and_order() -> None:
    data = load(Data("sklearn:iris"))
    order = np.arange(150)

    assert data.digest() == load(Data("sklearn:iris")).digest() == data.digest(order)
    assert (
        len({data.digest(), data.digest(order[:149]), data.digest(order[::-1]), load(Data("sklearn:wine")).digest()})
        == 4
    )


def test_a_stratified_split_gives_every_class_its_share_and_no_row_twice() -> None:
    truth = np.array([0] * 40 + [1] * 20)

    learnt, held = Split(held_out=0.25).positions(table_of(truth), seed=3)

    assert np.bincount(truth[held]).tolist() == [10, 5]
    assert sorted([*learnt, *held]) == list(range(60))


def test_a_split_follows_its_own_seed_or_else_the_jobs() -> None:
    def held(split: Split, seed: int) -> list[int]:
        return list(split.positions(table_of(TRUTH), seed)[1])

    assert held(Split(), 1) == held(Split(seed=1), 2)
    assert held(Split(), 1) != held(Split(), 2)


def test_a_split_that_leaves_a_class_out_is_refused() -> None:
    with pytest.raises(InvalidJob, match="cannot be split as the job says"):
        Split(held_out=0.01).positions(table_of(TRUTH), 0)
    with pytest.raises(InvalidJob, match="No row of class 'rare' is left to learn from"):
        Split(method="random", held_out=0.97).positions(table_of(np.array(["rare", *["usual"] * 99])), 0)


def test_estimators_learn_and_do_so_again_with_the_same_seed() -> None:
    for estimator in (Logistic(), Mlp(hidden_layer_sizes=(8,), learning_rate_init=0.01)):
        first, second = (estimator.fit(ROWS, TRUTH, Fitting("binary", 5)).predict_proba(ROWS) for _ in range(2))

        assert (first == second).all()
        assert (np.array(["high", "low"])[first.argmax(axis=1)] == TRUTH).all()


def test_a_perceptron_tells_of_every_epoch_and_stops_when_the_loss_no_longer_falls() -> None:
    told: list[float] = []

    with noted() as notes:
        Mlp(tol=10, n_iter_no_change=3, max_iter=50).fit(ROWS, TRUTH, Fitting("binary", 0, told.append))

    assert told == [0.02, 0.04, 0.06, 0.08]
    assert notes == []


def test_an_interrupt_in_the_middle_of_an_epoch_ends_training() -> None:
    def interrupt(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_name == "_backprop":  # where scikit-learn itself would go on
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    told: list[float] = []
    sys.setprofile(interrupt)

    with noted() as notes, pytest.raises(KeyboardInterrupt):
        Mlp().fit(ROWS, TRUTH, Fitting("binary", 0, told.append))

    assert (told, notes) == ([], [])


@pytest.mark.parametrize(
    ("estimator", "note"),
    [
        (Mlp(max_iter=2), "Training stopped after max_iter = 2 epochs, before the loss"),
        (Logistic(max_iter=1), "lbfgs failed to converge"),
    ],
)
def test_training_that_did_not_converge_is_noted(estimator: Mlp | Logistic, note: str) -> None:
    with noted() as notes:
        estimator.fit(ROWS, TRUTH, Fitting("binary"))

    assert [note in line for line in notes] == [True]


def test_parity_counts_flips_and_measures_the_largest_difference() -> None:
    own = Answers(np.array(["a", "b", "b"]), np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]))
    exported = Answers(
        np.array(["a", "a", "b"], object), np.array([[0.9, 0.1], [0.525, 0.475], [0.2, 0.8]], np.float32)
    )

    parity = compare(own, exported)

    assert (parity["rows"], parity["label_flips"]) == (3, 1)
    assert parity["largest_difference"] == pytest.approx(0.125)
    check_parity(Tolerance(label_flips=1, largest_difference=0.2), parity)
    with pytest.raises(CandidateRefused, match=r"gives 1 other labels than the estimator \(label_flips may be 0\)"):
        check_parity(Tolerance(largest_difference=0.2), parity)
    with pytest.raises(CandidateRefused, match=r"differ by up to 0\.125 \(largest_difference may be 0\.0001\)"):
        check_parity(Tolerance(label_flips=1), parity)


def test_parity_that_cannot_be_measured_is_refused() -> None:
    own = Answers(np.array([0]), np.array([[np.nan]]))

    with pytest.raises(CandidateRefused):
        check_parity(Tolerance(), compare(own, own))
