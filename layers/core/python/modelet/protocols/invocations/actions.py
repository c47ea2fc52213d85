"""POST /invocations and what SageMaker's clients call, POST /endpoints/{name}/invocations."""

from modelet.errors import InvalidRequest, ModeletError
from modelet.messages import HttpRequest, HttpResponse, InferRequest
from modelet.predict import Models
from modelet.protocols.body import in_words, printable
from modelet.protocols.invocations.bodies import read_body
from modelet.protocols.invocations.predictions import choose_type, encode
from modelet.registry.keys import split_name

TARGET_MODEL = "x-amzn-sagemaker-target-model"
TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
INVOKED_VARIANT = "x-amzn-invoked-production-variant"

ERROR_CODES = {
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}
"""https://github.com/mlflow/mlflow/blob/master/mlflow/protos/databricks.proto"""


def invoke(models: Models, request: HttpRequest) -> HttpResponse:
    """POST /invocations: the deployment's default model answers, or the one that the target headers name."""
    with in_words(_also):
        return _predict(models, request, models.settings.default_model, None)


def invoke_endpoint(models: Models, request: HttpRequest, model: str, ref: str | None = None) -> HttpResponse:
    """POST /endpoints/{model}[/versions/{ref}]/invocations; a target variant is a version or an alias."""
    with in_words(_also):
        return _predict(models, request, model, ref)


def _predict(models: Models, request: HttpRequest, name: str | None, ref: str | None) -> HttpResponse:
    model, named = _target(request, name)
    media_type = choose_type(request)
    arrange = read_body(request)
    chosen = ref or request.headers.get(TARGET_VARIANT) or named
    answer = models.predict(InferRequest(model, chosen, {}, arrange=arrange))
    return encode(answer, media_type, {INVOKED_VARIANT: str(answer.version)})


def _target(request: HttpRequest, name: str | None) -> tuple[str, str]:
    # Of an endpoint with many models the header names one, by the file that it was uploaded as.
    target = request.headers.get(TARGET_MODEL, "").removeprefix("/").removesuffix(".tar.gz") or name
    if target is None:
        raise InvalidRequest(
            f"This deployment has no default model: set MODELET_DEFAULT_MODEL, name one in the header {TARGET_MODEL}, "
            "or POST /endpoints/{name}/invocations."
        )
    return split_name(target)


def _also(error: ModeletError) -> dict[str, object]:
    default = "BAD_REQUEST" if error.status < 500 else "INTERNAL_ERROR"
    return {"error_code": ERROR_CODES.get(error.status, default), "message": printable(error.message)}
