"""What a cold start imports, exactly: the list beside this file is what each millisecond of it was weighed for.

A name that is missing there has to earn its place, and one that is no longer imported has to go.
"""

import json
from pathlib import Path

from modelet.registry.changing import promote
from modelet.store import open_store
from tests.derived import ort_format, publish_variants
from tests.onnx_models import scale
from tests.stack.built import Built

LISTED = Path(__file__).with_name("imports.txt")

# Modules of ours by their full names, and of others the packages. What the standard library has behind its own modules
# is its own affair.
ASK = """
import sys
before = set(sys.modules)
from functions.infer.handler import handler
import json
if {asked!r}:
    answer = handler({{"model": {asked!r}, "inputs": {{"x": [1, 2]}}}}, None)
    assert answer["outputs"] == {{"y_pred": [2.0, 4.0]}}, answer
ours = {{name for name in sys.modules if name.split(".")[0] in ("modelet", "functions")}}
others = {{name.split(".")[0] for name in set(sys.modules) - before}} - {{"modelet", "functions"}}
private = {{name for name in others if name.startswith("_") and name in sys.stdlib_module_names}}
print(json.dumps(sorted(ours | others - private)))
"""
# Also those that only large models need.
FIND_DATACLASSES = """
import inspect, sys
from functions.infer import handler
from modelet.predict import fitting, ranges
ours = [held for name, held in sys.modules.items() if name.split(".")[0] in ("modelet", "functions")]
classes = {kind for module in ours for kind in vars(module).values() if inspect.isclass(kind)}
assert "modelet.manifest.document.Manifest" in {f"{kind.__module__}.{kind.__qualname__}" for kind in classes}
print(*sorted(kind.__qualname__ for kind in classes if hasattr(kind, "__dataclass_fields__")))
"""
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


def listed(python: str) -> set[str]:
    """The names that hold for a Python: those without a mark, and those marked with its version."""
    lines = (line.split("#")[0].split() for line in LISTED.read_text(encoding="utf-8").splitlines())
    return {line[0] for line in lines if line and (len(line) == 1 or python in line[1:])}


def compared(imported: set[str], expected: set[str]) -> dict[str, set[str]]:
    return {"too many": imported - expected, "no longer": expected - imported}


def test_a_cold_start_imports_what_is_listed_and_nothing_else(infer: Built) -> None:
    imported = json.loads(infer.run(ASK.format(asked=""), MODELET_STORE="s3://bucket", **KEYS))

    assert compared(set(imported), listed(infer.target.python)) == {"too many": set(), "no longer": set()}


def test_no_class_of_ours_is_compiled_while_it_is_imported(infer: Built) -> None:
    assert infer.run(FIND_DATACLASSES) == "", "docs/decisions/0009 says what one costs"


def test_a_first_prediction_imports_nothing_on_top(infer: Built, s3_url: str, s3_env: dict[str, str]) -> None:
    publish_variants(open_store(s3_url, s3_env), "m", scale(2.0), (ort_format(scale(2.0)), {}))
    promote(open_store(s3_url, s3_env), "m", 1)
    # An endpoint other than that of AWS is a URL to be parsed, which is left out of the count.
    code = "import urllib.parse" + ASK.format(asked="m")

    imported = json.loads(infer.run(code, MODELET_STORE=s3_url, MODELET_LOG="off", **s3_env))

    on_top = {"modelet.predict.fitting"}
    assert compared(set(imported), listed(infer.target.python) | on_top)["too many"] == set()
