"""What Triton serves below /v2 and Modelet does not: each route says so, and what there is instead.

Sources: https://github.com/triton-inference-server/server/tree/main/docs/protocol
"""

from modelet.errors import NotSupported
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models


def unload(models: Models, request: HttpRequest, model: str, repository: str = "") -> HttpResponse:
    """/v2/repository[/{repository}]/models/{model}/unload: refused."""
    raise NotSupported(
        "Models are not unloaded by request: another execution environment would not hear of it, and the next request "
        "would load the model again. One that is not asked leaves the memory when others need it; to take a version "
        "out of service, lead its alias elsewhere with `modelet promote` or `modelet rollback`."
    )


def trace(models: Models, request: HttpRequest, model: str = "") -> HttpResponse:
    """/v2[/models/{model}]/trace/setting: refused."""
    raise NotSupported(
        "Trace settings are not served: each answer's Server-Timing header and each line of the log say where its time "
        "went."
    )


def logging(models: Models, request: HttpRequest) -> HttpResponse:
    """/v2/logging: refused."""
    raise NotSupported("Log settings are not served: MODELET_LOG of the deployment chooses between json and off.")


def shared_memory(models: Models, request: HttpRequest, kind: str, region: str = "") -> HttpResponse:
    """/v2/{system|cuda}sharedmemory/…: refused, for a function shares no memory with its callers."""
    raise NotSupported(
        "There is no memory to share with a function: send tensors in the binary format, or large ones by reference "
        "(POST /uploads/tensors)."
    )
