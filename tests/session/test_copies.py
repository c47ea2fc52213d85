"""What the runtime has made is answered as it lies there."""

import numpy as np
import pytest

from modelet.manifest import Artifact, Manifest
from modelet.session import Session
from tests.published import declared_signature, echo
from tests.tensors.test_copies import owner


@pytest.mark.parametrize("datatype", ["FP32", "INT64"])
def test_the_arrays_of_an_answer_are_the_runtimes_own(datatype: str) -> None:
    made = echo(datatype)
    manifest = Manifest("m", Artifact("0" * 64, 1), declared_signature(made), version=1)
    session = Session(manifest, made.SerializeToString(), threads=1)
    x = np.ones((1000, 64), {"FP32": np.float32, "INT64": np.int64}[datatype])

    y = session.run({"x": x}, ["y"])["y"]

    assert np.array_equal(x, y)
    assert not owner(y).flags.owndata
