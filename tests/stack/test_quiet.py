"""Every function that holds the runtime says in its environment what the native libraries look for: a library that is
imported before the handler's own code could not be told later.
"""

import pytest

from modelet.config import QUIET
from tests.stack.template import FUNCTIONS


@pytest.mark.parametrize(
    "function", [name for name, held in FUNCTIONS.items() if {"Ref": "OnnxLayer"} in held["Layers"]]
)
def test_native_libraries_are_told_to_be_quiet(function: str) -> None:
    variables = FUNCTIONS[function]["Environment"]["Variables"]

    assert {name: variables.get(name) for name in QUIET} == QUIET
