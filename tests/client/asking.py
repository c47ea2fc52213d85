"""The two clients, asked in one way: a test says once what holds for both."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelet.client import AsyncClient, Client, Prediction, Retries

X = np.array([[1, 2]], np.float32)

Ask = Callable[..., Prediction]


def blocking(url: str, *, most_bytes: int = 4_500_000, retries: Retries | None = None, **wish: Any) -> Prediction:
    """Ask the model `m` at `url` about X, or about `inputs`, and wait."""
    with Client(url, most_bytes=most_bytes, retries=retries or at_once()) as client:
        return client.predict("m", wish.pop("inputs", {"x": X}), **wish)


def awaited(url: str, *, most_bytes: int = 4_500_000, retries: Retries | None = None, **wish: Any) -> Prediction:
    """Ask as `blocking` does, in an event loop."""

    async def ask() -> Prediction:
        async with AsyncClient(url, most_bytes=most_bytes, retries=retries or at_once()) as client:
            return await client.predict("m", wish.pop("inputs", {"x": X}), **wish)

    return asyncio.run(ask())


def at_once(attempts: int = 4) -> Retries:
    """Retries that wait for nothing unless the service asks them to."""
    return Retries(attempts, lambda: 0.0)


both = pytest.mark.parametrize("ask", [blocking, awaited])
