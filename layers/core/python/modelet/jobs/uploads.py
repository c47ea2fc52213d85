"""What a register job asks for: an uploaded file, and what its author says of the version that it shall become."""

from dataclasses import asdict, dataclass, field
from typing import Any

from modelet.jobs.changing import create
from modelet.jobs.reading import check_id
from modelet.jobs.record import Job, Json
from modelet.manifest.fields import Fields
from modelet.registry.names import check_model
from modelet.registry.reading import list_versions
from modelet.store.base import Store

KIND = "register"
UPLOADS = "uploads/models/"


@dataclass(frozen=True, slots=True)
class Upload:
    """The request of a register job. `after` is the newest version of the model when the job was made, 0 for none."""

    model: str
    description: str | None = None
    licence: str | None = None
    labels: dict[str, list[Any]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    promote: bool = False
    after: int = 0

    @classmethod
    def read(cls, request: Json, where: str) -> "Upload":
        """Read the request of a job; raises CorruptObject."""
        fields = Fields(where, request)
        return cls(
            model=fields.take("model", str),
            description=fields.maybe("description", str),
            licence=fields.maybe("licence", str),
            labels=fields.take("labels", dict),
            columns=_columns(fields),
            promote=fields.take("promote", bool),
            after=fields.take("after", int),
        )

    def dump(self) -> Json:
        """The JSON form."""
        return asdict(self)


def upload_key(job_id: str) -> str:
    """Where the file of a job is uploaded to; raises InvalidName."""
    return UPLOADS + check_id(job_id)


def expect_upload(store: Store, upload: Upload, seconds: float) -> Job:
    """Make the job that registers what is uploaded within so many seconds; raises InvalidName before any I/O."""
    check_model(upload.model)
    newest = (list_versions(store, upload.model) or [0])[-1]
    request = {**upload.dump(), "after": newest}
    return create(store, KIND, request, seconds)


def _columns(fields: Fields) -> list[str]:
    columns = fields.maybe("columns", list) or []
    if not all(isinstance(name, str) for name in columns):
        raise fields.wrong("columns", f"must be names, but is {columns!r:.80}")
    return columns
