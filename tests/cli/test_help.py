"""Every verb explains itself: what it does, with an example and its --json; and README speaks of it."""

import re
from pathlib import Path

import pytest

from modelet import __version__
from tests.cli.conftest import Run

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
VERBS = [
    *(
        ["push"],
        ["pull"],
        ["copy"],
        ["derive"],
        ["promote"],
        ["rollback"],
        ["shadow"],
        ["gc"],
        ["predict"],
        ["train"],
        ["up"],
    ),
    *(["models", verb] for verb in ("list", "describe", "deprecate", "delete")),
    *(["runs", verb] for verb in ("show", "repeat")),
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_verb_has_help_with_an_example_and_json(modelet: Run, verb: list[str]) -> None:
    done = modelet(*verb, "--help")

    assert done.status == 0
    assert re.search(rf"Examples?: modelet {' '.join(verb)}\b", done.out)
    assert "--json" in done.out
    assert "--store" in done.out


def test_all_verbs_are_known_to_this_test(modelet: Run) -> None:
    text = modelet("--help").out
    listed = set(re.findall(r"^│ ([a-z]+) ", text, re.MULTILINE))

    assert listed == {verb[0] for verb in VERBS} | {"demo"}
    assert "Exit status: 0 done" in " ".join(text.replace("│", " ").split())


@pytest.mark.parametrize("verb", sorted({verb[0] for verb in VERBS}))
def test_readme_speaks_of_every_verb(verb: str) -> None:
    assert f"modelet {verb}" in README


def test_version(modelet: Run) -> None:
    assert modelet("--version").out == f"modelet {__version__}\n"
