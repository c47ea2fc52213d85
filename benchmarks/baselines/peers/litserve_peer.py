"""LitServe: one worker, its queue over ZeroMQ."""

# Not installed where types are checked.
# mypy: disable-error-code="import-not-found, misc"

import sys
from typing import Any

import litserve
import numpy as np
import onnxruntime


class Perceptron(litserve.LitAPI):
    """Speaks the Open Inference Protocol, as far as it is asked."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - given by the server
        """Open the session, in the worker."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])

    def decode_request(self, request: dict[str, Any]) -> Any:
        """JSON to rows."""
        asked = request["inputs"][0]
        return np.array(asked["data"], np.float32).reshape(asked["shape"])

    def predict(self, rows: Any) -> Any:
        """Run the model."""
        return self.session.run(None, {"x": rows})[0]

    def encode_response(self, scores: Any) -> dict[str, Any]:
        """Rows to JSON."""
        output = {"name": "y", "datatype": "FP32", "shape": list(scores.shape), "data": scores.reshape(-1).tolist()}
        return {"outputs": [output]}


if __name__ == "__main__":
    api = Perceptron(api_path="/v2/models/small/infer")
    server = litserve.LitServer(api, accelerator="cpu", fast_queue=True, timeout=False, disable_openapi_url=True)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), log_level="error", generate_client_file=False)
