"""When whoever answers has ended, and whether an answer is still to be had. Moments are seconds since the epoch."""

from time import perf_counter_ns

from modelet.answers.keys import no_answer
from modelet.phases import NEVER, deadline

LONGEST_SECONDS = 900.0  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
MARGIN_SECONDS = 1.0
"""What is left to whoever was in time, for keeping the answer, before its work passes to another."""


def ended(now: float) -> float:
    """When the invocation of this thread has surely ended."""
    until = deadline()
    left = LONGEST_SECONDS if until == NEVER else max(0.0, (until - perf_counter_ns()) / 1e9)
    return now + left + MARGIN_SECONDS


def check_age(at: float, now: float, window: float, answer_id: str) -> None:
    """Refuse what was asked or answered `window` seconds ago or before; raises AnswerNotFound."""
    if now >= at + window:
        raise no_answer(answer_id)
