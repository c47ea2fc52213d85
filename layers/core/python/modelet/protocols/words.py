"""What clients of TorchServe, SageMaker and MLflow read in an error, besides what every error says.

TorchServe's have `type` and `message`, and as `code` an integer: a client that reads a number there must not meet a
word. The stable word, elsewhere the `code`, is the `reason` here.
Source: https://pytorch.org/serve/inference_api.html

MLflow's have `error_code` and `message`, which SageMaker's read, too.
Source: https://github.com/mlflow/mlflow/blob/master/mlflow/protos/databricks.proto
"""

from collections.abc import Mapping
from typing import Any

TORCHSERVE = "/predictions"

TYPES = {
    "model_not_found": "ModelNotFoundException",
    "version_not_found": "ModelVersionNotFoundException",
    "alias_not_found": "ModelVersionNotFoundException",
    "deadline_exceeded": "RequestTimeoutException",
    "run_stopped": "RequestTimeoutException",
}
TYPES_BY_STATUS = {
    404: "ResourceNotFoundException",
    405: "MethodNotAllowedException",
    503: "ServiceUnavailableException",
}
ERROR_CODES = {
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}


def in_words(said: Mapping[str, Any], status: int, path: str) -> dict[str, Any]:
    """The error `said`, and what clients of the protocol read whose path was asked."""
    if path.startswith(TORCHSERVE):
        default = "BadRequestException" if status < 500 else "InternalServerException"
        kind = TYPES.get(said["code"]) or TYPES_BY_STATUS.get(status, default)
        return {**said, "code": status, "type": kind, "message": said["error"], "reason": said["code"]}
    error_code = ERROR_CODES.get(status, "BAD_REQUEST" if status < 500 else "INTERNAL_ERROR")
    return {**said, "error_code": error_code, "message": said["error"]}
