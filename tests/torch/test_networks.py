"""Networks of PyTorch: they learn, do so again to the same bytes, stop where they should, and are exported whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelet.errors import InvalidJob
from modelet.store import open_store
from modelet.train import load_job, run
from modelet.train.estimators import Convolutional, Dense, Estimator, Fitting
from modelet.train.stages import Stage
from modelet.train.task import Task

RANDOM = np.random.default_rng(5)
POINTS = RANDOM.normal(size=(240, 4)).astype(np.float32)
ABOVE = np.where(POINTS[:, 0] + POINTS[:, 1] > 0, "above", "below")
IMAGES = RANDOM.uniform(size=(240, 64)).astype(np.float32)
IMAGES[:120, :32] += 1.0
BRIGHT = np.repeat(["above", "below"], 120)

JOB = """
model: {model}
data: {{source: sklearn:{source}}}
estimator: {{name: {estimator}}}
gate: {{minimum: {{{gate}}}}}
export: {{precision: {precision}}}
seed: 3
"""


def fitted(estimator: Estimator, rows: Any, truth: Any, task: Task = "binary", **options: Any) -> Any:
    return estimator.fit(rows, truth, Fitting(task, 3, **options))


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "step"])
def test_a_dense_network_learns_with_every_optimizer_and_schedule(optimizer: Any, schedule: Any) -> None:
    estimator = Dense(
        hidden_layer_sizes=(16,), epochs=30, batch_size=16, lr=0.02, optimizer=optimizer, schedule=schedule
    )

    network = fitted(estimator, POINTS, ABOVE)

    assert (network.predict(POINTS) == ABOVE).mean() > 0.95
    assert network.predict_proba(POINTS).sum(axis=1) == pytest.approx(1)
    assert len(network.loss_curve_) == 30


def test_a_convolutional_network_learns_images() -> None:
    network = fitted(Convolutional(channels=(4, 8), hidden_layer_sizes=(16,), epochs=20, batch_size=16), IMAGES, BRIGHT)

    assert (network.predict(IMAGES) == BRIGHT).mean() > 0.95


def test_numbers_of_any_size_are_learnt() -> None:
    truth = 1e6 + 1e5 * POINTS[:, 2].astype(float)

    network = fitted(Dense(hidden_layer_sizes=(16,), epochs=60, lr=0.01, batch_size=16), POINTS, truth, "regression")

    assert np.abs(network.predict(POINTS) - truth).mean() < 2e4


def test_sparse_rows_are_learnt_as_dense_ones_are() -> None:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    sparse, dense = (fitted(Dense(epochs=2), rows, ABOVE).outputs(POINTS) for rows in (csr_array(POINTS), POINTS))

    assert (sparse == dense).all()


def test_the_same_seed_makes_the_same_network_and_leaves_the_random_state_alone() -> None:
    import torch

    estimator = Dense(epochs=2, dropout=0.2)
    before = torch.get_rng_state()

    first, second = (fitted(estimator, POINTS, ABOVE).outputs(POINTS) for _ in range(2))

    assert (first == second).all()
    assert (torch.get_rng_state() == before).all()
    assert (first != estimator.fit(POINTS, ABOVE, Fitting("binary", 4)).outputs(POINTS)).any()


def test_weight_decay_makes_weights_small_and_dropout_makes_learning_harder() -> None:
    def sizes(**options: Any) -> float:
        (_, (weights, _)), *_ = fitted(Dense(epochs=20, optimizer="sgd", lr=0.1, **options), POINTS, ABOVE).layers()
        return float(np.abs(weights).mean())

    assert sizes(weight_decay=0.5) < sizes() / 2
    easy, hard = (fitted(Dense(epochs=5, dropout=share), POINTS, ABOVE).loss_curve_[-1] for share in (0.0, 0.8))
    assert hard > easy


def test_it_stops_early_by_rows_of_its_own_and_keeps_the_best_weights() -> None:
    noise = RANDOM.permutation(ABOVE)  # nothing can be learnt, so that more epochs are worse on other rows
    estimator = Dense(epochs=200, lr=0.01, early_stopping_rounds=3, validation_fraction=0.25)

    network = fitted(estimator, POINTS, noise)

    told = network.validation_loss_curve_
    assert len(told) == len(network.loss_curve_) < 200
    assert told.index(min(told)) == len(told) - 4
    shorter = fitted(
        Dense(epochs=len(told) - 3, lr=0.01, early_stopping_rounds=300, validation_fraction=0.25), POINTS, noise
    )
    assert (shorter.outputs(POINTS) == network.outputs(POINTS)).all()


def test_every_epoch_is_told_with_its_loss_and_the_time_left() -> None:
    told: list[tuple[str, float | None]] = []

    fitted(Dense(epochs=4), POINTS, ABOVE, progress=Stage(lambda *seen: told.append(seen), "fit"))

    assert [fraction for _, fraction in told] == [0.25, 0.5, 0.75, 1.0]
    assert told[1][0].startswith("fit: epoch 2 of 4, loss 0.")
    assert told[3][0].endswith(", 0:00 left")


def test_a_loss_that_is_no_number_is_an_error_with_advice() -> None:
    with pytest.raises(ValueError, match="the loss is no number in epoch 1; a lower lr may help"):
        fitted(Dense(lr=1e30, optimizer="sgd", epochs=3), POINTS * 1e20, ABOVE)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (Convolutional(image=(4, 4)), r"have 64 columns, and image \[4, 4\] has 16 numbers"),
        (Convolutional(channels=(4, 4, 4, 4)), "of 8 × 8 cannot be halved 4 times"),
    ],
)
def test_rows_that_are_no_such_images_are_refused(estimator: Convolutional, message: str) -> None:
    with pytest.raises(InvalidJob, match=message):
        fitted(estimator, IMAGES, BRIGHT)


def test_it_convolves_in_single_precision_only() -> None:
    with pytest.raises(InvalidJob, match="single precision only"):
        fitted(Convolutional(), IMAGES.astype(np.float64), BRIGHT)


@pytest.mark.parametrize(
    ("source", "estimator", "gate", "precision"),
    [
        ("digits", "convolutional, epochs: 12, lr: 0.003, channels: [8, 16]", "accuracy: 0.93", "single"),
        ("iris", "dense, epochs: 60, lr: 0.01, activation: tanh", "accuracy: 0.85", "double"),
        (
            "diabetes",
            "dense, epochs: 40, activation: logistic, hidden_layer_sizes: [16], lr: 0.02",
            "r2: 0.3",
            "single",
        ),
    ],
)
def test_a_job_publishes_the_same_bytes_twice(
    source: str, estimator: str, gate: str, precision: str, tmp_path: Path
) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(JOB.format(model=source, source=source, estimator=estimator, gate=gate, precision=precision))
    store = open_store((tmp_path / "store").as_uri())

    first, second = (run(store, load_job(path)).manifest for _ in range(2))

    assert (first.version, second.version) == (1, 2)
    assert first.artifact == second.artifact
    assert first.parity["label_flips"] == 0
