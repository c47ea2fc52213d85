"""Whether the service is well, as TorchServe, SageMaker, MLflow and KServe's v1 ask; and its version, as MLflow does.

https://docs.pytorch.org/serve/inference_api.html#health-check-api
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from modelet import __version__
from modelet.errors import Unavailable
from modelet.messages import HttpRequest, HttpResponse
from modelet.phases import enter
from modelet.predict import Models
from modelet.protocols.body import RETRY_HEADERS, error_body, json_response


def ping(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /ping and GET /health: 503 while the store cannot be read."""
    try:
        models.check_store()
    except Unavailable as error:
        return json_response({"status": "Unhealthy", **error_body(error)}, 503, RETRY_HEADERS)
    return json_response({"status": "Healthy"})


def root(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /: whether the server runs, as KServe's v1 asks; a browser is led to the page that says what there is."""
    if "text/html" in request.headers.get("accept", ""):
        return json_response({"status": "alive"}, 307, {"location": "/docs", "vary": "accept"})
    return json_response({"status": "alive"}, headers={"vary": "accept"})


def version(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /version: Modelet's, as text that stands for itself."""
    enter("encode")
    return HttpResponse(200, __version__.encode(), {"content-type": "text/plain"})
