"""POST /invocations and what SageMaker's clients call, POST /endpoints/{name}/invocations.

What errors say to clients of both is in `modelet.protocols.words`.
"""

from modelet.errors import InvalidRequest
from modelet.messages import HttpRequest, HttpResponse, InferRequest
from modelet.predict import Models
from modelet.protocols.invocations.bodies import read_body
from modelet.protocols.invocations.predictions import choose_type, encode
from modelet.registry.keys import split_name
from modelet.registry.names import LIVE

TARGET_MODEL = "x-amzn-sagemaker-target-model"
TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
INVOKED_VARIANT = "x-amzn-invoked-production-variant"
ONLY_VARIANT = "AllTraffic"
"""What SageMaker's SDK calls the variant of an endpoint that has no other: what is live."""


def invoke(models: Models, request: HttpRequest) -> HttpResponse:
    """POST /invocations: the deployment's default model answers, or the one that the target headers name."""
    return _predict(models, request, models.settings.default_model, None)


def invoke_endpoint(models: Models, request: HttpRequest, model: str, ref: str | None = None) -> HttpResponse:
    """POST /endpoints/{model}[/versions/{ref}]/invocations; a target variant is a version or an alias."""
    return _predict(models, request, model, ref)


def _predict(models: Models, request: HttpRequest, name: str | None, ref: str | None) -> HttpResponse:
    model, named = _target(request, name)
    media_type = choose_type(request)
    arrange = read_body(request)
    variant = request.headers.get(TARGET_VARIANT)
    chosen = ref or (LIVE if variant == ONLY_VARIANT else variant) or named
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
