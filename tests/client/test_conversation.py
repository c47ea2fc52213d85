"""What a client says next, answer by answer: no service, no clock, no chance."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from modelet.client.conversation import Conversation, Prediction, check_url, wish_for
from modelet.client.retrying import BUDGET, COST, Retries
from modelet.client.talk import Pause, Refused, Send, Talk
from modelet.errors import InvalidInput, InvalidRequest, ModeletError, ModelNotFound, Unavailable

X = np.arange(6, dtype=np.float32).reshape(3, 2)
SIGNATURE = {"name": "m", "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]}
ANSWER = {
    "model_name": "m",
    "model_version": "7",
    "outputs": [{"name": "y", "datatype": "FP32", "shape": [2], "data": [1, 2.5]}],
}
BUSY = httpx.Response(503, json={"error": "busy", "code": "unavailable"}, headers={"retry-after": "2"})
WISH = wish_for(None, (), None, None, patient=False, binary=True)


def conversation(chance: float = 1.0, most_bytes: int = 10_000, attempts: int = 4) -> Conversation:
    return Conversation("http://service", Retries(attempts, lambda: chance), most_bytes)


def ok(body: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def hold(talk: Talk[Any], *answers: httpx.Response | Exception) -> tuple[list[Send | Pause], Any]:
    """What was said while these answers came, and what came of it."""
    said, waiting = [next(talk)], list(answers)
    try:
        while True:
            if isinstance(said[-1], Pause):
                said.append(talk.send(None))
                continue
            answer = waiting.pop(0)
            said.append(talk.throw(answer) if isinstance(answer, Exception) else talk.send(answer))
    except StopIteration as ended:
        assert waiting == []
        return said, ended.value


def test_a_prediction_asks_for_the_signature_once() -> None:
    talks = conversation()

    first, answer = hold(talks.predict("m", {"x": X}, WISH), ok(SIGNATURE), ok(ANSWER))
    second, _ = hold(talks.predict("m", {"x": X}, WISH), ok(ANSWER))

    assert [step.url for step in first if isinstance(step, Send)] == ["/v2/models/m", "/v2/models/m/infer"]
    assert [step.url for step in second if isinstance(step, Send)] == ["/v2/models/m/infer"]
    assert isinstance(answer, Prediction)
    assert (answer.version, answer.outputs["y"].tolist(), answer.outputs["y"].dtype) == (7, [1, 2.5], np.float32)


def test_tensors_follow_the_head_as_they_lie_in_memory() -> None:
    said, _ = hold(conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), ok(ANSWER))

    infer = said[-1]
    assert isinstance(infer, Send)
    assert infer.content is not None
    length = int(infer.headers["inference-header-content-length"])
    head = orjson.loads(infer.content[:length])
    assert head["inputs"] == [
        {"name": "x", "datatype": "FP32", "shape": [3, 2], "parameters": {"binary_data_size": X.nbytes}}
    ]
    assert infer.content[length:] == X.tobytes()
    assert length % 8 == 0, "the service would have to copy what is not aligned"


def test_without_binary_tensors_the_body_is_json() -> None:
    wish = wish_for(2, ["y"], "user", "once", patient=True, binary=False)

    said, _ = hold(conversation().predict("m", {"x": X}, wish), ok(SIGNATURE), ok(ANSWER))

    infer = said[-1]
    assert isinstance(infer, Send)
    assert infer.url == "/v2/models/m/versions/2/infer"
    assert orjson.loads(infer.content or b"") == {
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [3, 2], "data": X.reshape(-1).tolist()}],
        "outputs": [{"name": "y"}],
    }
    assert infer.headers == {
        "content-type": "application/json",
        "x-modelet-routing-key": "user",
        "idempotency-key": "once",
        "prefer": "respond-async",
    }


def test_what_fails_for_a_moment_is_tried_again_after_a_while() -> None:
    talk = conversation(chance=0.5).predict("m", {"x": X}, WISH)

    said, answer = hold(talk, ok(SIGNATURE), Refused("reset"), BUSY, httpx.Response(502), ok(ANSWER))

    assert [step for step in said if isinstance(step, Pause)] == [Pause(0.05), Pause(2 + 0.1), Pause(0.2)]
    assert answer.version == 7


@pytest.mark.parametrize(
    ("failure", "message"), [(Refused("reset"), "service cannot be reached: reset"), (BUSY, "busy")]
)
def test_what_goes_on_failing_is_told(failure: httpx.Response | Exception, message: str) -> None:
    with pytest.raises(Unavailable, match=message):
        hold(conversation(attempts=2).metadata("m", None), failure, failure)


def test_a_service_that_wants_to_be_left_alone_for_long_is() -> None:
    away = httpx.Response(503, json={"error": "closed", "code": "unavailable"}, headers={"retry-after": "3600"})

    with pytest.raises(Unavailable, match="closed"):
        hold(conversation().metadata("m", None), away)


def test_what_the_caller_did_wrong_is_not_tried_again() -> None:
    gone = httpx.Response(404, json={"error": "no model", "code": "model_not_found"})

    with pytest.raises(ModelNotFound, match="no model"):
        hold(conversation().metadata("m", None), gone)


def test_a_service_that_only_fails_is_not_asked_several_times_as_often() -> None:
    retries = Retries(4, lambda: 0.0)

    pauses = [retries.pause(1) for _ in range(BUDGET // COST + 1)]
    for _ in range(COST):
        retries.succeeded()

    assert (pauses[-2], pauses[-1]) == (0.0, None)
    assert retries.pause(1) == 0.0


def test_a_large_tensor_is_uploaded_and_referred_to() -> None:
    large = np.zeros((5000, 2), np.float32)
    upload = {"method": "PUT", "url": "https://bucket/key?signed", "headers": {"a": "b"}}
    handed = httpx.Response(201, json={"reference": "uploads/tensors/1", "upload": upload})

    said, _ = hold(
        conversation().predict("m", {"x": large}, WISH), ok(SIGNATURE), handed, httpx.Response(200), ok(ANSWER)
    )

    asked, put, infer = (step for step in said[1:] if isinstance(step, Send))
    assert (asked.method, asked.url) == ("POST", "/uploads/tensors")
    assert put == Send("PUT", "https://bucket/key?signed", {"a": "b"}, large.tobytes())
    assert not put.is_ours
    assert infer.content is not None
    head = orjson.loads(infer.content)
    assert head["inputs"][0]["parameters"] == {"reference": "uploads/tensors/1"}


def test_an_answer_that_lies_elsewhere_is_fetched_there() -> None:
    y = np.array([1, 2.5], np.float32)
    output = {"name": "y", "datatype": "FP32", "shape": [2], "parameters": {"binary_data_size": y.nbytes}}
    head = orjson.dumps({**ANSWER, "outputs": [output]})
    headers = {"location": "https://bucket/answer?signed", "inference-header-content-length": str(len(head))}

    said, answer = hold(
        conversation().predict("m", {"x": X}, WISH),
        ok(SIGNATURE),
        httpx.Response(303, headers=headers),
        httpx.Response(200, content=head + y.tobytes()),
    )

    assert said[-1] == Send("GET", "https://bucket/answer?signed")
    assert answer.outputs["y"].tolist() == [1, 2.5]


def test_a_patient_caller_looks_until_the_answer_is_there() -> None:
    headers = {"location": "/prod/answers/1", "retry-after": "3"}
    soon = httpx.Response(202, json={"id": "1", "status": "running"}, headers=headers)

    said, answer = hold(
        conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), soon, httpx.Response(202), ok(ANSWER)
    )

    assert said[2:] == [Pause(3.0), Send("GET", "/answers/1"), Pause(1.0), Send("GET", "/answers/1")]
    assert answer.version == 7


def test_what_an_earlier_attempt_is_getting_answered_is_waited_for() -> None:
    under_way = httpx.Response(409, json={"error": "wait", "code": "in_progress"}, headers={"retry-after": "2"})
    wish = wish_for(None, (), None, "once", patient=False, binary=True)
    talk = conversation(attempts=2).predict("m", {"x": X}, wish)

    said, answer = hold(talk, ok(SIGNATURE), *[under_way] * 5, ok(ANSWER))

    assert [step for step in said if isinstance(step, Pause)] == [Pause(2.0)] * 5
    assert answer.version == 7


@pytest.mark.parametrize("key", ["é", "a\nb"])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(InvalidRequest, match="other characters than ASCII"):
        wish_for(None, (), key, None, patient=False, binary=True)
    with pytest.raises(InvalidRequest, match="other characters than ASCII"):
        wish_for(None, (), None, key, patient=False, binary=True)


@pytest.mark.parametrize("url", ["ftp://a", "http://", "https:///", "localhost:8080", "http://[::1", "http://h:70000"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="is not the address of a service"):
        check_url(url)


@pytest.mark.parametrize(
    "answer", [httpx.Response(202), httpx.Response(303), httpx.Response(200, content=b"zz"), ok({}), ok([])]
)
def test_metadata_that_cannot_be_read_is_told(answer: httpx.Response) -> None:
    with pytest.raises(ModeletError, match="The service's answer cannot be read"):
        hold(conversation().metadata("m", None), answer)


def test_a_signature_that_has_changed_is_read_again() -> None:
    talks = conversation()
    hold(talks.metadata("m", None), ok(SIGNATURE))
    now = {"name": "m", "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}]}
    refused = httpx.Response(400, json={"error": "datatype", "code": "invalid_input"})

    said, _ = hold(talks.predict("m", {"x": X}, WISH), refused, ok(now), ok(ANSWER))

    infer = said[-1]
    assert isinstance(infer, Send)
    assert infer.content is not None
    assert infer.content.endswith(X.astype(np.float64).tobytes())


def test_two_that_find_a_signature_changed_both_read_it_again() -> None:
    talks = conversation()
    hold(talks.metadata("m", None), ok(SIGNATURE))
    now = {"name": "m", "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}]}
    refused = httpx.Response(400, json={"error": "datatype", "code": "invalid_input"})
    both = [talks.predict("m", {"x": X}, WISH) for _ in range(2)]

    for answer in (None, refused, ok(now)):
        said = [talk.send(answer) for talk in both]

    for infer in said:
        assert isinstance(infer, Send)
        assert (infer.content or b"").endswith(X.astype(np.float64).tobytes())


@pytest.mark.parametrize(
    ("known", "answers"),
    [(False, ()), (True, (ok(SIGNATURE),))],
    ids=["read just now", "read before, and the same"],
)
def test_an_input_that_is_wrong_stays_wrong(known: bool, answers: tuple[httpx.Response, ...]) -> None:
    talks = conversation()
    refused = httpx.Response(400, json={"error": "shape", "code": "invalid_input"})
    hold(talks.metadata("m", None), ok(SIGNATURE)) if known else None
    first = () if known else (ok(SIGNATURE),)

    with pytest.raises(InvalidInput, match="shape"):
        hold(talks.predict("m", {"x": X}, WISH), *first, refused, *answers)


def test_an_unknown_input_is_named_without_asking() -> None:
    with pytest.raises(InvalidInput, match="Model 'm' has no input 'z'; its inputs: 'x'"):
        hold(conversation().predict("m", {"z": X}, WISH), ok(SIGNATURE))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: {**body, "outputs": [{"name": "y"}]},
        lambda body: {"model_name": "m"},
        lambda body: {"outputs": body["outputs"]},
        lambda body: {**body, "outputs": [{**body["outputs"][0], "parameters": {"binary_data_size": 8}}]},
    ],
)
def test_an_answer_that_cannot_be_read_is_told(spoil: Callable[[Any], Any]) -> None:
    with pytest.raises(ModeletError, match="The service's answer cannot be read"):
        hold(conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), ok(spoil(ANSWER)))
