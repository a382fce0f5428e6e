"""Base of all network classifiers: input, labels, weights, training, pickles."""

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from .._labels import check_labels, check_two_classes
from .._seeds import draw_seed
from ._constraints import TRAINING_CONSTRAINTS
from ._net_params import check_net_params
from ._network_input import check_network_input
from ._network_state import NetworkState
from ._training_history import join_histories, read_history
from ._validation_split import split_validation

if TYPE_CHECKING:
    from ._map_dataset import MapDataset
    from ._skorch_net import TrainingNet


class NetworkClassifier(ClassifierMixin, NetworkState):
    """Base of the network classifiers; a family adds its module and its parameters' names."""

    # Arguments of the net that a family's own parameters set.
    _owned_net_params: ClassVar[dict[str, str]] = {}
    # The axis that a table lacks: bands (1), or frames (2).
    _table_axis: ClassVar[int]

    _parameter_constraints: ClassVar[dict] = TRAINING_CONSTRAINTS

    lr: float
    max_epochs: int
    batch_size: int
    optimizer: str
    weight_decay: float
    schedule: str
    gradient_clip: float | None
    label_smoothing: float
    ema_decay: float | None
    augmentation: Any
    mixed_precision: bool
    l1: float
    l2: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    class_weight: Any
    warm_start: bool
    callbacks: Sequence[Any] | None
    net_params: dict[str, Any] | None
    device: str
    random_state: Any
    verbose: int

    def _prepare_module(self, module: Any) -> None:
        """Change the initial weights of a new module, before training."""

    def _set_learning_rates(self, net: "TrainingNet") -> None:
        """Set the learning rates that differ from `lr`, when training continues."""

    def _family_net_params(self) -> dict[str, Any]:
        """Return arguments of the skorch net that the family adds."""
        return {}

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table.
        y : array-like of shape (n_clips,)
            Genres: strings or numbers of any kind, at least two, none missing.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.
        groups : array-like of shape (n_clips,), default=None
            Group labels, such as artists, or the clip that a segment is from; early stopping never
            splits a group between training and validation.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ShapeMismatchError
            If X has a segments axis.
        ValueError
            If a clip has no genre or all have the same one, if `warm_start` would continue with
            another network, if the loss becomes NaN, or if early stopping can't hold out clips.
        KeyboardInterrupt
            On Ctrl-C, after the best epoch so far was restored.
        """
        is_warm = self._check_before_training("warm_start", self.warm_start)
        X, encoded, weight, groups = self._check_fit_input(
            X, y, sample_weight, groups, classes=None, reset=not is_warm
        )
        self._train(
            X,
            encoded,
            weight,
            groups,
            n_epochs=self.max_epochs,
            is_warm=is_warm,
            schedule=self.schedule,
        )
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more epoch.

        After loading from a file a new optimizer starts: its state is not kept.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table. The first call fixes the standardization of bands.
        y : array-like of shape (n_clips,)
            Genres.
        classes : array-like, default=None
            All genres, those of later calls too. Needed in the first call if `y` lacks some.
        sample_weight : array-like of shape (n_clips,), default=None
            Per-clip sample weights.

        Returns
        -------
        self
            The classifier.
        """
        is_warm = self._check_before_training("partial_fit", True)
        X, encoded, weight, _ = self._check_fit_input(
            X, y, sample_weight, None, classes=classes, reset=not is_warm
        )
        # One call does not know how many epochs will follow.
        self._train(X, encoded, weight, None, n_epochs=1, is_warm=is_warm, schedule="constant")
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each genre.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table, as in fit.

        Returns
        -------
        ndarray of shape (n_clips, n_classes), float32
            Probabilities, in the order of ``classes_``. Their type says their precision: the
            network computes in float32.
        """
        check_is_fitted(self)
        from ._network_weights import predict_logits
        from ._training_device import explain_out_of_memory

        maps = check_network_input(self, X, reset=False)
        module = self._inference_module()
        with explain_out_of_memory(type(self).__name__, self.batch_size, maps.shape[1:]):
            logits = predict_logits(module, maps, self._inference_device(), self.batch_size)
        return softmax(logits.astype(np.float64), axis=1).astype(np.float32)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable genre.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table, as in fit.

        Returns
        -------
        ndarray of shape (n_clips,)
            Genres, as they were given in fit.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def _check_before_training(self, method: str, goes_on: bool) -> bool:
        """Check what decides how the net is built; return whether training goes on."""
        name = type(self).__name__
        check_net_params(name, self.net_params, self._module_parameters, self._owned_net_params)
        is_warm = goes_on and self.__sklearn_is_fitted__()
        if is_warm:
            self._check_same_structure(method)
        return is_warm

    def _check_fit_input(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, *, classes: Any, reset: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
        name = type(self).__name__
        check_labels(name, y)
        maps = check_network_input(self, X, y, reset=reset)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        check_consistent_length(maps, y, groups)
        if reset:
            if classes is not None:
                check_labels(name, classes)
            self.classes_ = np.unique(y if classes is None else classes)
            check_two_classes(name, self.classes_)
            self._input_shape = maps.shape[1:]
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            raise ValueError(
                f"{name}: y has the genre {unknown.tolist()[0]!r}, which is "
                f"not among the classes {self.classes_.tolist()}."
            )
        encoded = np.searchsorted(self.classes_, y)
        weight = _check_sample_weight(
            sample_weight, maps, dtype=np.float64, ensure_non_negative=True
        )
        if self.class_weight is not None:
            weight = weight * compute_sample_weight(self.class_weight, y)
        if weight.sum() == 0:
            raise ValueError(f"{name}: all sample weights are zero.")
        weight = (weight / weight.mean()).astype(np.float32)
        return maps, encoded, weight, None if groups is None else np.asarray(groups)

    def _make_net(self, device: str, structure: dict[str, Any]) -> "TrainingNet":
        from ._skorch_net import make_net

        return make_net(
            self._module_class(),
            self._module_arguments(structure),
            optimizer=structure["optimizer"],
            label_smoothing=structure["label_smoothing"],
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
        X: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray,
        groups: np.ndarray | None,
        *,
        n_epochs: int,
        is_warm: bool,
        schedule: str,
    ) -> None:
        from ._skorch_net import ClipDataset
        from ._training_device import (
            explain_out_of_memory,
            fork_rng,
            resolve_device,
            take_turns,
        )

        name = type(self).__name__
        device = resolve_device(name, self.device)
        seed = self._draw_seed()
        is_stopped_early = self.early_stopping and n_epochs > 1
        training, validation = ClipDataset(X, y, weight), None
        if is_stopped_early:
            kept, held = split_validation(
                y, groups, self.validation_fraction, np.random.RandomState(seed), name
            )
            training = ClipDataset(X, y, weight, kept)
            validation = ClipDataset(X, y, weight, held)
        # Continued training must not repeat the earlier shuffling and dropout.
        n_done = len(self._history.get("epoch", ())) if is_warm else 0
        seeds = np.random.SeedSequence([seed, n_done]).generate_state(2)
        with (
            take_turns(name, device),
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
        from ._augmentation_check import check_augmentation
        from ._map_dataset import band_statistics
        from ._skorch_net import set_callbacks, train

        if is_warm:
            net = self.net_
            net.module_.to(device)
            net.set_params(device=device, **self._changeable_params())
            set_callbacks(net, self.callbacks)
            self._set_learning_rates(net)
        else:
            structure = self._structure()
            net = self._make_net(device, structure)
            self._prepare_module(net.module_)
            net.module_.standardize.set(*band_statistics(training))
            self._history: dict[str, np.ndarray] = {}
            self._net = net
            self._trained_with = deepcopy(structure)
            self._forget_inference()
        if self.augmentation is not None:
            check_augmentation(
                type(self).__name__, self.augmentation, net.module_, self._input_shape
            )
        earlier = self._history
        net.history_.clear()

        def keep_history() -> None:
            self._history = join_histories(earlier, read_history(net.history))
            net.module_.eval()

        train(
            net,
            training,
            validation,
            name=type(self).__name__,
            n_epochs=n_epochs,
            patience=patience,
            schedule=schedule,
            ema_decay=self.ema_decay,
            augmentation=self.augmentation,
            seed=seed,
            progress=bool(self.verbose),
            after=keep_history,
        )

    def _draw_seed(self) -> int:
        """Return a seed; with ``random_state=None`` a new one, without touching global state."""
        return draw_seed(self.random_state, touch_global_state=False)

    def _inference_device(self) -> str:
        """Return the device to predict on: the CPU if the requested one is not available."""
        from ._training_device import resolve_device

        try:
            return resolve_device(type(self).__name__, self.device)
        except ValueError:
            return "cpu"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        return tags
