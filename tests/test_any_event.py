"""Whatever event comes, the data plane answers it in the shape that its sender expects, and raises nothing."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelet.events.answering import answer
from modelet.predict import Models
from modelet.store import open_store
from tests.entrances import BALANCED, EVENTS, HTTP, Event, event, load
from tests.published import digits, publish_model, serve

LITERAL = sorted(path.stem for path in EVENTS.glob("*.json"))

KEYS = st.sampled_from(
    ["rawPath", "httpMethod", "requestContext", "path", "headers", "body", "isBase64Encoded", "elb", "http", "model"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=9),
    lambda held: st.lists(held, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), held, max_size=5),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def models() -> Models:
    store = open_store("memory://any-event")
    publish_model(store, "digits", digits())
    return serve(store)


def check(asked: Any, answered: Event) -> None:
    """Check that Lambda can send an answer, and that whoever asked can read it."""
    json.dumps(answered, ensure_ascii=False, allow_nan=False).encode()
    if not isinstance(asked, dict) or asked.keys().isdisjoint(["rawPath", "httpMethod", "requestContext"]):
        assert "statusCode" not in answered
        assert answered.keys() & {"outputs", "code", "id"}
        return
    context = asked.get("requestContext")
    balanced = "rawPath" not in asked and isinstance(context, dict) and "elb" in context
    lists = balanced and "multiValueHeaders" in asked
    assert answered.keys() == {
        "statusCode",
        "body",
        "isBase64Encoded",
        "multiValueHeaders" if lists else "headers",
        *(["statusDescription"] if balanced else []),
    }
    assert 200 <= answered["statusCode"] < 500
    values = answered["multiValueHeaders" if lists else "headers"].values()
    assert all(type(value) is (list if lists else str) for value in values)
    assert not balanced or answered["statusDescription"].startswith(f"{answered['statusCode']} ")


@settings(max_examples=300, deadline=None)
@given(asked=JSON)
@example(asked={"requestContext": {"elb": {}}, "multiValueHeaders": None})
def test_any_json_is_answered(models: Models, asked: Any) -> None:
    check(asked, answer(models, asked, None))


@st.composite
def mutated(draw: st.DrawFn) -> Event:
    """A literal event, of which some fields are something else, or are not there."""
    made = load(draw(st.sampled_from(LITERAL)))
    for _ in range(draw(st.integers(1, 3))):
        place = made
        while True:
            name = draw(st.sampled_from(sorted(place)))
            if not isinstance(place[name], dict) or not place[name] or draw(st.booleans()):
                break
            place = place[name]
        if draw(st.booleans()):
            place[name] = draw(JSON)
        elif len(place) > 1:
            del place[name]
    return made


@settings(max_examples=300, deadline=None)
@given(asked=mutated())
def test_any_change_to_an_event_is_answered(models: Models, asked: Event) -> None:
    check(asked, answer(models, asked, None))


@pytest.mark.parametrize("entrance", [*HTTP, *BALANCED])
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/models/digits/predict", "POST", 200), ("/v2/health/live", "GET", 200), ("/models", "GET", 404)],
)
def test_every_entrance_answers_in_its_own_shape(
    models: Models, entrance: str, path: str, method: str, status: int
) -> None:
    asked = event(entrance, path, load("rest-predict")["body"] if method == "POST" else None, method)

    answered = answer(models, asked, None)

    check(asked, answered)
    assert answered["statusCode"] == status
    if entrance in BALANCED:
        assert answered["statusDescription"] == ("200 OK" if status == 200 else "404 Not Found")
    if entrance == "alb-multi-value-predict":
        assert answered["multiValueHeaders"]["content-type"] == ["application/json"]
    else:
        assert answered["headers"]["content-type"] == "application/json"


@pytest.mark.parametrize("host", ["[::1]:8080", "example.com:99999", "", "a b", "\ud800", "x" * 9000])
@pytest.mark.parametrize("entrance", ["http-api-predict", "rest-predict", "alb-predict"])
def test_any_host_and_no_content_type_are_answered(models: Models, entrance: str, host: str) -> None:
    asked = event(entrance, "/models/digits/predict", load("rest-predict")["body"])
    asked["headers"] = {"host": host}
    asked["multiValueHeaders"] = {"host": [host]}

    assert answer(models, asked, None)["statusCode"] == 200
