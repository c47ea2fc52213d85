"""How long a client waits for an answer that is being made: as long as the service asks, within reason."""

import httpx
import pytest

from modelet.client.conversation import wish_for
from modelet.client.retrying import FIRST_SECONDS, LONGEST_WAIT
from modelet.client.talk import Pause
from tests.client.test_conversation import ANSWER, SIGNATURE, WISH, X, conversation, hold, ok

ASKED = [
    ("86400", LONGEST_WAIT),
    ("9" * 400, LONGEST_WAIT),
    ("30", 30.0),
    ("2", 2.0),
    ("0", FIRST_SECONDS),
    ("soon", 1.0),
]


@pytest.mark.parametrize(("asked", "waited"), ASKED)
def test_for_an_answer_that_is_made_later(asked: str, waited: float) -> None:
    later = httpx.Response(202, json={"id": "1"}, headers={"retry-after": asked})

    said, _ = hold(conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), later, ok(ANSWER))

    assert [step for step in said if isinstance(step, Pause)] == [Pause(waited)]


@pytest.mark.parametrize(("asked", "waited"), ASKED)
def test_for_an_answer_that_an_earlier_attempt_began(asked: str, waited: float) -> None:
    under_way = httpx.Response(409, json={"error": "wait", "code": "in_progress"}, headers={"retry-after": asked})
    wish = wish_for(None, (), None, "once", patient=False, binary=True)

    said, _ = hold(conversation().predict("m", {"x": X}, wish), ok(SIGNATURE), under_way, ok(ANSWER))

    assert [step for step in said if isinstance(step, Pause)] == [Pause(waited)]
