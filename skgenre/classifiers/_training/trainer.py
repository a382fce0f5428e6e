"""Training of a network classifier: device, seed, validation clips, net and history."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._seeds import draw_seed
from ..._stored_rows import StoredRows
from .history import join_histories, read_history
from .state import NetworkState
from .validation_split import split_validation

if TYPE_CHECKING:
    from .data import MapDataset
    from .skorch_net import TrainingNet


class NetworkTrainer(NetworkState):
    """Part of the network classifiers that trains, with what each family may change of it."""

    # Set by fit with early stopping, for the votes of segments; not kept in files.
    _rows_set_aside: np.ndarray

    def _prepare_module(self, module: Any) -> None:
        """Change the initial weights of a new module, before training."""

    def _set_statistics(self, module: Any, training: "MapDataset") -> None:
        """Set the constants of the standardization of a new module."""
        from .data import band_statistics

        layer = module.standardize
        layer.set(*band_statistics(training, layer.center))

    def _set_learning_rates(self, net: "TrainingNet") -> None:
        """Set the learning rates that differ from `lr`, when training continues."""

    def _family_net_params(self) -> dict[str, Any]:
        """Return arguments of the skorch net that the family adds."""
        return {}

    def _make_net(self, device: str, structure: dict[str, Any]) -> "TrainingNet":
        from .skorch_net import make_net

        return make_net(
            self._module_class(),
            self._module_arguments(structure),
            optimizer=structure["optimizer"],
            label_smoothing=structure["label_smoothing"],
            is_multilabel=hasattr(self, "genres_"),
            device=device,
            net_params={**self._family_net_params(), **(structure["net_params"] or {})},
            optimizer__weight_decay=structure["weight_decay"],
            max_epochs=self.max_epochs,
            callbacks=None if self.callbacks is None else list(self.callbacks),
            **self._changeable_params(),
        )

    def _changeable_params(self) -> dict[str, Any]:
        """Return the parameters that a net can change without losing what it has learnt."""
        names = ("lr", "batch_size", "l1", "l2", "gradient_clip", "mixed_precision")
        return {name: getattr(self, name) for name in names}

    def _train(
        self,
        X: np.ndarray | StoredRows,
        y: np.ndarray,
        weight: np.ndarray,
        groups: np.ndarray | None,
        *,
        n_epochs: int,
        is_warm: bool,
        schedule: str,
    ) -> np.ndarray | None:
        """Train, and return the indices of the clips that were set aside, if any were."""
        self.__dict__.pop("_rows_set_aside", None)
        from .device import explain_out_of_memory, fork_rng, list_devices, take_turns
        from .skorch_net import ClipDataset

        name = type(self).__name__
        devices = list_devices(name, self.device)
        seed = self._draw_seed()
        is_stopped_early = self.early_stopping and n_epochs > 1
        training, validation, held = ClipDataset(X, y, weight), None, None
        if is_stopped_early:
            kept, held = split_validation(
                y, groups, self.validation_fraction, np.random.RandomState(seed), name
            )
            if isinstance(X, StoredRows):
                # Clips of one chunk follow each other, and it is read once.
                kept, held = np.sort(kept), np.sort(held)
            training = ClipDataset(X, y, weight, kept)
            validation = ClipDataset(X, y, weight, held)
        # Continued training must not repeat the earlier shuffling and dropout.
        n_done = len(self._history.get("epoch", ())) if is_warm else 0
        seeds = np.random.SeedSequence([seed, n_done]).generate_state(2)
        with (
            take_turns(name, devices, self._device_of_net() if is_warm else None) as device,
            fork_rng(device, int(seeds[0])),
            explain_out_of_memory(name, self.batch_size, X.shape[1:]),
        ):
            self._run_epochs(
                training,
                validation,
                device,
                int(seeds[1]),
                n_epochs=n_epochs,
                is_warm=is_warm,
                schedule=schedule,
                patience=self.n_iter_no_change if is_stopped_early else None,
            )
        if held is not None:
            self._rows_set_aside = held
        return held

    def _run_epochs(
        self,
        training: "MapDataset",
        validation: "MapDataset | None",
        device: str,
        seed: int,
        *,
        n_epochs: int,
        is_warm: bool,
        schedule: str,
        patience: int | None,
    ) -> None:
        from .augmentation_check import prepare_augmentation
        from .skorch_net import move_net, set_callbacks, train

        if is_warm:
            net = self.net_
            move_net(net, device)
            net.set_params(**self._changeable_params())
            set_callbacks(net, self.callbacks)
            self._set_learning_rates(net)
        else:
            structure = self._structure()
            net = self._make_net(device, structure)
            self._prepare_module(net.module_)
            self._set_statistics(net.module_, training)
            self._history: dict[str, np.ndarray] = {}
            self._net = net
            self._trained_with = {
                name: value if callable(value) else deepcopy(value)
                for name, value in structure.items()
            }
            self._forget_inference()
        name = type(self).__name__
        augmentation = prepare_augmentation(name, self.augmentation, net.module_, self._input_shape)
        earlier = self._history
        net.history_.clear()

        def keep_history() -> None:
            self._history = join_histories(earlier, read_history(net.history))
            net.module_.eval()

        train(
            net,
            training,
            validation,
            name=name,
            n_epochs=n_epochs,
            patience=patience,
            schedule=schedule,
            ema_decay=self.ema_decay,
            augmentation=augmentation,
            seed=seed,
            progress=bool(self.verbose),
            after=keep_history,
        )

    def _draw_seed(self) -> int:
        """Return a seed; with ``random_state=None`` a new one, without touching global state."""
        return draw_seed(self.random_state, touch_global_state=False)

    def _inference_device(self) -> str:
        """Return the device to predict on: the CPU if the requested one is not available."""
        from .device import resolve_device

        try:
            device = resolve_device(type(self).__name__, self.device)
        except ValueError:
            return "cpu"
        fitted_on = self._device_of_net() or ""
        # The module stays on the GPU that the fit took.
        return fitted_on if device == "cuda" and fitted_on.startswith("cuda") else device
