"""Which outputs of a published version are its label and its probabilities, or its number."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from modelet.manifest import Manifest, TensorSpec
from modelet.train.gate.mapping import Unfit
from modelet.train.task import Task


class Told(NamedTuple):
    """The names of the outputs that are to be compared, and the classes of the probabilities' columns."""

    label: str | None
    probabilities: str | None = None
    classes: Sequence[Any] = ()

    @property
    def outputs(self) -> list[str]:
        """The names of those that there are."""
        return [name for name in (self.label, self.probabilities) if name is not None]


def read_answers(manifest: Manifest, task: Task) -> Told:
    """What the outputs of a version mean for a task; raises Unfit where they mean something else."""
    outputs = manifest.signature.outputs
    if task == "regression":
        numbers = [spec for spec in outputs if spec.datatype in ("FP32", "FP64") and _is_flat(spec)]
        if len(numbers) != 1:
            raise Unfit("it does not answer with one number")
        return Told(numbers[0].name)
    shares = next((spec for spec in outputs if manifest.labels.get(spec.name)), None)
    label = next((spec for spec in outputs if spec.datatype in ("INT64", "BYTES") and _is_flat(spec)), None)
    if shares is None and label is None:
        raise Unfit("it does not answer with classes")
    if shares is None:
        return Told(label.name if label else None)
    return Told(label.name if label else None, shares.name, manifest.labels[shares.name])


def _is_flat(spec: TensorSpec) -> bool:
    return spec.shape is not None and spec.shape[1:] in ((), (1,))
