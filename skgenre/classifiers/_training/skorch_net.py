"""Training loop built on skorch; the only file that imports it."""

import operator
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..._progress import ProgressBar
from ...nn import Augmentation
from ...nn._multilabel_loss import MultilabelLoss
from .best_epoch import BestEpoch
from .data import Batches, MapDataset
from .device import use_one_thread_after_fork
from .optimization import OPTIMIZERS, Schedule, WeightAverage, optimizer_params
from .weights import order_channels

with warnings.catch_warnings():
    # tqdm, which skorch imports, asks for ipywidgets in a notebook; this package shows no widgets.
    warnings.filterwarnings("ignore", message="IProgress not found")
    from skorch import NeuralNetClassifier
    from skorch.callbacks import Callback, EpochTimer
    from skorch.dataset import Dataset
    from skorch.utils import to_device


class ClipDataset(MapDataset, Dataset):
    """The clips as a skorch Dataset: its scoring reads `X` and `y` of no other class."""


@dataclass
class Training:
    """State of one training run; the next one gets a new one.

    Parameters
    ----------
    schedule : Schedule
        Changes the learning rate.
    average : WeightAverage or None
        The averaged weights.
    augmentation : Augmentation, callable or None
        Changes each batch.
    generator : Generator
        Random generator of the augmentation.
    is_weighted : bool
        Whether a clip has another weight than 1.
    """

    schedule: Schedule
    average: WeightAverage | None
    augmentation: Augmentation | Callable | None
    generator: torch.Generator
    is_weighted: bool


class TrainingNet(NeuralNetClassifier):
    """skorch's net, with an epoch that costs hardly more than its tensors.

    Losses and accuracies stay on the device until the epoch is over. Only with callbacks of the
    user does the history have a row per batch; they are called for each batch and see the encoded
    genres as y.

    Parameters
    ----------
    *args, **kwargs
        As in :class:`skorch.NeuralNetClassifier`.
    l1, l2 : float
        Factors of the L1 and L2 penalties: the sums of absolute and of squared weights in the loss.
    gradient_clip : float or None
        Maximum norm of all gradients together.
    mixed_precision : bool
        Whether to compute in bfloat16 where that is safe, on CUDA.
    plateau_patience : int
        Epochs without a lower loss after which the schedule "plateau" halves the rate.
    """

    # Set by `train` while it runs.
    training: Training | None = None
    # Whether a callback does something before, in or after the batches of this epoch.
    _is_followed = True

    def __init__(
        self,
        *args: Any,
        l1: float = 0.0,
        l2: float = 0.0,
        gradient_clip: float | None = None,
        mixed_precision: bool = False,
        plateau_patience: int = 4,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.gradient_clip = gradient_clip
        self.mixed_precision = mixed_precision
        self.plateau_patience = plateau_patience

    def evaluated_module(self) -> torch.nn.Module:
        """Return the module for validation and prediction: with averaged weights, if any."""
        if self.training is None or self.training.average is None:
            return self.module_
        return self.training.average.module

    def run_single_epoch(
        self, iterator: Any, training: bool, prefix: str, step_fn: Callable, **fit_params: Any
    ) -> None:
        """Train or validate one epoch, and record its loss and accuracy."""
        if iterator is None:
            return
        self._set_training(training)
        foreign = [type(callback) for _, callback in self.callbacks_ if type(callback) not in _OWN]
        self._is_followed = is_followed = any(map(_follows_batches, foreign))
        losses, outputs, targets = [], [], []
        for batch in iterator:
            seen = (batch[0], batch[1][0])  # Without the weights: scorers take y as it is.
            if is_followed:
                self.notify("on_batch_begin", batch=seen, training=training)
            step = step_fn(batch, **fit_params)
            if training:
                self._end_step()
            losses.append(step["loss"].detach())
            outputs.append(step["y_pred"].detach())
            targets.append(batch[1][0])
            if is_followed:
                self._record_batch(prefix, step["loss"].item(), len(batch[0]))
                self.notify("on_batch_end", batch=seen, training=training, **step)
                # A callback that predicts leaves the module in evaluation mode.
                self._set_training(training)
        if foreign and not is_followed:
            # Here, and not after each batch: a GPU would have to finish each batch before the next.
            for value, target in zip(torch.stack(losses).tolist(), targets, strict=True):
                self.history.new_batch()
                self._record_batch(prefix, value, len(target))
        self.history.record(f"{prefix}_batch_count", len(losses))
        if training:
            self.history.record("lr", self._lr)
        device = losses[0].device
        sizes = torch.tensor([len(target) for target in targets], device=device)
        loss = (torch.stack(losses) * sizes).sum() / sizes.sum()
        is_right = _find_right(torch.cat(outputs), torch.cat(targets).to(device))
        self._record(f"{prefix}_loss", loss.item(), operator.lt)
        self._record(f"{prefix}_accuracy", is_right.float().mean().item(), operator.gt)

    def train_step(self, batch: Any, **fit_params: Any) -> dict[str, torch.Tensor]:
        """Take a step; nobody is notified of gradients unless a callback follows batches."""
        if self._is_followed:
            return super().train_step(batch, **fit_params)
        steps = []

        def compute() -> torch.Tensor:
            self._zero_grad_optimizer()
            steps.append(self.train_step_single(batch, **fit_params))
            return steps[-1]["loss"]

        self._step_optimizer(compute)
        # As in skorch: an optimizer may compute more than once, and the first loss is recorded.
        return steps[0]

    def train_step_single(self, batch: Any, **fit_params: Any) -> dict[str, torch.Tensor]:
        """Compute outputs, loss and gradients of a batch."""
        X, target = batch
        if self.training is not None and self.training.augmentation is not None:
            augmentation, generator = self.training.augmentation, self.training.generator
            X, target = self._augment(augmentation, generator, X, target)
        y_pred = self.infer(X, **fit_params)
        loss = self.get_loss(y_pred, target, X=X, training=True)
        loss.backward()
        if self.gradient_clip is not None:
            torch.nn.utils.clip_grad_norm_(self.module_.parameters(), self.gradient_clip)
        return {"loss": loss, "y_pred": y_pred.mean(2) if y_pred.ndim == 3 else y_pred}

    def get_dataset(self, X: Any, y: Any = None) -> Any:
        """Return clips as a MapDataset; takes tensors and arrays of maps."""
        if isinstance(X, MapDataset) or not hasattr(X, "__array__"):
            return super().get_dataset(X, y)
        maps = np.asarray(X.detach().cpu() if isinstance(X, torch.Tensor) else X)
        genres = np.zeros(len(maps), dtype=np.int64) if y is None else np.asarray(y)
        return ClipDataset(maps, genres, np.ones(len(maps), dtype=np.float32))

    def check_data(self, X: Any, y: Any) -> None:
        """Do nothing: the estimator has checked both, and skorch would copy the clips."""

    def __getstate__(self) -> dict[str, Any]:
        """Omit the state of the running training: checkpoints are pickled from it."""
        state = {**self.__dict__, "training": None, "train_split": None}
        state["callbacks_"] = [
            (name, callback)
            for name, callback in self.callbacks_
            if type(callback) is not _EpochEnd
        ]
        copy = object.__new__(type(self))
        copy.__dict__.update(state)
        return NeuralNetClassifier.__getstate__(copy)

    def infer(self, x: torch.Tensor, **fit_params: Any) -> torch.Tensor:
        """Return the module's outputs, with averaged weights unless it is in training mode."""
        module = self.module_ if self.module_.training else self.evaluated_module()
        is_mixed = self.mixed_precision and torch.device(self.device).type == "cuda"
        with torch.autocast("cuda", torch.bfloat16) if is_mixed else nullcontext():
            outputs = module(to_device(x, self.device), **fit_params)
        return outputs.float() if is_mixed else outputs

    def get_loss(
        self, y_pred: torch.Tensor, y_true: Any, X: Any = None, training: bool = False
    ) -> torch.Tensor:
        """Return the mean weighted cross-entropy, plus the penalty in training.

        Outputs (n_clips, n_outputs, n_networks) are of networks that are trained together; the loss
        is the mean of theirs.
        """
        target, weight = (to_device(part, y_pred.device) for part in y_true)
        outputs = y_pred.unbind(2) if y_pred.ndim == 3 else (y_pred,)
        losses = [self._mean_loss(output, target, weight) for output in outputs]
        loss = torch.stack(losses).mean() if len(losses) > 1 else losses[0]
        if training and (self.l1 or self.l2):
            kernels = self.module_.kernels()
            loss = loss + self.l1 * sum(kernel.abs().sum() for kernel in kernels)
            loss = loss + self.l2 * sum(kernel.square().sum() for kernel in kernels)
        return loss

    def _mean_loss(
        self, output: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
    ) -> torch.Tensor:
        """Return the mean weighted loss of a batch."""
        criterion = self.criterion_
        is_plain = type(criterion) is torch.nn.CrossEntropyLoss and criterion.weight is None
        if is_plain and self.training is not None and not self.training.is_weighted:
            # The mean within the kernel: a step of a small network is 6 % faster so.
            return torch.nn.functional.cross_entropy(
                output, target, label_smoothing=criterion.label_smoothing
            )
        return (criterion(output, target) * weight).mean()

    def _record_batch(self, prefix: str, loss: float, size: int) -> None:
        self.history.record_batch(f"{prefix}_loss", loss)
        self.history.record_batch(f"{prefix}_batch_size", size)

    def _end_step(self) -> None:
        # The last group has the rate of all weights without a rate of their own.
        self._lr = self.optimizer_.param_groups[-1]["lr"]
        if self.training is None:
            return
        if self.training.average is not None:
            self.training.average.update(self.module_)
        self.training.schedule.end_step()

    def _augment(
        self, augmentation: Any, generator: torch.Generator, X: torch.Tensor, target: Any
    ) -> Any:
        """Return augmented maps, and targets, which are shares of genres where clips were mixed."""
        X = to_device(X, self.device)
        genres, weight = (to_device(part, self.device) for part in target)
        if not isinstance(augmentation, Augmentation):
            return augmentation(X, generator), (genres, weight)
        center = getattr(getattr(self.module_, "standardize", None), "center", None)
        if augmentation.mixup is None:
            return augmentation(X, generator=generator, center=center)[0], (genres, weight)
        if genres.ndim == 2:
            shares = torch.cat([genres * weight, weight], dim=1)
            X, shares = augmentation(X, shares, generator=generator, center=center)
            shares, weight = shares.chunk(2, dim=1)
            return X, (shares / weight.clamp_min(1e-12), weight)
        n_outputs = self.get_params_for("module")["n_outputs"]
        shares = torch.nn.functional.one_hot(genres, n_outputs) * weight[:, None]
        X, shares = augmentation(X, shares, generator=generator, center=center)
        weight = shares.sum(1)
        return X, (shares / weight[:, None].clamp_min(1e-12), weight)

    def _record(self, name: str, value: float, is_better: Callable[[float, float], bool]) -> None:
        """Record an epoch's number, and whether it is the best yet, as skorch's scoring does."""
        earlier = [row[name] for row in self.history if name in row]
        self.history.record(name, value)
        self.history.record(f"{name}_best", all(is_better(value, other) for other in earlier))

    @property
    def _default_callbacks(self) -> list[tuple[str, Callback]]:
        return [("epoch_timer", EpochTimer())]


def _find_right(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return which clips, or which genres of clips that may have several, are predicted right."""
    if targets.ndim == 2:
        return (outputs > 0) == (targets > 0.5)
    return outputs.argmax(1) == targets


def _follows_batches(kind: type) -> bool:
    """Tell whether callbacks of a class do something before, in or after batches."""
    return any(
        getattr(kind, name, None) is not getattr(Callback, name)
        for name in ("on_batch_begin", "on_batch_end", "on_grad_computed")
    )


class _Interruption(BaseException):
    """End the loop from inside; skorch handles the exceptions that it knows itself."""


class _EpochEnd(Callback):
    """Keep the best epoch, update the learning rate and the progress bar, and stop early."""

    def __init__(self, best: BestEpoch, bar: ProgressBar) -> None:
        self.best = best
        self.bar = bar

    def on_epoch_end(self, net, **kwargs):
        row = net.history[-1]
        kind = "valid" if "valid_loss" in row else "train"
        loss, accuracy = row[f"{kind}_loss"], row[f"{kind}_accuracy"]
        self.bar.advance(f"{kind} loss {loss:.2f}, accuracy {accuracy:.2f}")
        is_over = self.best.end_epoch(row, net.evaluated_module())
        net.training.schedule.end_epoch(row[self.best.monitor])
        if is_over:
            raise _Interruption


# Recorded for clips that are set aside.
_VALIDATED = {f"valid_{name}{best}" for name in ("loss", "accuracy") for best in ("", "_best")}
# Callbacks that use no batch.
_OWN = (EpochTimer, _EpochEnd)


def to_probabilities(logits: torch.Tensor) -> torch.Tensor:
    """Return the softmax over genres."""
    return logits.softmax(dim=1)


def to_probabilities_of_each(logits: torch.Tensor) -> torch.Tensor:
    """Return the probability of each genre, where clips may have several."""
    return logits.sigmoid()


def make_net(
    module_class: type[torch.nn.Module],
    module_params: dict[str, Any],
    *,
    optimizer: str,
    label_smoothing: float,
    is_multilabel: bool,
    device: str,
    net_params: dict[str, Any] | None,
    **params: Any,
) -> TrainingNet:
    """Return a net with its module and optimizer built; `net_params` override all arguments."""
    net_params = net_params or {}
    defaults: dict[str, Any] = {
        "iterator_train": Batches,
        "iterator_train__shuffle": True,
        "iterator_valid": Batches,
        "train_split": None,
        "classes": np.arange(module_params["n_outputs"]),
        "predict_nonlinearity": to_probabilities_of_each if is_multilabel else to_probabilities,
        "verbose": 0,
        "device": device,
    }
    loss = MultilabelLoss if is_multilabel else torch.nn.CrossEntropyLoss
    criterion = net_params.get("criterion", loss)
    defaults |= {"criterion": criterion, "criterion__reduction": "none"}
    if isinstance(criterion, type) and issubclass(criterion, loss):
        defaults["criterion__label_smoothing"] = label_smoothing
    if "optimizer" not in net_params:
        defaults["optimizer"] = OPTIMIZERS[optimizer]
        if not {"optimizer__foreach", "optimizer__differentiable"} & set(net_params):
            fast = optimizer_params(optimizer, device)
            defaults |= {f"optimizer__{name}": value for name, value in fast.items()}
    for iterator in ("iterator_train", "iterator_valid"):
        if net_params.get(iterator, Batches) is Batches:
            defaults[f"{iterator}__device"] = device
    net = TrainingNet(
        module_class,
        **{
            **defaults,
            **{f"module__{name}": value for name, value in module_params.items()},
            **params,
            **net_params,
        },
    ).initialize()
    order_channels(net.module_)
    return net


def move_net(net: TrainingNet, device: str) -> None:
    """Move a net that continues training, with what its optimizer has learnt, to a device."""
    net.module_.to(device)
    if net.device == device:
        return
    net.set_params(device=device)
    for iterator in ("iterator_train", "iterator_valid"):
        if getattr(net, iterator) is Batches:
            setattr(net, f"{iterator}__device", device)
    # It puts its state where the weights are now.
    net.optimizer_.load_state_dict(net.optimizer_.state_dict())


def set_callbacks(net: TrainingNet, callbacks: Sequence[Any] | None) -> None:
    """Replace the callbacks of a net that continues training; leave the same ones as they are."""
    new = list(callbacks or ())
    if new != list(net.callbacks or ()):
        net.callbacks = new
        net.initialize_callbacks()


def train(
    net: TrainingNet,
    training: MapDataset,
    validation: MapDataset | None,
    *,
    name: str,
    n_epochs: int,
    patience: int | None,
    schedule: str,
    ema_decay: float | None,
    augmentation: Augmentation | Callable | None,
    seed: int,
    progress: bool,
    after: Callable[[], None],
) -> None:
    """Run epochs. Early stopping restores the best one, and so does Ctrl-C, which is passed on.

    Parameters
    ----------
    net : TrainingNet
        The net.
    training, validation : MapDataset
        Clips to train on, and to validate on for early stopping.
    name : str
        Name of the estimator, for messages.
    n_epochs : int
        Maximum number of epochs.
    patience : int or None
        Epochs without a lower loss after which to stop.
    schedule : {"constant", "cosine", "one_cycle", "plateau"}
        Learning rate schedule.
    ema_decay : float or None
        Share of the averaged weights that each step keeps. None disables averaging.
    augmentation : Augmentation, callable or None
        Changes each batch.
    seed : int
        Seed of the augmentation.
    progress : bool
        Whether to show a progress bar.
    after : callable
        Called when training is over, interrupted or not.
    """
    use_one_thread_after_fork()
    best = BestEpoch(name, "train_loss" if validation is None else "valid_loss", patience)
    bar = ProgressBar(name, n_epochs, "epochs", is_shown=progress)
    own = list(net.callbacks_)
    for _, callback in own if validation is None else ():
        monitor = getattr(callback, "monitor", None)
        if monitor in _VALIDATED:
            raise ValueError(
                f"{name}: the callback {type(callback).__name__} monitors {monitor!r}, and without "
                f"early stopping no clips are set aside for validation. Set early_stopping=True, "
                f"or monitor={monitor.replace('valid', 'train')!r} in the callback."
            )
    net.callbacks_ = [*own, ("skgenre", _EpochEnd(best, bar))]
    net.train_split = None if validation is None else _Given(validation)
    batch_size = net.batch_size if net.batch_size > 0 else len(training)
    n_batches = -(-len(training) // batch_size)
    average = None if ema_decay is None else WeightAverage(net.module_, ema_decay)
    net.training = Training(
        Schedule(schedule, net.optimizer_, n_epochs, n_batches, net.plateau_patience),
        average,
        augmentation,
        torch.Generator().manual_seed(seed),
        any((part.weight != 1).any() for part in (training, validation) if part is not None),
    )
    is_best_wanted = patience is not None
    try:
        net.notify("on_train_begin", X=training, y=training.y)
        try:
            net.fit_loop(training, None, epochs=n_epochs)
        except _Interruption:
            pass
        except KeyboardInterrupt as error:
            # skorch's own early stopping raises it, too.
            if not _is_raised_by_callback(error):
                is_best_wanted = True
                raise
        finally:
            # First, so that callbacks find the weights that are kept and can load others.
            if is_best_wanted and best.weights is not None:
                net.module_.load_state_dict(best.weights)
            elif average is not None:
                net.module_.load_state_dict(average.module.state_dict())
            net.training = None
            net.notify("on_train_end", X=training, y=training.y)
    finally:
        net.training = None
        net.callbacks_ = own
        net.train_split = None
        bar.close()
        after()


class _Given:
    """A ``train_split`` for skorch that returns the clips chosen before."""

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
