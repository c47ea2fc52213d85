"""Evictions, in processes whose resident memory is looked at: it stays within the budget, and comes back."""

import json
import subprocess
import sys

import pytest

# Models, each with weights of its own, are asked in turn. What the first session takes once and for all does not count.
MEASURE = """
import gc, json, sys
from modelet.config import MIB
from modelet.messages import InferRequest
from modelet.predict.memory import give_back, resident_bytes
from modelet.store import open_store
from modelet.tensors.nested import JsonTensor
from tests.derived import large, ort_format, publish_variants
from tests.published import publish_model, serve

form, count, width, budget, requests = sys.argv[1], *map(int, sys.argv[2:])
store = open_store("memory://models")
for number in range(count):
    made = large(width)
    if form == "variants":
        publish_variants(store, f"m{number}", made, (ort_format(made), {}))
    else:
        publish_model(store, f"m{number}", made, resident_bytes=2 * 4 * width**2)
del made

def ask(models, number):
    answer = models.predict(InferRequest(f"m{number}", "1", {"x": JsonTensor([[1.0] * width])}))
    assert answer.outputs["y"].tolist() == [[2.0] * width]

def empty(models):
    models._sessions.reserve("nobody", budget * MIB)
    return resident_bytes()

first = serve(store, cache_bytes=budget * MIB)
ask(first, 0)
empty(first)
gc.collect()
give_back()
base = resident_bytes()
models = serve(store, cache_bytes=budget * MIB)
most = loads = 0
for step in range(requests):
    before = set(models._sessions._values)
    ask(models, step % count)
    loads += len(set(models._sessions._values) - before)
    most = max(most, resident_bytes() - base)
warm = len(models._sessions._values)
print(json.dumps({"most": most / MIB, "evictions": loads - warm, "after": (empty(models) - base) / MIB}))
"""


def measure(form: str, *numbers: int) -> dict[str, float]:
    """What lies above the base, in MiB, for so many models of this width, this budget in MiB, and so many requests."""
    done = subprocess.run([sys.executable, "-c", MEASURE, form, *map(str, numbers)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("form", ["variants", "canonical"])
def test_1000_evictions_of_models_that_do_not_fit_together_stay_within_the_budget(form: str) -> None:
    measured = measure(form, 24, 600, 20, 1020)

    assert measured["evictions"] >= 1000
    assert measured["most"] <= 20


@pytest.mark.parametrize("form", ["variants", "canonical"])
def test_the_memory_of_evicted_models_is_given_back(form: str) -> None:
    measured = measure(form, 8, 2290, 200, 16)

    assert measured["most"] > (150 if form == "variants" else 60), "they were there"
    assert measured["after"] < 8
