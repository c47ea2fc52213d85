"""A request that is repeated by its key is answered once, also where the client made something else of it meanwhile."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from modelet.client import AsyncClient, Client
from modelet.errors import KeyReused
from modelet.local import running
from modelet.registry.changing import promote
from modelet.store import open_store
from modelet.store.base import Store
from tests.client.asking import Ask, at_once, both
from tests.published import echo, publish_model

LARGE = np.arange(2000, dtype=np.float32).reshape(1000, 2)
SMALL_BODY = 4000
"""Bytes: LARGE has to be uploaded."""
MOST_BODY = 150_000
"""Bytes that the service takes, and the client does not know of."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    """A service that reads aliases for each request, and its store: `m` echoes FP32, from version 2 on FP64."""
    store = open_store(f"file://{tmp_path_factory.mktemp('repeating')}/store")
    for datatype in ("FP32", "FP64"):
        publish_model(store, "m", echo(datatype, ("N", 2)))
    env = {"MODELET_ALIAS_TTL": "0", "MODELET_MAX_BODY_BYTES": str(MOST_BODY)}
    with running(store.url, env=env) as url:
        yield url, store


@both
def test_a_large_request_that_is_uploaded_anew_is_the_same_request(ask: Ask, served: tuple[str, Store]) -> None:
    url, store = served
    promote(store, "m", 1)
    key = f"large-{ask.__name__}"

    answers = [ask(url, most_bytes=SMALL_BODY, inputs={"x": LARGE}, idempotency_key=key) for _ in range(2)]

    for answer in answers:
        np.testing.assert_array_equal(answer.outputs["y"], LARGE)
    with pytest.raises(KeyReused):
        ask(url, most_bytes=SMALL_BODY, inputs={"x": LARGE + 1}, idempotency_key=key)


@both
def test_a_large_request_that_a_patient_caller_repeats_is_the_same_request(ask: Ask, served: tuple[str, Store]) -> None:
    url, store = served
    promote(store, "m", 1)
    wish = {"idempotency_key": f"patient-{ask.__name__}", "patient": True, "inputs": {"x": LARGE}}

    answers = [ask(url, most_bytes=SMALL_BODY, **wish) for _ in range(2)]

    for answer in answers:
        np.testing.assert_array_equal(answer.outputs["y"], LARGE)


@both
def test_what_is_refused_for_its_size_and_uploaded_then_is_the_same_request(
    ask: Ask, served: tuple[str, Store]
) -> None:
    url, store = served
    promote(store, "m", 1)
    larger = np.ones((MOST_BODY // 4, 2), np.float32)

    answers = [ask(url, inputs={"x": larger}, idempotency_key=f"refused-{ask.__name__}") for _ in range(2)]

    for answer in answers:
        np.testing.assert_array_equal(answer.outputs["y"], larger)


def test_a_key_holds_through_a_promotion(served: tuple[str, Store]) -> None:
    url, store = served
    promote(store, "m", 1)
    with Client(url, retries=at_once()) as client:
        client.predict("m", {"x": LARGE})
        promote(store, "m", 2)

        answers = [client.predict("m", {"x": LARGE}, idempotency_key="promoted") for _ in range(2)]

    assert [(answer.version, answer.outputs["y"].dtype) for answer in answers] == [(2, np.float64)] * 2
    np.testing.assert_array_equal(answers[1].outputs["y"], LARGE)


def test_a_key_of_a_task_holds_through_a_promotion(served: tuple[str, Store]) -> None:
    url, store = served
    promote(store, "m", 1)

    async def ask() -> list[int]:
        async with AsyncClient(url, retries=at_once()) as client:
            await client.predict("m", {"x": LARGE})
            await asyncio.to_thread(promote, store, "m", 2)
            answers = [await client.predict("m", {"x": LARGE}, idempotency_key="promoted-task") for _ in range(2)]
            return [answer.version for answer in answers]

    assert asyncio.run(ask()) == [2, 2]
