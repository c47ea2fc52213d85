"""A small convolutional network by PyTorch, for rows that are the pixels of images."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.errors import InvalidJob
from modelet.train.estimators.estimator import Fitting
from modelet.train.estimators.torch.training import Training, check_installed, train
from modelet.train.schema import Bounds
from modelet.train.task import EVERY_TASK, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Convolutional(Training):
    """Blocks of a convolution, the activation and a pooling that halves height and width; then dense layers.

    `image` is height and width, or height, width and channels, of the image that a row holds, pixel by pixel from the
    upper left; square and of one channel by itself. `channels` are those of each block, `hidden_layer_sizes` the dense
    layers after them, and dropout stands before each dense layer.
    """

    tasks: ClassVar[frozenset[Task]] = EVERY_TASK
    wants_scaling: ClassVar[bool] = True
    takes_missing: ClassVar[bool] = False

    name: Literal["convolutional"] = "convolutional"
    image: Annotated[tuple[int, ...] | None, Bounds(at_least=1, at_most=10_000)] = None
    channels: Annotated[tuple[int, ...], Bounds(at_least=1, at_most=4096)] = (32, 64)
    kernel_size: Annotated[int, Bounds(at_least=1, at_most=31)] = 3
    hidden_layer_sizes: Annotated[tuple[int, ...], Bounds(at_least=1, at_most=100_000)] = (128,)
    activation: Literal["relu", "tanh", "logistic"] = "relu"

    def __post_init__(self) -> None:
        """Refuse kernels without a middle, and images of other than two or three sizes."""
        if self.kernel_size % 2 == 0:
            raise ValueError("kernel_size must be odd, so that a pixel is in its middle")
        if not self.channels:
            raise ValueError("channels must name at least one block; without any, use estimator dense")
        if self.image is not None and len(self.image) not in (2, 3):
            raise ValueError("image must be [height, width] or [height, width, channels]")

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, pixels] and the class or the number of each; raises InvalidJob without PyTorch, for
        rows that are no such images, and in double precision.
        """
        check_installed(self.name)
        height, width, depth = self._shape(rows.shape[1])
        if str(rows.dtype) != "float32":
            raise InvalidJob("ONNX Runtime convolves in single precision only: set export: {precision: single}.")
        from modelet.train.estimators.torch.building import activation, blocks, stack

        def build(outputs: int) -> Any:
            first, pixels = blocks((height, width, depth), self.channels, self.kernel_size, activation(self.activation))
            last = stack((pixels, *self.hidden_layer_sizes), outputs, activation(self.activation), self.dropout)
            return first.extend(last)

        return train(self, build, rows, truth, fitting)

    def _shape(self, columns: int) -> tuple[int, int, int]:
        side = math.isqrt(columns)
        height, width, depth = (*(self.image or (side, side)), 1)[:3]
        if height * width * depth != columns:
            told = (
                f"image {list(self.image)} has {height * width * depth} numbers" if self.image else "they are no square"
            )
            raise InvalidJob(
                f"The rows have {columns} columns, and {told}: set estimator.image: [height, width, channels]."
            )
        if min(height, width) < 2 ** len(self.channels):
            raise InvalidJob(
                f"Images of {height} × {width} cannot be halved {len(self.channels)} times: fewer channels."
            )
        return height, width, depth
