"""What a job says of its gate."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from modelet.errors import InvalidJob
from modelet.train.evaluation.catalogue import Higher, Lower, Metric, Name, leading_metric, metrics_of
from modelet.train.schema import Bounds
from modelet.train.task import Task

Share = Annotated[float, Bounds(at_least=0, at_most=1)]
Amount = Annotated[float, Bounds(at_least=0)]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the ONNX model's answers on held-out rows may be from the estimator's own."""

    label_flips: Annotated[int, Bounds(at_least=0)] = 0
    largest_difference: Amount = 1e-4


@dataclass(frozen=True, slots=True)
class NoWorse:
    """How a candidate is compared with the version that is live: by which metric (without one: log loss for classes,
    root mean squared error for numbers), how much worse it may be, and how sure the answer must be.

    With `proof: worse`, a candidate is refused where it is shown to be worse by more than the margin; with `no_worse`,
    unless it is shown not to be. https://doi.org/10.1007/s11606-010-1513-8 (noninferiority)
    """

    metric: Name | None = None
    margin: Amount = 0.0
    confidence: Annotated[float, Bounds(at_least=0.5, below=1)] = 0.95
    proof: Literal["worse", "no_worse"] = "worse"

    def decides(self, task: Task) -> Metric:
        """The metric that decides."""
        return metrics_of(task)[self.metric] if self.metric else leading_metric(task)


@dataclass(frozen=True, slots=True)
class Gate:
    """What a candidate must reach to be published: metrics on held-out rows, parity, to be no worse than the version
    that is live, and budgets: the median milliseconds that one row takes, and the megabytes of the artifact.

    A live version that cannot be asked the same rows lets a candidate pass only where `incomparable` says so.
    """

    minimum: dict[Higher, Share] = field(default_factory=dict)
    maximum: dict[Lower, Amount] = field(default_factory=dict)
    parity: Tolerance = Tolerance()
    against: Literal["live", "none"] = "live"
    no_worse: NoWorse = NoWorse()
    incomparable: Literal["refuse", "pass"] = "refuse"
    latency_ms: Annotated[float | None, Bounds(above=0)] = None
    size_mb: Annotated[float | None, Bounds(above=0)] = None

    def check_metrics(self, task: Task) -> None:
        """Raise InvalidJob, naming those there are, for a metric that the task does not have."""
        known = metrics_of(task)
        chosen = [self.no_worse.metric] if self.no_worse.metric else []
        for key, names in (("minimum", [*self.minimum]), ("maximum", [*self.maximum]), ("no_worse.metric", [*chosen])):
            for name in names:
                if name not in known:
                    raise InvalidJob(
                        f"gate.{key} names {name!r}, which the task {task} does not have; it has {', '.join(known)}."
                    )
