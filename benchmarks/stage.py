"""What benchmarks share: a moto server, a server of large objects, and the models that were published to them.

Each is made when it is first asked for, and ends with the stage.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import models
from benchmarks.processes import serving
from modelet.publish import Limits, push
from modelet.store import open_store
from tests.conftest import aws_variables
from tests.servers import make_bucket, moto_server

BUCKET = "bench"
GIB = 1024**3
DELAY = 0.03


@dataclass(frozen=True, slots=True)
class Published:
    """A model in a bucket: the file it was published from, and where its canonical bytes lie."""

    name: str
    file: Path
    env: dict[str, str]
    key: str
    size: int

    def through(self, endpoint: str) -> dict[str, str]:
        """The environment of a function that reads the model from another server."""
        return {**self.env, "AWS_ENDPOINT_URL": endpoint}


class Stage:
    """Servers and models of one run."""

    def __init__(self, scratch: Path, opened: ExitStack) -> None:
        self.scratch = scratch
        self._opened = opened
        self._large: dict[int, Published] = {}

    @cached_property
    def moto(self) -> str:
        """The address of a moto server with a bucket."""
        url = self._opened.enter_context(moto_server())
        make_bucket(url, BUCKET)
        return url

    @cached_property
    def delayed(self) -> str:
        """The address of the same server, each of whose answers takes 30 ms longer."""
        return self._opened.enter_context(serving("benchmarks.delay", self.moto, str(DELAY)))

    @cached_property
    def small(self) -> Published:
        """The small model, on the moto server."""
        return self._publish("small", models.small(self.scratch / "small.onnx"), f"s3://{BUCKET}", self.moto)

    @cached_property
    def echo(self) -> Published:
        """The model that hands on its input, on the moto server."""
        return self._publish("echo", models.echo(self.scratch / "echo.onnx"), f"s3://{BUCKET}", self.moto)

    def large(self, megabytes: int) -> Published:
        """A model of this size, on a server that serves ranges as S3 does."""
        if megabytes not in self._large:
            name = f"large-{megabytes}"
            file = models.large(self.scratch / f"{name}.onnx", megabytes)
            self._large[megabytes] = self._publish(name, file, f"file://{self._buckets}/{BUCKET}", self._objects)
        return self._large[megabytes]

    @property
    def _buckets(self) -> Path:
        return self.scratch / "buckets"

    @cached_property
    def _objects(self) -> str:
        self._buckets.mkdir()
        return self._opened.enter_context(serving("benchmarks.objects", str(self._buckets)))

    def _publish(self, name: str, file: Path, store: str, endpoint: str) -> Published:
        env = {
            **aws_variables(endpoint),
            "MODELET_STORE": f"s3://{BUCKET}",
            # As template.yaml sets them.
            "ORT_DISABLE_TELEMETRY": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        manifest = push(open_store(store, env), file, name, limits=Limits(16 * GIB, 900))
        key = f"models/{name}/blobs/{manifest.artifact.sha256}"
        return Published(name, file, env, key, manifest.artifact.size)


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage in a folder of its own, which is removed afterwards."""
    with TemporaryDirectory(prefix="modelet-bench-") as name, ExitStack() as opened:
        yield Stage(Path(name), opened)
