"""Trying again: what may succeed a little later, a few times, and not when everything fails anyway.

Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
The budget is that of the AWS SDKs' standard mode: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import random
from collections.abc import Callable

import httpx

from modelet.client.answers import whole
from modelet.client.mirror import RETRIED, mirrored
from modelet.errors import RunStopped

FIRST_SECONDS, MOST_SECONDS = 0.1, 5.0
LONGEST_WAIT = 30.0
"""The longest time, in seconds, that a service may ask to be left alone for."""
BUDGET, COST, EARNED = 500, 5, 1


class Retries:
    """At most `attempts` for each request, and a budget for all of them: every retry takes from it, every answer adds a
    little, so that a service which fails is not asked several times as often as one that works.
    """

    def __init__(self, attempts: int = 4, chance: Callable[[], float] = random.random) -> None:
        self._attempts = attempts
        self._chance = chance
        self._left = BUDGET

    def succeeded(self) -> None:
        """Note an answer that need not be asked for again."""
        self._left = min(BUDGET, self._left + EARNED)

    def pause(self, attempt: int, asked: str | None = None) -> float | None:
        """The seconds to wait after a failed attempt, counted from 1; None where there shall be no other.

        `asked` is the Retry-After that the service answered.
        """
        if attempt >= self._attempts or self._left < COST:
            return None
        self._left -= COST
        wait = self._chance() * min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** (attempt - 1))
        seconds = whole(asked or "")
        if seconds is None:
            return wait
        return None if seconds > LONGEST_WAIT else seconds + wait


def is_retried(answer: httpx.Response) -> bool:
    """Whether the same request may be answered a little later: not where its run takes longer than it may."""
    if answer.status_code not in RETRIED:
        return False
    return not isinstance(mirrored(answer.status_code, answer.content), RunStopped)
