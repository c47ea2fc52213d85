"""The description of a training job: what the YAML file may say, and its defaults."""

import dataclasses
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import orjson

from modelet.errors import InvalidJob
from modelet.publish.draft import check_description
from modelet.registry.names import check_model
from modelet.train.data import Data
from modelet.train.document import Place, compose
from modelet.train.estimators import ESTIMATORS, Estimator
from modelet.train.export.description import Export
from modelet.train.features import Features
from modelet.train.gate import Gate
from modelet.train.promotion import Promotion
from modelet.train.schema import Bounds, Checked, OneOf, Reader, Short
from modelet.train.search.checking import check_values
from modelet.train.search.description import Search
from modelet.train.splitting import Split


@dataclass(frozen=True, slots=True)
class Job:
    """One training job. `name` is the file's unless the file says otherwise; `promote` is the alias that is to lead to
    the new version.
    """

    model: Annotated[str, Checked(check_model)]
    data: Data
    estimator: Annotated[Estimator, OneOf("name", ESTIMATORS)]
    name: str = ""
    description: Annotated[str | None, Checked(check_description)] = None
    licence: Annotated[str | None, Checked(check_description)] = None
    seed: Annotated[int, Bounds(at_least=0, below=2**32)] = 0
    split: Split = field(default_factory=Split)
    features: Features = field(default_factory=Features)
    search: Search | None = None
    gate: Gate = field(default_factory=Gate)
    export: Export = field(default_factory=Export)
    promote: Annotated[Promotion | None, Short("alias")] = None

    def to_json(self) -> dict[str, Any]:
        """The whole description, defaults included."""
        held: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return held

    def digest(self) -> str:
        """The SHA-256 of the description: of what it says, not of how it is written."""
        return sha256(orjson.dumps(self.to_json(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def load_job(path: Path) -> Job:
    """Read a job file; raises InvalidJob, which names what is wrong with its line."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InvalidJob(f"There is no job file {str(path)!r}.") from None
    except OSError as error:
        raise InvalidJob(f"Job file {str(path)!r} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise InvalidJob(f"{str(path)!r:.200} is not the path of a file.") from None
    return read_job(data, Place(str(path)), path.stem)


def read_job(data: bytes, place: Place, name: str = "job") -> Job:
    """Read a job from YAML bytes (JSON is YAML too); `name` is for one that has none. Raises InvalidJob."""
    node = compose(data, place)
    job = Reader(place).read(Job, node)
    if job.search is not None:
        check_values(Job, node, place)
    return job if job.name else dataclasses.replace(job, name=name)
