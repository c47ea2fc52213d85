"""What there is, whether it can be asked, and what it takes: KServe's answers and TensorFlow Serving's in one."""

import pytest

from modelet.predict import Models
from modelet.registry.changing import delete, promote
from modelet.store import open_store
from tests.entrances import get, post
from tests.onnx_models import scale
from tests.published import publish_model, serve


def line(version: str) -> dict[str, object]:
    return {"version": version, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}


@pytest.fixture(scope="module")
def three() -> Models:
    """Three versions, of which the second was deleted and the third is a canary."""
    store = open_store("memory://three")
    for factor in (1.0, 2.0, 3.0):
        publish_model(store, "m", scale(factor))
    delete(store, "m", 2, "wrong data")
    promote(store, "m", 3, "canary")
    return serve(store)


def test_the_models_are_listed(three: Models) -> None:
    assert get(three, "/v1/models").body == {"models": ["m"]}


def test_a_model_is_ready_and_its_versions_are_available(three: Models) -> None:
    answer = get(three, "/v1/models/m")

    assert (answer.status, answer.headers["x-modelet-version"]) == (200, "1")
    assert answer.body == {"name": "m", "ready": True, "model_version_status": [line("3"), line("1")]}


@pytest.mark.parametrize(("where", "version"), [("versions/1", "1"), ("versions/3", "3"), ("labels/canary", "3")])
def test_one_version_has_one_line(three: Models, where: str, version: str) -> None:
    answer = get(three, f"/v1/models/m/{where}")

    assert answer.body == {"name": "m", "ready": True, "model_version_status": [line(version)]}


@pytest.mark.parametrize("verb", ["", "/metadata"])
@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("nobody", "model_not_found"),
        ("m/versions/2", "version_not_found"),
        ("m/versions/9", "version_not_found"),
        ("m/labels/nobody", "alias_not_found"),
    ],
)
def test_what_is_not_there_is_404(three: Models, where: str, code: str, verb: str) -> None:
    answer = get(three, f"/v1/models/{where}{verb}")

    assert (answer.status, answer.body["code"]) == (404, code)


def test_a_model_that_cannot_be_loaded_is_not_ready() -> None:
    store = open_store("memory://damaged")
    published = publish_model(store, "m", scale(1.0))
    publish_model(store, "m", scale(2.0))
    store.delete(f"models/m/blobs/{published.artifact.sha256}")
    models = serve(store)

    answer = get(models, "/v1/models/m")

    newest, first = answer.body["model_version_status"]
    assert (answer.status, answer.body["ready"], answer.headers["retry-after"]) == (503, False, "1")
    assert answer.body["code"] == "corrupt_object"
    assert newest == line("2")
    assert (first["version"], first["state"]) == ("1", "END")
    assert first["status"] == {"error_code": "UNAVAILABLE", "error_message": answer.body["error"]}
    assert get(models, "/v1/models/m/versions/2").status == 200


def test_metadata_is_a_signature_definition(models: Models) -> None:
    assert get(models, "/v1/models/flowers/metadata").body == {
        "model_spec": {"name": "flowers", "signature_name": "", "version": "1"},
        "metadata": {
            "signature_def": {
                "signature_def": {
                    "serving_default": {
                        "inputs": {
                            "measures": {
                                "dtype": "DT_FLOAT",
                                "tensor_shape": {
                                    "dim": [{"size": "-1", "name": ""}, {"size": "3", "name": ""}],
                                    "unknown_rank": False,
                                },
                                "name": "measures",
                            }
                        },
                        "outputs": {
                            "label": {
                                "dtype": "DT_INT64",
                                "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
                                "name": "label",
                            },
                            "scores": {
                                "dtype": "DT_FLOAT",
                                "tensor_shape": {
                                    "dim": [{"size": "-1", "name": ""}, {"size": "3", "name": ""}],
                                    "unknown_rank": False,
                                },
                                "name": "scores",
                            },
                        },
                        "method_name": "tensorflow/serving/predict",
                    }
                }
            }
        },
    }


@pytest.mark.parametrize(
    ("model", "dtype"),
    [
        ("echo-bool", "DT_BOOL"),
        ("echo-uint8", "DT_UINT8"),
        ("echo-uint64", "DT_UINT64"),
        ("echo-int16", "DT_INT16"),
        ("echo-fp16", "DT_HALF"),
        ("echo-fp64", "DT_DOUBLE"),
        ("echo-bytes", "DT_STRING"),
    ],
)
def test_datatypes_have_tensorflow_s_names(kinds: Models, model: str, dtype: str) -> None:
    described = get(kinds, f"/v1/models/{model}/labels/live/metadata").body
    spec = described["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]["x"]

    assert spec == {"dtype": dtype, "tensor_shape": {"dim": [], "unknown_rank": True}, "name": "x"}


@pytest.mark.parametrize("body", [{"instances": [[1, 2]]}, b"no JSON"])
def test_explanations_are_refused_until_there_are_any(models: Models, body: object) -> None:
    answer = post(models, "/v1/models/double:explain", body)

    assert (answer.status, answer.body["code"]) == (501, "not_supported")
    assert "POST /v1/models/double:predict" in answer.body["error"]
    assert post(models, "/v1/models/nobody:explain", body).status == 404


def test_verbs_and_names_are_kept_apart(models: Models) -> None:
    for path in ("/v1/models/double:train", "/v1/models/double/versions/1:train"):
        assert (post(models, path, {}).status, get(models, path).status) == (404, 404), path
    for path in ("/v1/models/double:predict", "/v1/models/double/labels/live:classify"):
        refused = get(models, path)
        assert (refused.status, refused.headers["allow"]) == (405, "POST"), path
    assert post(models, "/v1/models/:predict", {"instances": [1]}).body["code"] == "invalid_name"
    assert post(models, "/v1/models/double%3Apredict", {"instances": [[1, 2]]}).status == 200
