"""KServe's server for Python: one worker, without gRPC and without a log line for each latency."""

# Not installed where types are checked.
# mypy: disable-error-code="import-not-found, misc"

import logging
import sys

import onnxruntime
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.utils.utils import generate_uuid


class Perceptron(Model):
    """Answers the Open Inference Protocol."""

    def __init__(self, name: str, model: str) -> None:
        super().__init__(name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.ready = True

    async def predict(
        self,
        payload: InferRequest,
        headers: dict[str, str] | None = None,  # noqa: ARG002 - given by the server
        response_headers: dict[str, str] | None = None,  # noqa: ARG002 - given by the server
    ) -> InferResponse:
        """Run the model."""
        (scores,) = self.session.run(None, {"x": payload.inputs[0].as_numpy()})
        output = InferOutput("y", list(scores.shape), "FP32", scores.reshape(-1).tolist())
        return InferResponse(payload.id or generate_uuid(), self.name, [output])


if __name__ == "__main__":
    logging.disable(logging.INFO)
    server = ModelServer(
        http_port=int(sys.argv[2]),
        workers=1,
        enable_grpc=False,
        enable_docs_url=False,
        enable_latency_logging=False,
        access_log_format=None,
    )
    server.start([Perceptron("small", sys.argv[1])])
