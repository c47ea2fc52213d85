"""MLServer: a runtime of our own, for it has none for ONNX; in the server's process, without the pool of workers."""

# Not installed where types are checked.
# mypy: disable-error-code="import-not-found, misc"

import asyncio
import sys

import onnxruntime
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Perceptron(MLModel):
    """The model that its settings name."""

    async def load(self) -> bool:
        """Open the session."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        uri = self.settings.parameters.uri
        self.session = onnxruntime.InferenceSession(uri, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer one request of the Open Inference Protocol."""
        rows = NumpyCodec.decode_input(payload.inputs[0]).astype("float32", copy=False)
        (scores,) = self.session.run(None, {"x": rows})
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("y", scores)])


async def main(model: str, port: int) -> None:
    """Serve until the process is ended."""
    settings = Settings(
        debug=False,
        host="127.0.0.1",
        http_port=port,
        grpc_port=port + 1,
        metrics_endpoint=None,
        parallel_workers=0,
        gzip_enabled=False,
        logging_settings={"version": 1, "root": {"level": "ERROR"}},
    )
    await MLServer(settings).start([ModelSettings(name="small", implementation=Perceptron, parameters={"uri": model})])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
