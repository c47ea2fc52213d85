"""What users of KServe's SDK do over REST, v1 and v2: `python kserve_sdk.py URL`."""

import asyncio
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

X = np.array([[1, 2], [3, 4.5]], np.float32)


async def v2(url: str, binary: bool) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30))
    assert await client.is_server_live(url)
    assert await client.is_server_ready(url)
    assert await client.is_model_ready(url, "double")
    given = InferInput("x", list(X.shape), "FP32")
    given.set_data_from_numpy(X, binary_data=binary)
    request = InferRequest("double", [given], request_id="7")
    answer = await client.infer(url, request, model_name="double")
    (output,) = answer.outputs
    assert (answer.id, answer.model_name) == ("7", "double")
    assert np.array_equal(output.as_numpy(), X * 2), output.as_numpy()


async def v1(url: str) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v1", timeout=30))
    assert await client.is_server_live(url)
    assert await client.is_model_ready(url, "double")
    answer = await client.infer(url, {"instances": X.tolist()}, model_name="double")
    assert answer == {"predictions": (X * 2).tolist()}, answer


async def main(url: str) -> None:
    for binary in (False, True):
        await v2(url, binary)
    await v1(url)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
