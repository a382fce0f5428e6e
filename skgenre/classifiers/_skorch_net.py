"""The training loop, made of skorch: the one file that imports it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EpochTimer, PassthroughScoring

from ._map_dataset import Batches, MapDataset

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}

# Column of the history, and where skorch keeps it. Four bytes each and epoch.
HISTORY = {
    "epoch": "epoch",
    "train_loss": "train_loss",
    "train_accuracy": "train_accuracy",
    "valid_loss": "valid_loss",
    "valid_accuracy": "valid_accuracy",
    "seconds": "dur",
}


class WeightedNet(NeuralNet):
    """skorch's net, with a weight for each clip and a penalty on the kernels.

    Parameters
    ----------
    *args, **kwargs
        As in :class:`skorch.NeuralNet`.
    l1, l2 : float
        Factors of the sums of absolute and of squared weights that are added to the loss.
    """

    def __init__(self, *args: Any, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.l1 = l1
        self.l2 = l2

    def get_loss(
        self, y_pred: torch.Tensor, y_true: Any, X: Any = None, training: bool = False
    ) -> torch.Tensor:
        """Return the mean of the weighted cross-entropy, in training with the penalty."""
        target, weight = (part.to(y_pred.device) for part in y_true)
        loss = (self.criterion_(y_pred, target) * weight).mean()
        if training and (self.l1 or self.l2):
            kernels = self.module_.kernels()
            loss = loss + self.l1 * sum(kernel.abs().sum() for kernel in kernels)
            loss = loss + self.l2 * sum(kernel.square().sum() for kernel in kernels)
        return loss

    @property
    def _default_callbacks(self) -> list[tuple[str, Callback]]:
        return [
            ("epoch_timer", EpochTimer()),
            ("accuracy", _Accuracy()),
            ("train_loss", PassthroughScoring(name="train_loss", on_train=True)),
            ("train_accuracy", PassthroughScoring("train_accuracy", False, on_train=True)),
            ("valid_loss", PassthroughScoring(name="valid_loss")),
            ("valid_accuracy", PassthroughScoring("valid_accuracy", False)),
        ]


class _Accuracy(Callback):
    """Record each batch's accuracy, from the outputs that the loss was computed of."""

    def on_batch_end(self, net, batch=None, training=False, y_pred=None, **kwargs):
        target = batch[1][0].to(y_pred.device)
        accuracy = (y_pred.argmax(1) == target).float().mean().item()
        net.history.record_batch("train_accuracy" if training else "valid_accuracy", accuracy)


class _Interruption(BaseException):
    """Ends the loop from inside; skorch treats exceptions it knows as its own."""


class BestEpoch(Callback):
    """Keep the weights of the epoch with the lowest loss, and stop when it stays the lowest.

    Parameters
    ----------
    name : str
        The estimator's, for messages.
    monitor : {"train_loss", "valid_loss"}
        The loss.
    patience : int or None
        Epochs without a lower loss after which training ends. None never ends it.
    """

    def __init__(self, name: str, monitor: str, patience: int | None) -> None:
        self.name = name
        self.monitor = monitor
        self.patience = patience
        self.loss = np.inf
        self.n_worse = 0
        self.weights: dict[str, torch.Tensor] | None = None

    def on_epoch_end(self, net, **kwargs):
        row = net.history[-1]
        for name in ("train_loss", "valid_loss"):
            if not np.isfinite(row.get(name, 0.0)):
                raise ValueError(
                    f"{self.name}: the {name} became {row[name]} in epoch {row['epoch']}. Try a "
                    f"smaller lr (it was {net.lr:g}), and look for extreme values in X."
                )
        if row[self.monitor] < self.loss:
            self.loss = row[self.monitor]
            self.n_worse = 0
            self.weights = {k: v.detach().clone() for k, v in net.module_.state_dict().items()}
        else:
            self.n_worse += 1
            if self.patience is not None and self.n_worse >= self.patience:
                raise _Interruption


class ProgressBar(Callback):
    """Show epochs, loss and accuracy on standard error."""

    def __init__(self, name: str, n_epochs: int) -> None:
        self.name = name
        self.n_epochs = n_epochs

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("epoch {task.completed}/{task.total}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[state]}"),
        )
        self.progress_ = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task_ = self.progress_.add_task(self.name, total=self.n_epochs, state="")
        self.progress_.start()

    def on_epoch_end(self, net, **kwargs):
        row = net.history[-1]
        kind = "valid" if "valid_loss" in row else "train"
        state = f"{kind} loss {row[f'{kind}_loss']:.3f}, accuracy {row[f'{kind}_accuracy']:.3f}"
        self.progress_.update(self.task_, advance=1, state=state)

    def on_train_end(self, net, X=None, y=None, **kwargs):
        self.progress_.stop()


def make_net(
    module_class: type[torch.nn.Module],
    module_params: dict[str, Any],
    *,
    optimizer: str,
    net_params: dict[str, Any] | None,
    **params: Any,
) -> WeightedNet:
    """Return a net with its module and optimizer built; `net_params` have the last word."""
    net = WeightedNet(
        module_class,
        **{
            "criterion": torch.nn.CrossEntropyLoss,
            "criterion__reduction": "none",
            "optimizer": OPTIMIZERS[optimizer],
            "iterator_train": Batches,
            "iterator_train__shuffle": True,
            "iterator_valid": Batches,
            "train_split": None,
            "verbose": 0,
            **{f"module__{name}": value for name, value in module_params.items()},
            **params,
            **(net_params or {}),
        },
    )
    return net.initialize()


def train(
    net: WeightedNet,
    training: MapDataset,
    validation: MapDataset | None,
    *,
    name: str,
    n_epochs: int,
    patience: int | None,
    progress: bool,
    after: Callable[[], None],
) -> None:
    """Run epochs. Early stopping restores the best one, and so does Ctrl-C, which is passed on.

    Parameters
    ----------
    net : WeightedNet
        The net.
    training, validation : MapDataset
        The clips to learn from, and to stop by.
    name : str
        The estimator's, for messages.
    n_epochs : int
        How many at the most.
    patience : int or None
        Epochs without a lower loss after which to stop.
    progress : bool
        Whether to show a bar.
    after : callable
        Called when training is over, interrupted or not.
    """
    best = BestEpoch(name, "train_loss" if validation is None else "valid_loss", patience)
    extra: list[Callback] = [best]
    if progress:
        extra.append(ProgressBar(name, n_epochs))
    own = list(net.callbacks_)
    net.callbacks_ = [*own, *((f"skgenre_{i}", callback) for i, callback in enumerate(extra))]
    net.train_split = None if validation is None else _Given(validation)
    net.notify("on_train_begin", X=training, y=None)
    is_interrupted = False
    try:
        net.fit_loop(training, None, epochs=n_epochs)
    except _Interruption:
        pass
    except KeyboardInterrupt as error:
        # skorch's own early stopping raises it, too.
        is_interrupted = not _is_raised_by_callback(error)
        if is_interrupted:
            _restore(net, best)
            raise
    finally:
        net.notify("on_train_end", X=training, y=None)
        if patience is not None and not is_interrupted:
            _restore(net, best)
        net.callbacks_ = own
        net.train_split = None
        after()


class _Given:
    """skorch's ``train_split`` that gives back the clips that were chosen before."""

    def __init__(self, validation: MapDataset) -> None:
        self.validation = validation

    def __call__(self, dataset: MapDataset, y: Any = None) -> tuple[MapDataset, MapDataset]:
        return dataset, self.validation


def _is_raised_by_callback(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith(
        "skorch.callbacks"
    )


def _restore(net: WeightedNet, best: BestEpoch) -> None:
    if best.weights is not None:
        net.module_.load_state_dict(best.weights)


def read_history(net: WeightedNet) -> dict[str, np.ndarray]:
    """Return the completed epochs' numbers as arrays, four bytes each."""
    rows = [row for row in net.history if "train_loss" in row and "dur" in row]
    return {
        column: np.array(
            [row[name] for row in rows], dtype=np.int32 if column == "epoch" else np.float32
        )
        for column, name in HISTORY.items()
        if rows and all(name in row for row in rows)
    }


def read_weights(net: WeightedNet) -> dict[str, np.ndarray]:
    """Return copies of the module's parameters and buffers."""
    return {name: value.cpu().numpy().copy() for name, value in net.module_.state_dict().items()}


def write_weights(net: WeightedNet, weights: dict[str, np.ndarray]) -> None:
    """Put parameters and buffers into the module."""
    # A copy: arrays from a memory-mapped pickle are read-only.
    net.module_.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})


def predict_logits(net: WeightedNet, X: np.ndarray, device: str, batch_size: int) -> np.ndarray:
    """Return the module's outputs for maps, a batch at a time."""
    module = net.module_.to(device).eval()
    outputs: np.ndarray | None = None
    with torch.inference_mode():
        for start in range(0, len(X), batch_size):
            batch = X[start : start + batch_size]
            if not batch.flags.writeable or not batch.flags.c_contiguous:
                batch = batch.copy()
            output = module(torch.from_numpy(batch).to(device)).float().cpu().numpy()
            # A list of small outputs would keep the freed memory of each batch from being used
            # again (measured: 1 GB instead of 0.4 GB for 12,000 segments).
            if outputs is None:
                outputs = np.empty((len(X), *output.shape[1:]), np.float32)
            outputs[start : start + len(output)] = output
    assert outputs is not None  # X was checked: it has at least one clip
    return outputs


def resolve_device(name: str, device: str) -> str:
    """Return the device that "auto" means here; refuse one that is not here."""
    has_mps = torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu"
    kind = device.partition(":")[0]
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": has_mps}
    if not here.get(kind, False):
        available = ", ".join(repr(name) for name, is_here in here.items() if is_here)
        raise ValueError(
            f"The 'device' parameter of {name} must be a device of this machine: 'auto', "
            f"{available}. Got {device!r} instead."
        )
    return device


@contextmanager
def fork_rng(device: str, seed: int) -> Iterator[None]:
    """Let torch draw from `seed` in this block, and leave its state as it was."""
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
