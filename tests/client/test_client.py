"""The client against a real service: numpy in, numpy out, and the service's errors as its own."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from onnx import TensorProto, helper

import modelet
from modelet.client import AsyncClient, Client
from modelet.errors import InvalidInput, ModelNotFound, RouteNotFound, Unavailable, VersionNotFound
from modelet.local import running
from modelet.publish import push
from modelet.store import open_store
from tests.onnx_models import model, save, scale, tensor
from tests.servers import free_port


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("client")
    url = f"file://{folder}/store"
    store = open_store(url)
    push(store, save(scale(2.0), folder / "double.onnx"), "double")
    push(store, save(scale(3.0), folder / "triple.onnx"), "double")
    shout = helper.make_node("StringNormalizer", ["text"], ["loud"], case_change_action="UPPER")
    words = [tensor(name, ["N"], TensorProto.STRING) for name in ("text", "loud")]
    push(store, save(model([shout], words[:1], words[1:]), folder / "shout.onnx"), "shout")
    half = helper.make_node("Identity", ["h"], ["same"])
    halves = [tensor(name, ["N"], TensorProto.FLOAT16) for name in ("h", "same")]
    push(store, save(model([half], halves[:1], halves[1:]), folder / "half.onnx"), "half")
    with running(url) as address, Client(address) as connected:
        yield connected


def test_arrays_go_in_and_come_out(client: Client) -> None:
    x = np.array([[1, 2], [3, 4.5]], np.float32)

    answer = client.predict("double", {"x": x})

    assert (answer.model, answer.version) == ("double", 1)
    assert answer.outputs["y_pred"].dtype == np.float32
    np.testing.assert_array_equal(answer.outputs["y_pred"], x * 2)


def test_a_version_or_an_alias_can_be_asked_for(client: Client) -> None:
    x = np.ones((1, 2), np.float32)

    assert client.predict("double", {"x": x}, version=2).outputs["y_pred"].tolist() == [[3, 3]]
    assert client.predict("double", {"x": x}, version="live").version == 1


def test_floats_keep_every_bit(client: Client) -> None:
    x = np.random.default_rng(1).standard_normal((50, 2)).astype(np.float32)

    np.testing.assert_array_equal(client.predict("double", {"x": x}).outputs["y_pred"], x * np.float32(2))


@pytest.mark.parametrize("text", [np.array(["a", "é", ""]), np.array(["a", "é", ""], object)], ids=["U", "object"])
def test_strings_go_in_and_come_out(client: Client, text: np.ndarray[tuple[int], np.dtype[np.object_]]) -> None:
    assert client.predict("shout", {"text": text}).outputs["loud"].tolist() == ["A", "É", ""]


def test_half_floats_go_in_and_come_out(client: Client) -> None:
    h = np.array([0.1, 65504, -1], np.float16)

    answer = client.predict("half", {"h": h}).outputs["same"]

    assert answer.dtype == np.float16
    np.testing.assert_array_equal(answer, h)


def test_lists_and_other_floats_become_what_the_model_takes(client: Client) -> None:
    answer = client.predict("double", {"x": [[1, 2.5]]}).outputs["y_pred"]

    assert (answer.dtype, answer.tolist()) == (np.float32, [[2, 5]])
    assert client.predict("double", {"x": np.ones((1, 2))}).outputs["y_pred"].tolist() == [[2, 2]]


def test_json_says_the_same(client: Client) -> None:
    x = np.random.default_rng(1).standard_normal((50, 2)).astype(np.float32)

    binary, text = (client.predict("double", {"x": x}, binary=binary) for binary in (True, False))

    np.testing.assert_array_equal(binary.outputs["y_pred"], text.outputs["y_pred"])


def test_tasks_ask_side_by_side(client: Client) -> None:
    async def ask() -> list[float]:
        async with AsyncClient(str(client._http.base_url)) as service:
            assert await service.ready()
            assert (await service.metadata("double"))["name"] == "double"
            asked = (service.predict("double", {"x": [[number, 0]]}) for number in range(8))
            return [answer.outputs["y_pred"][0, 0] for answer in await asyncio.gather(*asked)]

    assert asyncio.run(ask()) == [2.0 * number for number in range(8)]


def test_it_is_found_at_the_top() -> None:
    assert (modelet.Client, modelet.AsyncClient) == (Client, AsyncClient)
    with pytest.raises(AttributeError, match="'Server'"):
        _ = modelet.Server


def test_metadata_tells_names_and_shapes(client: Client) -> None:
    told = client.metadata("double")

    assert told["versions"] == ["1", "2"]
    assert told["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]


def test_the_services_errors_are_the_clients(client: Client) -> None:
    with pytest.raises(ModelNotFound, match="'nobody'"):
        client.predict("nobody", {"x": np.ones(2, np.float32)})
    with pytest.raises(VersionNotFound):
        client.predict("double", {"x": np.ones((1, 2), np.float32)}, version=9)
    with pytest.raises(InvalidInput, match="'x'"):
        client.predict("double", {"x": np.ones((1, 3))})
    with pytest.raises(RouteNotFound):
        client.post_json("/predict/nothing/here", b"{}")
    with pytest.raises(InvalidInput, match="complex128"):
        client.predict("double", {"x": np.ones(2, complex)})


def test_a_service_that_is_not_there_is_unavailable() -> None:
    with Client(f"http://127.0.0.1:{free_port()}") as nobody:
        assert not nobody.ready()
        with pytest.raises(Unavailable, match="cannot be reached"):
            nobody.metadata("double")


def test_a_service_that_is_there_is_ready(client: Client) -> None:
    assert client.ready()
