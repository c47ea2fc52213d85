"""Minimum and maximum metrics."""

import pytest

from modelet.train.gate import Gate
from modelet.train.gate.thresholds import missed_thresholds


def test_a_gate_names_every_metric_that_misses_with_value_and_threshold() -> None:
    metrics = {"accuracy": 0.9, "macro_f1": 0.8, "log_loss": 0.4, "held_out_rows": 50.0}

    reached = missed_thresholds(Gate({"accuracy": 0.9, "macro_f1": 0.8}, {"log_loss": 0.4}), metrics)
    missed = missed_thresholds(Gate({"accuracy": 0.95, "macro_f1": 0.8}, {"log_loss": 0.3}), metrics)

    assert reached == ()
    assert missed == ("accuracy is 0.9, and must be at least 0.95", "log_loss is 0.4, and must be at most 0.3")


@pytest.mark.parametrize("gate", [Gate({"accuracy": 0.0}), Gate(maximum={"log_loss": 1e9})])
def test_a_metric_that_is_no_number_or_was_not_measured_passes_no_gate(gate: Gate) -> None:
    nan = float("nan")

    for metrics in ({"accuracy": nan, "log_loss": nan, "held_out_rows": 1.0}, {"held_out_rows": 1.0}):
        assert len(missed_thresholds(gate, metrics)) == 1
