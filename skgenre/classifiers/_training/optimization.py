"""Optimizers and learning rate schedules by name, and the average of weights."""

from collections.abc import Mapping
from typing import Any

import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
)
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

OPTIMIZERS: Mapping[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}

_FUSED = {"adam", "adamw", "sgd"}

_PLATEAU_FACTOR = 0.5


def optimizer_params(name: str, device: str) -> dict[str, bool]:
    """Return the fast options of an optimizer: all weights in one kernel, where torch has one."""
    return {"fused": True} if name in _FUSED and device.startswith(("cpu", "cuda")) else {}


class Schedule:
    """Change of the learning rate while training goes on.

    Parameters
    ----------
    name : {"constant", "cosine", "one_cycle", "plateau"}
        The rule.
    optimizer : Optimizer
        The learning rate of each group is changed, starting from its current value.
    n_epochs : int
        Number of epochs.
    n_batches : int
        Steps per epoch.
    plateau_patience : int
        Epochs without a lower loss after which "plateau" halves the rates.
    """

    def __init__(
        self,
        name: str,
        optimizer: torch.optim.Optimizer,
        n_epochs: int,
        n_batches: int,
        plateau_patience: int,
    ) -> None:
        self._by_step: LRScheduler | None = None
        self._by_epoch: LRScheduler | None = None
        self._by_loss: ReduceLROnPlateau | None = None
        self._n_left = n_epochs * n_batches
        if name == "one_cycle":
            self._by_step = OneCycleLR(
                optimizer,
                max_lr=[group["lr"] for group in optimizer.param_groups],
                total_steps=max(2, self._n_left),
                cycle_momentum=False,
            )
        elif name == "cosine":
            self._by_epoch = CosineAnnealingLR(optimizer, T_max=n_epochs)
        elif name == "plateau":
            # torch's patience is the number of epochs that it lets pass.
            self._by_loss = ReduceLROnPlateau(
                optimizer, factor=_PLATEAU_FACTOR, patience=plateau_patience - 1
            )

    def end_step(self) -> None:
        """Update the rate after an optimizer step."""
        self._n_left -= 1
        if self._by_step is not None and self._n_left > 0:
            self._by_step.step()

    def end_epoch(self, loss: float) -> None:
        """Update the rate after an epoch with this loss."""
        if self._by_epoch is not None:
            self._by_epoch.step()
        if self._by_loss is not None:
            self._by_loss.step(loss)


class WeightAverage:
    """Exponential moving average of a module's weights.

    Early on the average follows the weights more closely than `decay` says, to forget the initial
    ones: step n has the weight ``1 - min(decay, (1 + n) / (10 + n))``.

    Parameters
    ----------
    module : Module
        The module, as it is before training.
    decay : float
        Share of the average that each step keeps.
    """

    def __init__(self, module: torch.nn.Module, decay: float) -> None:
        self.decay = decay
        self._n_steps = 0
        self._average = AveragedModel(module, multi_avg_fn=self._update)
        self._average.eval()
        for part in self._average.modules():
            if isinstance(part, torch.nn.RNNBase):
                part.flatten_parameters()

    @property
    def module(self) -> torch.nn.Module:
        """The module with averaged weights; its buffers are those of the last step."""
        return self._average.module

    def update(self, module: torch.nn.Module) -> None:
        """Update the average after a step."""
        self._n_steps += 1
        self._average.update_parameters(module)

    def _update(self, averages: Any, weights: Any, n_averaged: Any) -> None:
        decay = min(self.decay, (1 + self._n_steps) / (10 + self._n_steps))
        get_ema_multi_avg_fn(decay)(averages, weights, n_averaged)
