"""`modelet shadow`: what a user types, what it says, and what the registry then holds."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def churn(modelet: Run, doubling: Path, tripling: Path) -> Run:
    """The command, in a store where `churn` has two versions and the first one is live."""
    for path in (doubling, tripling):
        modelet("push", path, "-n", "churn")
    return modelet


def test_a_shadow_is_given_shown_and_ended(churn: Run) -> None:
    assert "churn: live is version 1, shadow 2 (10.0%)" in churn("shadow", "churn", 2, "--share", 0.1).out

    described = churn("models", "describe", "churn").out
    assert "live: 1, shadow 2 (10.0%)" in described
    assert "2 (shadow of live)" in described

    ended = churn("shadow", "churn", "--off")
    assert (ended.status, ended.out.splitlines()[0]) == (0, "churn: live is version 1")
    assert "shadow" not in churn("models", "describe", "churn").out


def test_machines_are_told_too(churn: Run) -> None:
    given = churn("shadow", "churn", "2", "--json").json
    ended = churn("shadow", "churn", "--off", "--json").json

    alias = {"model": "churn", "alias": "live", "targets": [{"version": 1, "weight": 1.0}]}
    assert given == {**alias, "shadow": {"version": 2, "share": 1.0}}
    assert ended == alias


def test_a_promotion_says_that_a_shadow_is_still_there(churn: Run, doubling: Path) -> None:
    churn("push", doubling, "-n", "churn")
    churn("shadow", "churn", "2")

    assert "live is version 3, shadow 2 (100.0%)" in churn("promote", "churn", "3").out
    assert churn("promote", "churn", "2").out.splitlines()[0] == "churn: live is version 2"


def test_another_alias_has_its_own(churn: Run) -> None:
    churn("promote", "churn", "1", "--alias", "canary")

    assert "canary is version 1, shadow 2" in churn("shadow", "churn", "2", "--alias", "canary").out
    assert "shadow" not in churn("promote", "churn", "1").out


def test_a_shadow_does_not_stand_in_the_answer_of_predict(churn: Run) -> None:
    churn("shadow", "churn", "2")

    answered = churn("predict", "churn", '{"x": [1, 1]}')

    assert (answered.json, answered.err) == ({"y_pred": [2.0, 2.0]}, "")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "or --off"),
        (("2", "--off"), 2, "or --off"),
        (("two",), 2, "'two' is not a version number"),
        (("2", "--share", "0"), 2, "more than 0"),
        (("2", "--share", "1.5"), 2, "at most 1"),
        (("2", "--share", "nan"), 2, "at most 1"),
        (("7",), 3, "has no version 7"),
        (("2", "--alias", "nobody"), 3, "no alias 'nobody'"),
        (("1",), 4, "answers all requests"),
    ],
)
def test_what_cannot_be_meant_is_said(churn: Run, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = churn("shadow", "churn", *arguments)

    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_shadow_cannot_be_deleted(churn: Run) -> None:
    churn("shadow", "churn", "2")

    done = churn("models", "delete", "churn@2")

    assert done.status == 4
    assert "it is the shadow of alias 'live': end that first" in done.err
