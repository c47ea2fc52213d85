"""BentoML: one worker, arrays as its own types, without access log, metrics and traces."""

# Not installed where types are checked.
# mypy: disable-error-code="import-not-found, untyped-decorator"

import os
import sys
from pathlib import Path
from typing import Annotated

import bentoml
import numpy as np
import onnxruntime
from bentoml.validators import DType

Rows = Annotated[np.ndarray, DType("float32")]


@bentoml.service(
    name="small",
    workers=1,
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
    traffic={"timeout": 60},
)
class Perceptron:
    """Takes `{"x": rows}` and answers rows."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])

    @bentoml.api(route="/v2/models/small/infer")
    def infer(self, x: Rows) -> Rows:
        """Run the model."""
        scores: np.ndarray = self.session.run(None, {"x": x})[0]
        return scores


if __name__ == "__main__":
    os.environ |= {"MODEL": sys.argv[1], "BENTOML_DO_NOT_TRACK": "True"}
    here = Path(__file__).resolve()
    command = ["-m", "bentoml", "serve", f"{here.stem}:Perceptron", "--working-dir", str(here.parent)]
    os.execv(sys.executable, [sys.executable, *command, "--host", "127.0.0.1", "--port", sys.argv[2]])
