"""Networks by PyTorch, which only a training image or a developer's machine has; importing this imports none of it."""

from modelet.train.estimators.torch.convolutional import Convolutional
from modelet.train.estimators.torch.dense import Dense

__all__ = ["Convolutional", "Dense"]
