"""The exception tree. Each class has a stable `code` and a plain integer HTTP `status`, so that no layer below the web
knows the web.

ModeletError
├── InvalidRequest              400  the caller's request cannot be understood
│   ├── InvalidName             400  a model, version or alias name is malformed; refused before any I/O
│   ├── InvalidInput            400  one input tensor is missing, unknown, of the wrong datatype or shape
│   ├── ModelRunFailed          400  the model itself rejected these inputs
│   ├── NotFound                404
│   │   ├── ModelNotFound
│   │   ├── VersionNotFound
│   │   ├── AliasNotFound
│   │   ├── JobNotFound
│   │   ├── AnswerNotFound          no request with this id, or it has expired
│   │   ├── ReferenceNotFound       a tensor's reference leads to nothing
│   │   └── RouteNotFound
│   ├── MethodNotAllowed        405
│   ├── NotAcceptable           406  an answer in none of the content types that the caller takes
│   ├── Conflict                409  the registry's state forbids it: deleting what an alias names, say
│   │   └── InProgress               the same request is being answered
│   ├── PayloadTooLarge         413
│   ├── UnsupportedMediaType    415  a content type or encoding that is not read
│   ├── KeyReused               422  an idempotency key came with another request before
│   ├── NotFinite               422  an output is NaN or infinite, and the caller wants no such numbers
│   └── RefusedModel            422  a candidate that cannot be served; nothing was written
├── InvalidJob                  422  a training job's description is wrong
├── CandidateRefused            422  what a training job made has not earned its place; nothing was published
├── InvalidSetting              500  an environment variable or a store URL is wrong
├── CorruptObject               500  an object in the store is not what its digest or schema says
├── UnknownSchema               500  a document written by a newer Modelet
├── Unanswered                  500  an asynchronous prediction that was tried in vain
├── NotSupported                501  part of a protocol that is not served
├── OutOfMemory                 507  a model does not fit
└── Unavailable                 503  try again
    ├── DeadlineExceeded             an answer would come too late for the gateway or for Lambda
    │   └── RunStopped                  as the same request would again: its run takes longer than it may
    ├── StoreUnavailable             the object store cannot be reached or refuses
    └── RegistryBusy                 too many concurrent changes of one model
"""


class ModeletError(Exception):
    """Base of every error that Modelet raises on purpose; its message is written for the user."""

    code = "internal"
    status = 500

    @property
    def message(self) -> str:
        """What went wrong and what to do about it, in one or two sentences."""
        return str(self.args[0]) if self.args else self.code


class InvalidRequest(ModeletError):
    """Raised when a request cannot be understood."""

    code = "invalid_request"
    status = 400


class InvalidName(InvalidRequest):
    """Raised when a model, version or alias name is malformed."""

    code = "invalid_name"


class InvalidInput(InvalidRequest):
    """Raised when an input tensor does not fit the model's signature."""

    code = "invalid_input"


class ModelRunFailed(InvalidRequest):
    """Raised when the model rejects inputs that fit its signature."""

    code = "model_run_failed"


class NotFound(InvalidRequest):
    """Raised when something that a request names does not exist."""

    code = "not_found"
    status = 404


class ModelNotFound(NotFound):
    """Raised when a model has no version in the store."""

    code = "model_not_found"


class VersionNotFound(NotFound):
    """Raised when a model has no such version."""

    code = "version_not_found"


class AliasNotFound(NotFound):
    """Raised when a model has no such alias."""

    code = "alias_not_found"


class JobNotFound(NotFound):
    """Raised when no job or upload has this id."""

    code = "job_not_found"


class AnswerNotFound(NotFound):
    """Raised when no asynchronous prediction has this id, or its answer has expired."""

    code = "answer_not_found"


class ReferenceNotFound(NotFound):
    """Raised when the reference of a tensor leads to nothing."""

    code = "reference_not_found"


class RouteNotFound(NotFound):
    """Raised when no route has this path."""

    code = "route_not_found"


class MethodNotAllowed(InvalidRequest):
    """Raised when a route exists but not for this HTTP method; `allowed` lists those it takes."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class NotAcceptable(InvalidRequest):
    """Raised when the caller takes none of the content types that an answer can have."""

    code = "not_acceptable"
    status = 406


class Conflict(InvalidRequest):
    """Raised when the present state of the registry forbids a change."""

    code = "conflict"
    status = 409


class InProgress(Conflict):
    """Raised when the same request, by its idempotency key, is being answered now."""

    code = "in_progress"


class UnsupportedMediaType(InvalidRequest):
    """Raised for a content type or a content encoding that is not read; `encodings` are those that would be."""

    code = "unsupported_media_type"
    status = 415

    def __init__(self, message: str, encodings: str = "") -> None:
        super().__init__(message)
        self.encodings = encodings


class KeyReused(InvalidRequest):
    """Raised when an idempotency key comes with another request than before."""

    code = "idempotency_key_reused"
    status = 422


class NotFinite(InvalidRequest):
    """Raised when an output is NaN or infinite, and the caller asked for an error then."""

    code = "not_finite"
    status = 422


class PayloadTooLarge(InvalidRequest):
    """Raised when a request or a response is over a limit."""

    code = "payload_too_large"
    status = 413


class RefusedModel(InvalidRequest):
    """Raised when a candidate model cannot be served; nothing was written."""

    code = "model_refused"
    status = 422


class InvalidJob(ModeletError):
    """Raised when a training job's description is wrong."""

    code = "invalid_job"
    status = 422


class CandidateRefused(ModeletError):
    """Raised when what a training job made misses a threshold of its gate; nothing was published."""

    code = "candidate_refused"
    status = 422


class InvalidSetting(ModeletError):
    """Raised when a setting of the deployment is wrong."""

    code = "invalid_setting"


class CorruptObject(ModeletError):
    """Raised when an object in the store is not what its digest or schema promises."""

    code = "corrupt_object"


class UnknownSchema(ModeletError):
    """Raised when a document was written by a newer Modelet than this one."""

    code = "unknown_schema"


class Unanswered(ModeletError):
    """Raised when an asynchronous prediction was begun as often as it may be, and never came to an end."""

    code = "unanswered"


class NotSupported(ModeletError):
    """Raised for a part of a protocol that is not served; the message says what to do instead."""

    code = "not_supported"
    status = 501


class OutOfMemory(ModeletError):
    """Raised when a model does not fit the memory that is left."""

    code = "out_of_memory"
    status = 507


class Unavailable(ModeletError):
    """Raised when the same request may succeed a little later."""

    code = "unavailable"
    status = 503


class DeadlineExceeded(Unavailable):
    """Raised when a run or a load would outlast the time that the gateway or Lambda gives the request."""

    code = "deadline_exceeded"


class RunStopped(DeadlineExceeded):
    """Raised when a run had the time of its request and did not end: asked again in the same way it is as late."""

    code = "run_stopped"


class StoreUnavailable(Unavailable):
    """Raised when the object store cannot be reached, or refuses."""

    code = "store_unavailable"


class RegistryBusy(Unavailable):
    """Raised when concurrent changes of one model outlast the bounded retries."""

    code = "registry_busy"
