"""Modules of PyTorch, as sequences of layers that the export knows; imported only where there is PyTorch."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "logistic": nn.Sigmoid}


class AsImage(nn.Module):  # type: ignore[misc] # PyTorch is not installed where types are checked
    """Rows of pixels as images: [n, height × width × channels] becomes [n, channels, height, width]."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        """The sizes of an image."""
        super().__init__()
        self.sizes = height, width, channels

    def forward(self, rows: Tensor) -> Tensor:
        """The images of rows."""
        return rows.reshape(-1, *self.sizes).permute(0, 3, 1, 2)


def activation(name: str) -> type[nn.Module]:
    """The activation of a name."""
    found: type[nn.Module] = ACTIVATIONS[name]
    return found


def stack(sizes: Sequence[int], outputs: int, between: type[nn.Module], dropout: float) -> Any:
    """Dense layers from inputs of the first size over the others to the outputs."""
    layers: list[nn.Module] = []
    for inputs, units in pairwise(sizes):
        layers += [nn.Linear(inputs, units), between(), *([nn.Dropout(dropout)] if dropout else [])]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


def blocks(image: tuple[int, int, int], channels: Sequence[int], kernel: int, between: type[nn.Module]) -> Any:
    """Convolutions with their poolings, and how many numbers of an image they leave."""
    height, width, depth = image
    layers: list[nn.Module] = [AsImage(height, width, depth)]
    for inputs, outputs in pairwise((depth, *channels)):
        layers += [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), between(), nn.MaxPool2d(2)]
        height, width = height // 2, width // 2
    return nn.Sequential(*layers, nn.Flatten()), height * width * channels[-1]
