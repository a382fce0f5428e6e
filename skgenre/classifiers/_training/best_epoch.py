"""Best epoch of a training run, and early stopping."""

import numpy as np
import torch


class BestEpoch:
    """Keep the weights of the epoch with the lowest loss.

    Parameters
    ----------
    name : str
        Name of the estimator, for messages.
    monitor : {"train_loss", "valid_loss"}
        Loss to watch.
    patience : int or None
        Epochs without a lower loss after which training may end. None never ends it.

    Attributes
    ----------
    weights : dict of str to Tensor, or None
        The best epoch's parameters and buffers.
    """

    def __init__(self, name: str, monitor: str, patience: int | None) -> None:
        self.name = name
        self.monitor = monitor
        self.patience = patience
        self.weights: dict[str, torch.Tensor] | None = None
        self._loss = np.inf
        self._n_worse = 0

    def end_epoch(self, row: dict, module: torch.nn.Module) -> bool:
        """Record an epoch, and return whether to stop.

        Parameters
        ----------
        row : dict
            The epoch's number, losses and learning rate.
        module : Module
            The module as it is now.

        Raises
        ------
        ValueError
            If a loss is NaN or infinite.
        """
        for loss in ("train_loss", "valid_loss"):
            if not np.isfinite(row.get(loss, 0.0)):
                raise ValueError(
                    f"{self.name}: the {loss} became {row[loss]} in epoch {row['epoch']}. Try a "
                    f"smaller lr (it was {row['lr']:g}) or gradient_clip=1.0, and look for extreme "
                    f"values in X."
                )
        if row[self.monitor] < self._loss:
            self._loss = row[self.monitor]
            self._n_worse = 0
            self._keep(module)
            return False
        self._n_worse += 1
        return self.patience is not None and self._n_worse >= self.patience

    def _keep(self, module: torch.nn.Module) -> None:
        now = module.state_dict()
        if self.weights is None:
            self.weights = {name: value.detach().clone() for name, value in now.items()}
        else:
            for name, value in now.items():
                self.weights[name].copy_(value)
