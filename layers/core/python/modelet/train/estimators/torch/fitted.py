"""Trained networks as scikit-learn's estimators are, their layers as arrays; imported only where there is PyTorch."""

from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from torch import nn

from modelet.train.estimators.torch.building import ACTIVATIONS, AsImage
from modelet.train.estimators.torch.learning import ASKED_AT_ONCE, Curves, tensor_of

Array = np.ndarray[Any, Any]
Layer = tuple[str, tuple[Any, ...]]
"""What a layer is: `dense` (weights [inputs, outputs], bias), `convolution` (weights [outputs, inputs, height, width],
bias), `pooling` (size,), `image` (height, width, channels), `flat` (), or an activation by its name.
"""

NAMES = {kind: name for name, kind in ACTIVATIONS.items()}


class Network(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A trained module and the losses that it had after each epoch."""

    def __init__(self, module: Any, curves: Curves) -> None:
        """What training made."""
        self.module = module
        self.loss_curve_, self.validation_loss_curve_ = curves.learning, curves.validation or None

    def fit(self, rows: Array, truth: Array) -> Any:  # noqa: ARG002 - what a pipeline wants of its last step
        """Do nothing: it is fitted already."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def layers(self) -> list[Layer]:
        """The layers in their order, without those that only training needs."""
        return [described for layer in self.module if (described := _described(layer))]

    def outputs(self, rows: Any) -> Array:
        """What the last layer answers, of shape [n, outputs]."""
        with torch.inference_mode():
            parts = [
                self.module(tensor_of(rows[at : at + ASKED_AT_ONCE])).numpy()
                for at in range(0, rows.shape[0], ASKED_AT_ONCE)
            ]
        return np.concatenate(parts)


class TorchClassifier(ClassifierMixin, Network):  # type: ignore[misc]
    """A network that answers classes."""

    def __init__(self, module: Any, curves: Curves, classes: Array) -> None:
        """`classes` in the order of the module's outputs."""
        super().__init__(module, curves)
        self.classes_ = classes

    def predict(self, rows: Any) -> Array:
        """The class of each row."""
        named: Array = self.classes_[self.outputs(rows).argmax(axis=1)]
        return named

    def predict_proba(self, rows: Any) -> Array:
        """The probability of each class, of shape [n, classes]."""
        shares: Array = torch.softmax(torch.from_numpy(self.outputs(rows)), dim=1).numpy()
        return shares


class TorchRegressor(RegressorMixin, Network):  # type: ignore[misc]
    """A network that answers numbers, which were learnt with their mean at 0 and their standard deviation 1."""

    def __init__(self, module: Any, curves: Curves, centre: float, spread: float) -> None:
        """Mean and standard deviation of what was learnt."""
        super().__init__(module, curves)
        with torch.no_grad():
            last = module[-1]  # a linear layer, which takes them up
            last.weight.mul_(spread)
            last.bias.mul_(spread).add_(centre)

    def predict(self, rows: Any) -> Array:
        """The number of each row."""
        numbers: Array = self.outputs(rows).reshape(-1)
        return numbers


def _described(layer: nn.Module) -> Layer | None:
    if isinstance(layer, nn.Linear):
        return "dense", (_array(layer.weight).T, _array(layer.bias))
    if isinstance(layer, nn.Conv2d):
        return "convolution", (_array(layer.weight), _array(layer.bias))
    if isinstance(layer, nn.MaxPool2d):
        return "pooling", (2,)
    if isinstance(layer, AsImage):
        return "image", layer.sizes
    if isinstance(layer, nn.Flatten):
        return "flat", ()
    return (NAMES[type(layer)], ()) if type(layer) in NAMES else None


def _array(parameter: Any) -> Array:
    values: Array = parameter.detach().numpy()
    return values
