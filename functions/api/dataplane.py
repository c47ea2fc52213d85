"""The data plane as the OpenAPI page describes it. Its routes are `modelet.routes.ROUTES`, which this function cannot
import, for they bring the runtime along; a test holds both tables to the same paths.
"""

from typing import NamedTuple

CSV = "text/csv"
FORM = "application/x-www-form-urlencoded"
FORM_DATA = "multipart/form-data"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
NPY = "application/x-npy"
OCTETS = "application/octet-stream"
TEXT = "text/plain"


class Operation(NamedTuple):
    """One route of the data plane: names of schemas for its body (None for no body) and its answer (None where it is
    refused whatever comes), and the content types of each.
    """

    method: str
    path: str
    summary: str
    body: str | None
    answer: str | None
    takes: tuple[str, ...] = (JSON,)
    gives: tuple[str, ...] = (JSON,)
    error: str = "Error"
    status: int = 200

    @property
    def bodiless(self) -> bool:
        """Whether the body may be left out."""
        return self.path.startswith(_REPOSITORY)

    @property
    def predicts(self) -> bool:
        """Whether a model is asked, which may be repeated, answered later or too large."""
        return self.body is not None and not self.bodiless

    @property
    def looks(self) -> bool:
        """Whether the answer to an earlier prediction is asked for."""
        return self.answer == "Answer"

    @property
    def is_binary(self) -> bool:
        """Whether tensors may follow the JSON as bytes."""
        return self.body == "InferenceRequest"


_SIMPLE = ("Tensors", "Tensors")
_INFER = ("InferenceRequest", "InferenceResponse", *(((JSON, OCTETS),) * 2))
_VERSIONED = "/v2/models/{model}/versions/{ref}"
_ENDPOINT_VERSION = "/endpoints/{model}/versions/{ref}"
_REPOSITORY = "/v2/repository"
_NAMED_REPOSITORY = "/v2/repository/{repository}"
_INDEX = ("IndexRequest", "Index")
_LOAD = ("LoadRequest", "Loaded")
_ROWS = ("Rows", "Predictions", *(((JSON, CSV, JSON_LINES, NPY),) * 2), "InvocationError")
_V1_VERSION = "/v1/models/{model}/versions/{ref}"
_V1_LABEL = "/v1/models/{model}/labels/{ref}"
_V1 = ("V1Request", "V1Response")
_EXAMPLES = ("Examples", "Results")
_ANY = (JSON, OCTETS, CSV, JSON_LINES, NPY)
_BARE = ("TorchServeBody", "Anything", (JSON, OCTETS, FORM, FORM_DATA, TEXT), (JSON,), "TorchServeError")

OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/predict", "Predict with the default model", *_SIMPLE),
    Operation("POST", "/models/{model}/predict", "Predict with a model", *_SIMPLE),
    Operation("POST", "/models/{model}/versions/{ref}/predict", "Predict with a version of a model", *_SIMPLE),
    Operation("GET", "/", "Whether the server runs", None, "Alive"),
    Operation("GET", "/v2", "The server", None, "ServerMetadata"),
    Operation("GET", "/v2/health/live", "Whether the server runs", None, "Health"),
    Operation("GET", "/v2/health/ready", "Whether the server reaches its store", None, "Health"),
    Operation("GET", "/v2/models", "The models that can be asked", None, "ModelList"),
    Operation("GET", "/v2/models/stats", "What this process has done", None, "Statistics"),
    Operation("GET", "/v2/models/{model}", "Inputs and outputs of a model", None, "ModelMetadata"),
    Operation("GET", "/v2/models/{model}/ready", "Whether a model can be loaded", None, "Health"),
    Operation("POST", "/v2/models/{model}/infer", "Predict with a model", *_INFER),
    Operation("GET", _VERSIONED, "Inputs and outputs of a version", None, "ModelMetadata"),
    Operation("GET", f"{_VERSIONED}/ready", "Whether a version can be loaded", None, "Health"),
    Operation("POST", f"{_VERSIONED}/infer", "Predict with a version", *_INFER),
    Operation("GET", "/v2/models/{model}/config", "A model as Triton configures it", None, "ModelConfiguration"),
    Operation("GET", "/v2/models/{model}/stats", "What this process has done with a model", None, "Statistics"),
    Operation("GET", f"{_VERSIONED}/config", "A version as Triton configures it", None, "ModelConfiguration"),
    Operation("GET", f"{_VERSIONED}/stats", "What this process has done with a version", None, "Statistics"),
    Operation("POST", f"{_REPOSITORY}/index", "The versions that can be asked for", *_INDEX),
    Operation("POST", f"{_NAMED_REPOSITORY}/index", "The versions that can be asked for", *_INDEX),
    Operation("POST", f"{_REPOSITORY}/models/{{model}}/load", "Load what live leads to", *_LOAD),
    Operation("POST", f"{_NAMED_REPOSITORY}/models/{{model}}/load", "Load what live leads to", *_LOAD),
    Operation("POST", "/uploads/tensors", "Where to put a large tensor", None, "TensorUpload", status=201),
    Operation("GET", "/ping", "Whether the server reaches its store", None, "Ping"),
    Operation("GET", "/health", "Whether the server reaches its store", None, "Ping"),
    Operation("GET", "/version", "The server's version", None, "Version", gives=(TEXT,)),
    Operation("POST", "/invocations", "Predict with the default model, as SageMaker and MLflow do", *_ROWS),
    Operation("POST", "/endpoints/{model}/invocations", "Predict with a model, as SageMaker does", *_ROWS),
    Operation("POST", f"{_ENDPOINT_VERSION}/invocations", "Predict with a version, as SageMaker does", *_ROWS),
    Operation(
        "GET", "/answers/{answer}", "The answer to a prediction that was left for later", None, "Answer", gives=_ANY
    ),
    Operation("GET", "/v1/models", "The models that can be asked", None, "ModelList"),
    Operation("POST", "/v1/models/{model}:predict", "Predict with a model", *_V1),
    Operation("POST", "/v1/models/{model}:classify", "A score for each class by a model", *_EXAMPLES),
    Operation("POST", "/v1/models/{model}:regress", "A number for each example by a model", *_EXAMPLES),
    Operation("POST", "/v1/models/{model}:explain", "Refused: there are no explanations yet", "V1Request", None),
    Operation("GET", "/v1/models/{model}", "Whether a model can be loaded, and its versions", None, "ModelStatus"),
    Operation("GET", "/v1/models/{model}/metadata", "Inputs and outputs of a model", None, "SignatureDefinition"),
    Operation("POST", f"{_V1_VERSION}:predict", "Predict with a version of a model", *_V1),
    Operation("POST", f"{_V1_VERSION}:classify", "A score for each class by a version of a model", *_EXAMPLES),
    Operation("POST", f"{_V1_VERSION}:regress", "A number for each example by a version of a model", *_EXAMPLES),
    Operation("GET", _V1_VERSION, "Whether a version can be loaded", None, "ModelStatus"),
    Operation("GET", f"{_V1_VERSION}/metadata", "Inputs and outputs of a version", None, "SignatureDefinition"),
    Operation("POST", f"{_V1_LABEL}:predict", "Predict with what an alias leads to", *_V1),
    Operation("POST", f"{_V1_LABEL}:classify", "A score for each class by what an alias leads to", *_EXAMPLES),
    Operation("POST", f"{_V1_LABEL}:regress", "A number for each example by what an alias leads to", *_EXAMPLES),
    Operation("GET", _V1_LABEL, "Whether a version can be loaded", None, "ModelStatus"),
    Operation("GET", f"{_V1_LABEL}/metadata", "Inputs and outputs of a version", None, "SignatureDefinition"),
    Operation("POST", "/predictions/{model}", "Predict with a model, as TorchServe does", *_BARE),
    Operation("PUT", "/predictions/{model}", "Predict with a model, as TorchServe does", *_BARE),
    Operation("POST", "/predictions/{model}/{ref}", "Predict with a version of a model, as TorchServe does", *_BARE),
    Operation("PUT", "/predictions/{model}/{ref}", "Predict with a version of a model, as TorchServe does", *_BARE),
)
