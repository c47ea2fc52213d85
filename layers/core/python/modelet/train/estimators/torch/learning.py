"""The training of a module, epoch by epoch; imported only where there is PyTorch."""

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from modelet.train.estimators.estimator import Fitting
from modelet.train.estimators.torch.training import Training
from modelet.train.stages import say

Array = np.ndarray[Any, Any]
ASKED_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows, dense or sparse, with their targets; the positions to learn from, and those that tell when to stop."""

    rows: Any
    targets: Array
    learnt: Array
    told: Array | None

    def batch(self, at: Array) -> tuple[Tensor, Tensor]:
        """The rows at some positions, and their targets."""
        return tensor_of(self.rows[at]), torch.from_numpy(self.targets[at])


@dataclass(slots=True)
class Curves:
    """The losses after each epoch, and the best module so far by the loss that tells."""

    learning: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)
    fruitless: int = 0

    def note(self, module: nn.Module, loss: float) -> None:
        """Keep a validation loss, and the weights where it is the lowest."""
        if not self.validation or loss < min(self.validation):
            self.best, self.fruitless = copy.deepcopy(module.state_dict()), 0
        else:
            self.fruitless += 1
        self.validation.append(loss)


@contextmanager
def seeded(seed: int, threads: int) -> Iterator[None]:
    """PyTorch as it is for every job alike: seeded, with a number of threads, and as before afterwards."""
    before = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def tensor_of(rows: Any) -> Tensor:
    """Rows, dense or sparse, as a tensor."""
    dense = rows.toarray() if hasattr(rows, "toarray") else rows
    return torch.from_numpy(np.ascontiguousarray(dense))


def learn(training: Training, module: nn.Module, examples: Examples, fitting: Fitting) -> tuple[nn.Module, Curves]:
    """The trained module, ready to be asked, and its curves; raises ValueError where the loss is no number."""
    module = module.to(tensor_of(examples.rows[:1]).dtype)
    loss = nn.MSELoss() if fitting.task == "regression" else nn.CrossEntropyLoss()
    optimizer = _optimizer(training, module)
    schedule = _schedule(training, optimizer)
    curves, began = Curves(), time.monotonic()
    for epoch in range(1, training.epochs + 1):
        curves.learning.append(_epoch(training, module, examples, loss, optimizer))
        if not math.isfinite(curves.learning[-1]):
            raise ValueError(f"the loss is no number in epoch {epoch}; a lower lr may help")
        if examples.told is not None:
            curves.note(module, _asked(module, examples, examples.told, loss))
        schedule.step()
        left = (time.monotonic() - began) / epoch * (training.epochs - epoch)
        say(fitting.progress, _words(training, curves, left), epoch / training.epochs)
        if training.early_stopping_rounds and curves.fruitless >= training.early_stopping_rounds:
            break
    if curves.best:
        module.load_state_dict(curves.best)
    return module.eval(), curves


def _epoch(
    training: Training, module: nn.Module, examples: Examples, loss: nn.Module, optimizer: torch.optim.Optimizer
) -> float:
    module.train()
    order, total = examples.learnt[torch.randperm(len(examples.learnt)).numpy()], 0.0
    for begin in range(0, len(order), training.batch_size):
        rows, targets = examples.batch(order[begin : begin + training.batch_size])
        optimizer.zero_grad()
        found = loss(module(rows), targets)
        found.backward()
        optimizer.step()
        total += found.item() * len(targets)
    return total / len(order)


def _asked(module: nn.Module, examples: Examples, at: Array, loss: nn.Module) -> float:
    module.eval()
    total = 0.0
    with torch.inference_mode():
        for begin in range(0, len(at), ASKED_AT_ONCE):
            rows, targets = examples.batch(at[begin : begin + ASKED_AT_ONCE])
            total += loss(module(rows), targets).item() * len(targets)
    return total / len(at)


def _optimizer(training: Training, module: nn.Module) -> torch.optim.Optimizer:
    options: dict[str, Any] = {"lr": training.lr, "weight_decay": training.weight_decay}
    if training.optimizer == "sgd":
        return torch.optim.SGD(module.parameters(), momentum=training.momentum, **options)
    kind = torch.optim.Adam if training.optimizer == "adam" else torch.optim.AdamW
    return kind(module.parameters(), **options)


def _schedule(training: Training, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
    if training.schedule == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, training.epochs)
    gamma = training.gamma if training.schedule == "step" else 1.0
    return torch.optim.lr_scheduler.StepLR(optimizer, training.step_size, gamma)


def _words(training: Training, curves: Curves, left: float) -> str:
    told = f", validation loss {curves.validation[-1]:.4g}" if curves.validation else ""
    return (
        f"epoch {len(curves.learning)} of {training.epochs}, loss {curves.learning[-1]:.4g}{told}, "
        f"{int(left // 60)}:{int(left % 60):02d} left"
    )
