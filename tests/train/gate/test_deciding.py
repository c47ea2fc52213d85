"""The decision: every reason at once, and what was let pass."""

import uuid
from dataclasses import replace

import numpy as np
import orjson
import pytest

from modelet.errors import CandidateRefused
from modelet.store import open_store
from modelet.train.answers import Answers
from modelet.train.evaluation import evaluate
from modelet.train.gate import Footprint, Gate, Rival, decide, footprint
from tests.published import publish_model, serve
from tests.train.evaluation.made import sure, table
from tests.train.gate.published import softmax

CLASSES = np.array([0, 1])
TRUTH = np.arange(200) % 2
EVALUATION = evaluate(table(TRUTH), sure(TRUTH, CLASSES, wrong=40), CLASSES)
BETTER = Rival(3, sure(TRUTH, CLASSES, wrong=2), CLASSES)


def test_a_candidate_that_misses_nothing_passes() -> None:
    decision = decide(Gate({"accuracy": 0.8}), EVALUATION)

    decision.check()
    assert (decision.passed, decision.reasons, decision.comparison) == (True, (), None)


def test_every_reason_is_told_at_once() -> None:
    gate = Gate({"accuracy": 0.9}, latency_ms=1, size_mb=2)

    decision = decide(gate, EVALUATION, BETTER).within(gate, Footprint(1.5, 2.5)).refused("it is another model")

    with pytest.raises(CandidateRefused) as caught:
        decision.check()
    told = caught.value.message
    assert told.startswith(
        "The candidate is refused, and nothing was published: on 200 held-out rows, accuracy is 0.8, "
    )
    assert len(decision.reasons) == 5
    for reason in (
        "log_loss is 0.5",
        "version 3, which is live",
        "latency_ms is 1.5, and must be at most 1",
        "size_mb is 2.5, and must be at most 2",
        "it is another model",
    ):
        assert reason in told


def test_a_gate_against_none_asks_no_rival() -> None:
    assert decide(Gate(against="none"), EVALUATION, BETTER).comparison is None


@pytest.mark.parametrize(
    ("rival", "reason"),
    [
        (Rival(2, incomparable="it takes no table"), "it takes no table"),
        (Rival(2, Answers(TRUTH), CLASSES), "log_loss cannot be measured for both on these rows"),
        (Rival(2, Answers(TRUTH, np.full((200, 2), np.nan)), CLASSES), "it answers with numbers that are not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused_unless_the_job_says_otherwise(rival: Rival, reason: str) -> None:
    told = f"version 2, which is live, cannot be compared: {reason}"

    refused, passed = (decide(replace(Gate(), incomparable=what), EVALUATION, rival) for what in ("refuse", "pass"))

    assert refused.reasons == (f"{told} (gate.incomparable: pass lets a candidate pass nevertheless)",)
    assert (passed.passed, passed.notes) == (True, (told,))


def test_answers_that_are_no_numbers_are_reason_enough() -> None:
    answers = Answers(TRUTH, np.where(TRUTH[:, None] == 1, [0.0, 1.0], [np.nan, 0.0]))

    decision = decide(Gate(), evaluate(table(TRUTH), answers, CLASSES), BETTER)

    assert decision.reasons == ("100 are answered with numbers that are not finite",)


def test_a_decision_is_json() -> None:
    decision = decide(Gate(), EVALUATION, BETTER).within(Gate(), Footprint(1.5, 2.5))

    held = orjson.loads(orjson.dumps(decision.to_json()))

    assert (held["passed"], held["rows"], held["footprint"]) == (False, 200, {"latency_ms": 1.5, "size_mb": 2.5})
    assert held["comparison"]["version"] == 3
    assert len(held["comparison"]["between"]) == 2
    assert decide(Gate(), EVALUATION).to_json()["comparison"] is None


def test_what_a_candidate_costs_is_measured_as_it_is_served() -> None:
    store = open_store(f"memory://{uuid.uuid4().hex}")
    manifest = publish_model(store, "m", softmax(np.eye(2), batch=1))  # which takes one row, and no other number
    session = serve(store).session("m")

    measured = footprint(session, {"x": np.ones((7, 2), np.float32)})

    assert measured.size_mb == pytest.approx(manifest.artifact.size / 1e6)
    assert 0 < measured.latency_ms < 50
    assert (
        decide(Gate(latency_ms=1e-6), EVALUATION).within(Gate(latency_ms=1e-6), measured).reasons[0].startswith("lat")
    )
