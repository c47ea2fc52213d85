"""TorchServe's predictions of bytes and of forms, by models that take them."""

import pytest

from modelet.predict import Models
from modelet.store import open_store
from tests.protocols.torchserve.sending import MULTIPART, URLENCODED, form, part, send
from tests.protocols.v1.zoo import captions
from tests.published import publish_model, serve

BINARY = "application/octet-stream"
IMAGE = bytes([0x89, 0x50, 0xFF, 0x0D, 0x0A, 0x00])


@pytest.mark.parametrize("kind", [BINARY, "text/plain; charset=utf-8", None])
@pytest.mark.parametrize(("model", "prediction"), [("text", "grüß [1]"), ("text-column", ["grüß [1]"])])
def test_a_body_is_one_text(models: Models, model: str, prediction: object, kind: str | None) -> None:
    assert send(models, model, "grüß [1]".encode(), kind).body == prediction


def test_json_for_a_model_of_text_is_json(models: Models) -> None:
    assert send(models, "text", ["foo", "bar"]).body == ["foo", "bar"]


@pytest.mark.parametrize(
    ("model", "body", "prediction"),
    [
        ("pixels", b"\x00\x01\xfe\xff", [0, 1, 254, 255]),
        ("pixels", b"\x00\x01\xfe\xff" * 2, [[0, 1, 254, 255]] * 2),
        ("encoded", IMAGE, list(IMAGE)),
        ("square", b"\x01\x02\x03\x04", [[1, 2], [3, 4]]),
    ],
)
def test_a_body_is_elements_of_uint8(models: Models, model: str, body: bytes, prediction: object) -> None:
    assert send(models, model, body, BINARY).body == prediction
    assert send(models, model, body, None).body == prediction


@pytest.mark.parametrize(
    ("model", "body", "said"),
    [
        ("pixels", b"\x00\x01\xfe", "Input 'x' has rows of 4 bytes, but the body has 3"),
        ("square", b"\x01" * 8, "Input 'x' has rows of 4 bytes, but the body has 8"),
        ("text", b"\xff", "Input 'x' takes text, and the body is not valid UTF-8"),
        ("double", IMAGE, "not valid"),
        ("add", IMAGE, "not valid"),
        ("pixels", b"", "The body is empty"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(models: Models, model: str, body: bytes, said: str) -> None:
    answer = send(models, model, body, BINARY)

    assert answer.status == 400
    assert said in answer.body["message"]


@pytest.mark.parametrize("name", ["data", "body"])
def test_a_file_of_a_form_is_a_body(models: Models, name: str) -> None:
    image = form(part(name, IMAGE, file="kitten.jpg", kind="image/jpeg"))
    rows = form(part(name, b"[[1, 2]]", file="rows.json"))

    assert send(models, "encoded", image, MULTIPART).body == list(IMAGE)
    assert send(models, "double", rows, MULTIPART).body == [[2.0, 4.0]]
    assert send(models, "text", form(part(name, b"foo")), MULTIPART).body == "foo"


def test_several_files_are_rows(models: Models) -> None:
    images = [part("data", image, file="image") for image in (b"\x01\x02\x03\x04", b"\x05\x06\x07\x08")]
    rows = [part("data", b"[1, 2]"), part("data", b"[3, 4]")]

    assert send(models, "pixels", form(*images), MULTIPART).body == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert send(models, "text", form(part("data", b"foo"), part("data", b"bar")), MULTIPART).body == ["foo", "bar"]
    assert send(models, "double", form(*rows), MULTIPART).body == [[2.0, 4.0], [6.0, 8.0]]


def test_fields_may_be_the_inputs(models: Models) -> None:
    added = form(part("a", b"[1, 2]"), part("b", b"[3, 4]", kind="application/json"))
    named = form(part("tag", b"foo"), part("signal", b"[1, 2, 3, 4, 5]"), part("sensor", b"[[1, 2], [3, 4]]"))

    assert send(models, "add", added, MULTIPART).body == {"c": [4.0, 6.0], "d": [-2.0, -2.0]}
    assert send(models, "signals", named, MULTIPART).body["tag_bytes"] == {"b64": "Zm9v"}


def test_urlencoded_fields_are_the_same(models: Models) -> None:
    assert send(models, "double", "data=%5B%5B1%2C+2%5D%5D", URLENCODED).body == [[2.0, 4.0]]
    assert send(models, "text", "data=gr%C3%BC%C3%9F&data=b", URLENCODED).body == ["grüß", "b"]
    assert send(models, "add", "a=[1,2]&b=[3,4]", URLENCODED).body == {"c": [4.0, 6.0], "d": [-2.0, -2.0]}


@pytest.mark.parametrize(
    ("model", "body", "kind", "said"),
    [
        ("double", form(), MULTIPART, "The form has no fields"),
        ("double", b"[[1, 2]]", MULTIPART, "The form has no fields"),
        ("double", form(part("data", b"[[1, 2]]")), "multipart/form-data", "has no boundary"),
        ("double", form(part("other", b"[[1, 2]]")), MULTIPART, "Model 'double' has no input 'other'"),
        ("double", form(part("data", IMAGE, file="a")), MULTIPART, "not valid"),
        ("double", form(part("data", b"")), MULTIPART, "not valid JSON"),
        ("double", form(b"------boundary\r\n\r\nnameless\r\n"), MULTIPART, "a field without a name"),
        ("double", "data=\xff".encode("latin-1"), URLENCODED, "The form is not valid"),
        ("add", "a=[1,2]&a=[1,2]&b=[3,4]", URLENCODED, "The form has a field twice"),
        ("double", "nothing", URLENCODED, "has no input 'nothing'"),
        (
            "pixels",
            form(part("data", b"1234", file="a"), part("data", b"12345678", file="b")),
            MULTIPART,
            "differ in size",
        ),
        ("square", form(part("data", b"1234", file="a"), part("data", b"1234", file="b")), MULTIPART, "it takes one"),
    ],
)
def test_forms_that_do_not_fit_are_refused(models: Models, model: str, body: bytes, kind: str, said: str) -> None:
    answer = send(models, model, body, kind)

    assert answer.status == 400
    assert said in answer.body["message"]


def test_a_file_may_be_one_of_several_inputs() -> None:
    store = open_store("memory://torchserve-captions")
    publish_model(store, "captions", captions())
    body = form(part("caption", b"a cat"), part("image", b"\x01\x02\x03", file="cat.png", kind="image/png"))

    assert send(serve(store), "captions", body, MULTIPART).body == {"said": ["a cat"], "seen": [1, 2, 3]}


def test_a_model_that_takes_no_bytes_says_so_of_an_image(models: Models) -> None:
    answer = send(models, "double", IMAGE, "image/png")

    assert (answer.status, answer.body["code"], answer.body["reason"]) == (415, 415, "unsupported_media_type")
    assert "Model 'double' takes no image/png: send JSON" in answer.body["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"preamble\r\n--a b\r\ncontent-disposition: form-data; name=data\r\n\r\n[[1, 2]]\r\n--a b--\r\nepilogue",
        b'--a b\r\nX-Other: 1\r\nContent-Disposition: form-data; name="data"\r\n\r\n[[1, 2]]\r\n--a b--',
    ],
)
def test_boundaries_may_be_quoted_and_surrounded(models: Models, body: bytes) -> None:
    assert send(models, "double", body, 'Multipart/Form-Data; charset=utf-8; boundary="a b"').body == [[2.0, 4.0]]
