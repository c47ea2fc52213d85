"""Networks of PyTorch where there is none: refused by name, and read as strictly as all else. The rest: tests/torch."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from modelet.errors import InvalidJob
from modelet.train.document import Place
from modelet.train.estimators import Convolutional, Dense, Fitting
from modelet.train.job import read_job

ROWS, TRUTH = np.zeros((4, 4), np.float32), np.array([0, 1, 0, 1])
JOB = "model: m\ndata: {source: 'sklearn:digits'}\nestimator: {name: %s}\n"


@pytest.mark.parametrize("estimator", [Dense(), Convolutional()], ids=lambda estimator: estimator.name)
def test_without_pytorch_an_estimator_says_what_to_install(estimator: Dense | Convolutional) -> None:
    assert find_spec("torch") is None

    with pytest.raises(
        InvalidJob, match=f"'{estimator.name}' needs PyTorch, which is not installed: pip install torch"
    ):
        estimator.fit(ROWS, TRUTH, Fitting("binary"))


def test_reading_a_job_imports_no_pytorch() -> None:
    job = read_job((JOB % "convolutional, channels: [8], dropout: 0.5").encode(), Place("job.yaml"))

    assert job.estimator == Convolutional(channels=(8,), dropout=0.5)
    assert "torch" not in sys.modules


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("dense, dropout: 1", "line 3.*estimator.dropout must be at least 0 and below 1"),
        ("dense, optimizer: adma", "did you mean 'adam'"),
        ("dense, kernel_size: 3", "has no key 'kernel_size'"),
        ("convolutional, kernel_size: 4", "kernel_size must be odd"),
        ("convolutional, channels: []", "channels must name at least one block"),
        ("convolutional, image: [28]", r"image must be \[height, width\]"),
    ],
)
def test_options_that_cannot_be_are_refused(options: str, message: str) -> None:
    with pytest.raises(InvalidJob, match=message):
        read_job((JOB % options).encode(), Place("job.yaml"))
