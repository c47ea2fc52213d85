"""What strategies propose, before anything is fitted."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from modelet.train.evaluation import METRICS
from modelet.train.search.description import Search
from modelet.train.search.ranking import ranked
from modelet.train.search.strategies import Proposal, Strategy, strategy_of
from modelet.train.search.trial import Trial
from modelet.train.search.values import Range

ACCURACY, LOSS = METRICS["accuracy"], METRICS["log_loss"]


def search(strategy: Any, trials: int, space: Mapping[str, Any]) -> Search:
    return Search(dict(space), strategy, trials, folds=2)


def played(strategy: Strategy, score: Any) -> list[list[Proposal]]:
    """All rounds of a strategy whose trials have the score that a function of their parameters gives."""
    trials: list[Trial] = []
    rounds: list[list[Proposal]] = []
    while proposals := list(strategy.next(trials)):
        rounds.append(proposals)
        for proposal in proposals:
            found = score(proposal.parameters)
            failed = "It was refused." if found is None else None
            trials.append(Trial(len(trials), proposal.parameters, proposal.share, found, failed=failed))
    return rounds


def values(rounds: list[list[Proposal]], path: str) -> list[Any]:
    return [proposal.parameters[path] for proposals in rounds for proposal in proposals]


@pytest.mark.parametrize("strategy", ["random", "halving", "optuna"])
def test_numbers_are_drawn_from_the_whole_range_and_not_beyond(strategy: str) -> None:
    space = {
        "estimator.C": Range(1e-4, 1e4, log=True),
        "estimator.tol": Range(0.25, 0.75),
        "estimator.max_iter": Range(1, 3, int=True),
        "features.scaling": ("standard", "none"),
    }

    rounds = played(strategy_of(search(strategy, 60, space), 1, 100, LOSS), lambda parameters: 1.0)

    drawn = values(rounds, "estimator.C")
    assert all(1e-4 <= number <= 1e4 for number in drawn)
    assert 0.25 < sum(number < 1 for number in drawn) / len(drawn) < 0.75
    assert all(0.25 <= number <= 0.75 for number in values(rounds, "estimator.tol"))
    assert set(values(rounds, "estimator.max_iter")) == {1, 2, 3}
    assert set(values(rounds, "features.scaling")) == {"standard", "none"}


@pytest.mark.parametrize("strategy", ["random", "halving", "optuna"])
def test_the_seed_decides_what_is_proposed(strategy: str) -> None:
    space = {"estimator.C": Range(0.1, 10)}

    first, again, other = (
        played(strategy_of(search(strategy, 12, space), seed, 100, LOSS), lambda parameters: parameters["estimator.C"])
        for seed in (1, 1, 2)
    )

    assert first == again
    assert first != other


def test_numbers_can_be_read_and_written_by_a_person() -> None:
    rounds = played(strategy_of(search("random", 20, {"estimator.C": Range(0, 1)}), 1, 9, LOSS), lambda _: 1.0)

    assert all(len(f"{number:.12g}") <= 8 or number < 0.1 for number in values(rounds, "estimator.C"))


def test_nothing_is_drawn_twice_and_a_small_space_comes_to_an_end() -> None:
    space = {"estimator.C": (1, 2), "features.scaling": ("standard", "none")}

    (proposals,) = played(strategy_of(search("random", 20, space), 1, 100, LOSS), lambda _: 1.0)

    assert len(proposals) == 4
    assert len({str(proposal.parameters) for proposal in proposals}) == 4


def test_a_grid_changes_the_last_key_first() -> None:
    space = {"estimator.C": (1, 2), "features.scaling": ("standard", "none")}

    (proposals,) = played(strategy_of(search("grid", 1, space), 1, 100, LOSS), lambda _: 1.0)

    assert [tuple(proposal.parameters.values()) for proposal in proposals] == [
        (1, "standard"),
        (1, "none"),
        (2, "standard"),
        (2, "none"),
    ]


@pytest.mark.parametrize(
    ("trials", "rows", "rungs"),
    [
        (27, 10_000, [(27, 1 / 27), (9, 1 / 9), (3, 1 / 3), (1, 1)]),
        (10, 10_000, [(10, 1 / 9), (3, 1 / 3), (1, 1)]),
        (27, 400, [(27, 1 / 3), (9, 1)]),
        (27, 50, [(27, 1)]),
        (1, 10_000, [(1, 1)]),
    ],
)
def test_halving_has_as_many_rungs_as_trials_and_rows_allow(
    trials: int, rows: int, rungs: list[tuple[int, float]]
) -> None:
    strategy = strategy_of(search("halving", trials, {"estimator.C": Range(0, 1)}), 1, rows, LOSS)

    rounds = played(strategy, lambda parameters: parameters["estimator.C"])

    assert [len(proposals) for proposals in rounds] == [count for count, _ in rungs]
    assert [proposals[0].share for proposals in rounds] == pytest.approx([share for _, share in rungs])
    assert strategy.expected == sum(count for count, _ in rungs)
    smallest = min(values(rounds[:1], "estimator.C"))
    assert smallest in values(rounds[-1:], "estimator.C")


def test_halving_goes_on_without_those_that_failed() -> None:
    strategy = strategy_of(search("halving", 9, {"estimator.C": Range(0, 1)}), 1, 10_000, ACCURACY)

    rounds = played(strategy, lambda parameters: None if parameters["estimator.C"] < 0.9 else 0.5)

    assert all(number >= 0.9 for number in values(rounds[1:], "estimator.C"))


def test_halving_is_over_where_all_have_failed() -> None:
    rounds = played(strategy_of(search("halving", 9, {"estimator.C": Range(0, 1)}), 1, 10_000, LOSS), lambda _: None)

    assert len(rounds) == 1


@pytest.mark.parametrize(("metric", "sign"), [(LOSS, 1), (ACCURACY, -1)])
def test_optuna_comes_nearer_to_what_is_best(metric: Any, sign: int) -> None:
    space = {"estimator.C": Range(1e-4, 1e4, log=True)}

    def score(parameters: Mapping[str, Any]) -> float | None:
        off = abs(math.log10(parameters["estimator.C"]) - 2)
        return None if off > 5 else sign * off

    rounds = played(strategy_of(search("optuna", 48, space), 1, 100, metric), score)

    off = [abs(math.log10(number) - 2) for number in values(rounds, "estimator.C")]
    assert [len(proposals) for proposals in rounds] == [8] * 6
    assert sum(off[-16:]) < 0.5 * sum(off[:16])


def test_trials_are_ranked_by_rows_then_score_then_place() -> None:
    trials = [
        Trial(0, {}, 0.5, 0.9),
        Trial(1, {}, 1.0, 0.7),
        Trial(2, {}, 1.0, 0.8),
        Trial(3, {}, 1.0, 0.8),
        Trial(4, {}, 1.0, None, failed="It was refused."),
    ]

    assert [trial.index for trial in ranked(trials, ACCURACY)] == [2, 3, 1, 0]
    assert [trial.index for trial in ranked(trials, LOSS)] == [1, 2, 3, 0]
