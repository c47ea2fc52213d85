"""What users of Triton's HTTP client do, blocking and with asyncio: `python triton.py HOST:PORT`."""

import asyncio
import sys

import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

X = np.array([[1, 2], [3, 4.5]], np.float32)
DATATYPES = {
    "BOOL": np.array([True, False, True]),
    "UINT8": np.array([0, 255, 7], np.uint8),
    "INT64": np.array([-(2**63), 2**63 - 1, 0]),
    "FP16": np.array([0.1, -65504, 0], np.float16),
    "FP64": np.array([np.pi, -0.0, 5e-324]),
    "BYTES": np.array(["a", "é", ""], object),
}


def tensor(name: str, array: np.ndarray, datatype: str, binary: bool = True) -> triton.InferInput:
    given = triton.InferInput(name, array.shape, datatype)
    given.set_data_from_numpy(array, binary_data=binary)
    return given


def same(found: np.ndarray, wanted: np.ndarray) -> bool:
    if wanted.dtype == object:
        return bool([text.decode() if isinstance(text, bytes) else text for text in found.tolist()] == wanted.tolist())
    return bool(found.dtype == wanted.dtype and found.tobytes() == wanted.tobytes())


def metadata(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("double")
    assert client.is_model_ready("double", "2")
    assert not client.is_model_ready("nobody")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    told = client.get_model_metadata("double", "1")
    assert told["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}], told
    assert client.get_model_config("double")["input"][0]["data_type"] == "TYPE_FP32"
    index = client.get_model_repository_index()
    assert {"double"} <= {entry["name"] for entry in index}


def inference(client: triton.InferenceServerClient) -> None:
    for binary_in in (True, False):
        for binary_out in (True, False):
            outputs = [triton.InferRequestedOutput("y_pred", binary_data=binary_out)]
            answer = client.infer("double", [tensor("x", X, "FP32", binary_in)], outputs=outputs, request_id="7")
            assert same(answer.as_numpy("y_pred"), X * 2)
            assert answer.get_response()["id"] == "7"
            assert answer.get_response()["model_version"] == "1"
    assert same(client.infer("double", [tensor("x", X, "FP32")], model_version="2").as_numpy("y_pred"), X * 3)
    for algorithm in ("gzip", "deflate"):
        answer = client.infer(
            "double",
            [tensor("x", np.tile(X, (500, 1)), "FP32")],
            request_compression_algorithm=algorithm,
            response_compression_algorithm=algorithm,
        )
        assert same(answer.as_numpy("y_pred"), np.tile(X, (500, 1)) * 2)


def datatypes(client: triton.InferenceServerClient) -> None:
    for datatype, array in DATATYPES.items():
        for binary in (True, False):
            if datatype == "FP16" and not binary:
                continue  # the client itself sends no FP16 as JSON
            outputs = [triton.InferRequestedOutput("same", binary_data=binary or datatype == "FP16")]
            answer = client.infer(f"same-{datatype.lower()}", [tensor("x", array, datatype, binary)], outputs=outputs)
            assert same(answer.as_numpy("same"), array), (datatype, binary, answer.get_response())


def classification(client: triton.InferenceServerClient) -> None:
    outputs = [triton.InferRequestedOutput("scores", class_count=2)]
    answer = client.infer("classes", [tensor("x", np.array([[0, 3, 1]], np.float32), "FP32")], outputs=outputs)
    assert [text.decode() for text in answer.as_numpy("scores").reshape(-1)] == ["3.000000:1:dog", "1.000000:2:cow"]


def errors(client: triton.InferenceServerClient) -> None:
    for model, given, words in (
        ("nobody", tensor("x", X, "FP32"), "nobody"),
        ("double", tensor("z", X, "FP32"), "'z'"),
        ("double", tensor("x", X.astype(np.float64), "FP64"), "FP32"),
    ):
        assert words in refusal(client, model, given)


def refusal(client: triton.InferenceServerClient, model: str, given: triton.InferInput) -> str:
    try:
        client.infer(model, [given])
    except InferenceServerException as error:
        return str(error.message())
    return ""


def statistics(client: triton.InferenceServerClient) -> None:
    (told,) = client.get_inference_statistics("double", "1")["model_stats"]
    assert told["inference_stats"]["success"]["count"] >= 1


async def with_asyncio(address: str) -> None:
    async with triton_aio.InferenceServerClient(address) as client:
        assert await client.is_server_ready()
        answers = await asyncio.gather(*(client.infer("double", [tensor("x", X + n, "FP32")]) for n in range(4)))
        for number, answer in enumerate(answers):
            assert same(answer.as_numpy("y_pred"), (X + number) * 2)


def main(address: str) -> None:
    with triton.InferenceServerClient(address) as client:
        for use in (metadata, inference, datatypes, classification, errors, statistics):
            use(client)
    asyncio.run(with_asyncio(address))


if __name__ == "__main__":
    main(sys.argv[1].removeprefix("http://"))
