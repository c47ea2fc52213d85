"""The description of a training job: what the YAML file may say, and its defaults."""

import dataclasses
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson

from modelet.errors import InvalidJob
from modelet.publish.draft import check_description
from modelet.registry.names import check_alias, check_model
from modelet.train.data import check_source
from modelet.train.document import Place, compose
from modelet.train.estimators import ESTIMATORS, Estimator
from modelet.train.schema import Bounds, Checked, OneOf, Reader
from modelet.train.splitting import Split

_TENSOR = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")

Share = Annotated[float, Bounds(at_least=0, at_most=1)]
Higher = Literal["accuracy", "balanced_accuracy", "macro_f1"]
Lower = Literal["log_loss"]


def check_tensor(name: str) -> None:
    """Raise ValueError for a name that would be awkward as a key of a request."""
    if not _TENSOR.fullmatch(name):
        raise ValueError(f"{name!r:.80} is not a tensor name: use letters, digits, '_', '.' and '-'")


Tensor = Annotated[str, Checked(check_tensor)]


@dataclass(frozen=True, slots=True)
class Data:
    """Where the rows come from, as `scheme:name`."""

    source: Annotated[str, Checked(check_source)]


@dataclass(frozen=True, slots=True)
class Features:
    """What is done to the rows before the estimator sees them, inside the exported graph."""

    scaling: Literal["standard", "none"] = "standard"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the ONNX model's answers on held-out rows may be from the estimator's own."""

    label_flips: Annotated[int, Bounds(at_least=0)] = 0
    largest_difference: Annotated[float, Bounds(at_least=0)] = 1e-4


@dataclass(frozen=True, slots=True)
class Gate:
    """What a candidate must reach to be published: metrics on held-out rows, and parity."""

    minimum: dict[Higher, Share] = field(default_factory=dict)
    maximum: dict[Lower, Annotated[float, Bounds(at_least=0)]] = field(default_factory=dict)
    parity: Tolerance = Tolerance()


@dataclass(frozen=True, slots=True)
class Export:
    """The names that requests and answers use."""

    input: Tensor = "x"
    label: Tensor = "label"
    probabilities: Tensor = "probabilities"

    def __post_init__(self) -> None:
        """Refuse one name for two tensors."""
        if len({self.input, self.label, self.probabilities}) < 3:
            raise ValueError("input, label and probabilities must have different names")


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
    features: Features = Features()
    gate: Gate = Gate()
    export: Export = Export()
    promote: Annotated[str | None, Checked(check_alias)] = None

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
    job = Reader(place).read(Job, compose(data, place))
    return job if job.name else dataclasses.replace(job, name=name)
