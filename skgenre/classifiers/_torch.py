"""Networks of your own, and the base of all network classifiers."""

import inspect
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import _fit_context
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from .._dict_params import DictParams, name_of
from .._genre_matrix import is_multilabel
from .._labels import check_labels, check_two_classes, weigh_clips
from .._public import public
from .._several_genres import (
    SeveralGenresMixin,
    forget_several_genres,
    give_form,
    refuse_threshold,
)
from .._stored_rows import StoredRows, keep_near
from ._training.constraints import TRAINING_CONSTRAINTS
from ._training.multilabel_target import check_multilabel, set_thresholds
from ._training.net_params import check_net_params
from ._training.network_input import check_network_input
from ._training.trainer import NetworkTrainer

# Arguments of a module that fit sets.
_SIZES = ("n_bands", "n_frames", "n_outputs")


@public
class TorchClassifier(SeveralGenresMixin, DictParams, NetworkTrainer):
    """Your own PyTorch network over feature maps, with the training of all networks here.

    Bands are standardized first, with the training clips' means and deviations. A table of shape
    (n_clips, n_features) is treated as maps of one frame.

    Parameters
    ----------
    module : class or function
        Makes the network: ``module(n_bands=…, n_frames=…, n_outputs=…, **module_params)`` returns a
        new :class:`torch.nn.Module` from standardized maps (n_clips, n_bands, n_frames) to logits
        (n_clips, n_outputs).
    module_params : dict, default=None
        Further arguments of `module`. A search reaches them as ``module_params__width``.
    center : {"clip"} or None, default=None
        "clip" subtracts each band's mean over the frames of the clip, or segment, inside the
        network, before bands are standardized. Tables and maps of one frame are not centred.
    l1 : float, default=0.0
        L1 penalty: factor of the sum of absolute kernel weights in the loss.
    l2 : float, default=0.0
        L2 penalty: factor of the sum of squared kernel weights in the loss.
    lr : float, default=0.001
        Learning rate; the maximum of a schedule.
    max_epochs : int, default=30
        Maximum number of epochs.
    batch_size : int, default=32
        Clips per batch.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
        Optimizer.
    weight_decay : float, default=0.0
        Weight decay of the optimizer, applied to all weights.
    schedule : {"constant", "cosine", "one_cycle", "plateau"}, default="constant"
        Learning rate schedule: constant; cosine decay to 0 over `max_epochs`; one cycle up and
        down, changed at each step; or halved when the loss has not fallen for 4 epochs (the
        validation loss with `early_stopping`). `partial_fit` keeps the rate constant.
    gradient_clip : float, default=None
        Maximum norm of all gradients together. None disables clipping.
    label_smoothing : float, default=0.0
        Share of each target that is spread over all genres.
    ema_decay : float, default=None
        Decay per step of an exponential moving average of the weights, which validation and
        prediction then use. Such as 0.99.
    augmentation : Augmentation, callable or None, default=None
        Random augmentation of each training batch: an :class:`~skgenre.nn.Augmentation`, or a
        function or module of (maps, generator) that returns maps.
    mixed_precision : bool, default=False
        Whether to train in bfloat16 where that is safe. CUDA only; no effect elsewhere.
    early_stopping : bool, default=False
        Whether to hold out validation clips, stop when their loss no longer falls, and restore the
        best epoch.
    validation_fraction : float, default=0.1
        Share of clips to hold out, stratified by genre; a group is never split.
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss before training stops.
    class_weight : dict, "balanced" or None, default=None
        Class weights; "balanced" weights inversely to class frequency. With several genres per
        clip, a weight is that of the clips which have the genre, against those which don't.
    threshold : float, sequence of float or "f1", default=0.5
        Probability above which a clip has a genre, if `y` has several genres per clip: one for all
        or one for each. "f1" chooses each genre's for the highest F1 score of the validation clips
        of `early_stopping`.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous fit. Parameters of the network,
        `optimizer`, `weight_decay`, `label_smoothing` and `net_params` must be unchanged. After
        loading from a file a new optimizer is used.
    callbacks : list of skorch callbacks, default=None
        Called during training. Scorers get indices into ``classes_`` as y; their scores are columns
        of ``history_``.
    net_params : dict, default=None
        Further arguments of the skorch net, such as ``optimizer__momentum``. Arguments that a
        parameter of the classifier sets are refused. ``{"plateau_patience": 10}`` sets the patience
        of the "plateau" schedule to 10 epochs.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1" or "mps"; "auto" uses CUDA, else MPS, else the CPU. With several
        GPUs, "auto" and "cuda" take the first one that no other fit uses. A model loaded where its
        device is missing predicts on the CPU.
    random_state : int, RandomState instance or None, default=None
        Seeds initial weights, shuffling, dropout, augmentation and the validation split.
    verbose : int, default=0
        Above 0, show a progress bar with the time left, loss and accuracy on standard error.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres. With several genres per clip, a list of ``array([0, 1])``, one for each genre.
    genres_ : ndarray of shape (n_genres,)
        The genres, in the order of the columns, if clips may have several.
    thresholds_ : ndarray of shape (n_genres,)
        Their thresholds, if clips may have several.
    n_features_in_ : int
        Number of columns, when fitted on a table.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, when fitted on a DataFrame.
    device_ : str
        Device of the last fit, such as "cuda:1"; after loading from a file, the device that
        predicts.
    history_ : DataFrame
        One row per epoch: losses, accuracies, seconds, learning rate, and scores of callbacks.
    net_ : skorch.NeuralNet
        The net, with the torch module in ``net_.module_``.

    See Also
    --------
    CNNClassifier : Networks that are ready to use, trained in the same way.

    Notes
    -----
    To pickle or save the classifier, define `module` at the top level of a module, not in another
    function or as a lambda. :func:`~skgenre.persistence.save_model` and
    :func:`~skgenre.persistence.load_model` need its name as `trusted`.

    References
    ----------
    .. [1] M. Tietz et al., "skorch: A scikit-learn compatible neural network library that wraps
       PyTorch", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from skgenre.classifiers import TorchClassifier
    >>> def linear(n_bands, n_frames, n_outputs, dropout=0.0):
    ...     return torch.nn.Sequential(
    ...         torch.nn.Flatten(),
    ...         torch.nn.Dropout(dropout),
    ...         torch.nn.Linear(n_bands * n_frames, n_outputs),
    ...     )
    >>> maps = np.random.default_rng(0).normal(size=(6, 16, 40))
    >>> y = ["blues", "metal", "jazz"] * 2
    >>> network = TorchClassifier(linear, module_params={"dropout": 0.1}, max_epochs=1)
    >>> network.fit(maps, y).predict_proba(maps).shape
    (6, 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        **TRAINING_CONSTRAINTS,
        "module": [callable],
        "module_params": [dict, None],
    }
    _dict_parameter: ClassVar[str] = "module_params"
    _dict_function: ClassVar[str] = "module"
    _module_parameters: ClassVar[tuple[str, ...]] = ("module", "module_params", "center")
    # Arguments of the net that a family's own parameters set.
    _owned_net_params: ClassVar[dict[str, str]] = {}
    # The axis that a table lacks: bands (1), or frames (2).
    _table_axis: ClassVar[int] = 2

    def __init__(
        self,
        module: Any,
        *,
        module_params: dict[str, Any] | None = None,
        center: str | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        lr: float = 1e-3,
        max_epochs: int = 30,
        batch_size: int = 32,
        optimizer: str = "adam",
        weight_decay: float = 0.0,
        schedule: str = "constant",
        gradient_clip: float | None = None,
        label_smoothing: float = 0.0,
        ema_decay: float | None = None,
        augmentation: Any = None,
        mixed_precision: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        class_weight: Any = None,
        threshold: Any = 0.5,
        warm_start: bool = False,
        callbacks: Sequence[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        device: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.module = module
        self.module_params = module_params
        self.center = center
        self.l1 = l1
        self.l2 = l2
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.gradient_clip = gradient_clip
        self.label_smoothing = label_smoothing
        self.ema_decay = ema_decay
        self.augmentation = augmentation
        self.mixed_precision = mixed_precision
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.threshold = threshold
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.net_params = net_params
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _module_class(self) -> Any:
        """Return the torch module's class."""
        from ..nn._blocks import OwnNetwork

        return OwnNetwork

    def _check_module(self) -> None:
        """Refuse what makes no new network of the size of the maps."""
        from torch.nn import Module

        name, module = type(self).__name__, self.module
        if isinstance(module, Module):
            kind = type(module).__name__
            raise TypeError(
                f"The 'module' parameter of {name} must be a class or function that makes a new "
                f"network. Got an instance of {kind}, which would keep its weights from fold to "
                f"fold, and so leak test clips into training: pass the class, module={kind}, and "
                f"its arguments as module_params."
            )
        reserved = dict.fromkeys(_SIZES[:2], "it is the size of the maps, which fit reads from X")
        reserved["n_outputs"] = "it is the number of genres, which fit reads from y"
        self._check_entries(module, "module", reserved)
        try:
            signature = inspect.signature(module)
        except (TypeError, ValueError):  # as of some built-in functions
            return
        try:
            signature.bind(**dict.fromkeys(_SIZES), **(self.module_params or {}))
        except TypeError as error:
            raise TypeError(
                f"The 'module' parameter of {name} is called with n_bands, n_frames, n_outputs and "
                f"module_params, all by name, and {name_of(module)}{signature} can't be: {error}. "
                f"Pass a function of these arguments that calls {name_of(module)}."
            ) from error

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table. Maps in a :class:`~skgenre.stores.FeatureStore` larger than
            its `max_in_memory` are read a part at a time, and shuffled within the parts.
        y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets
            Genres: strings or numbers of any kind, at least two, none missing. For several genres
            per clip a matrix of 0 and 1, a DataFrame of it with genres as columns, or sets of
            names; an empty row means none.
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
            another network, if the loss becomes NaN, or if early stopping can't hold out clips, or
            has to for ``threshold="f1"`` and is off.
        KeyboardInterrupt
            On Ctrl-C, after the best epoch so far was restored.
        """
        is_warm = self._check_before_training("warm_start", self.warm_start)
        X, encoded, weight, groups = self._check_fit_input(
            X, y, sample_weight, groups, classes=None, reset=not is_warm
        )
        with keep_near(X) as near:
            validation = self._train(
                near,
                encoded,
                weight,
                groups,
                n_epochs=self.max_epochs,
                is_warm=is_warm,
                schedule=self.schedule,
            )
            if self._is_multilabel:
                set_thresholds(self, near, encoded, validation)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more epoch.

        After loading from a file a new optimizer starts: its state is not kept.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table. The first call fixes the standardization of bands.
        y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets
            Genres, as in fit.
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
        with keep_near(X) as near:
            self._train(
                near, encoded, weight, None, n_epochs=1, is_warm=is_warm, schedule="constant"
            )
            if self._is_multilabel:
                set_thresholds(self, near, encoded, None)
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
            Probabilities, in the order of ``classes_``, or of ``genres_`` if clips may have
            several; those of a clip then don't sum to 1. Their type says their precision: the
            network computes in float32.
        """
        check_is_fitted(self)
        from ._training.device import explain_out_of_memory
        from ._training.weights import predict_logits

        maps = check_network_input(self, X, reset=False)
        module = self._inference_module()
        with explain_out_of_memory(type(self).__name__, self.batch_size, maps.shape[1:]):
            logits = predict_logits(module, maps, self._inference_device(), self.batch_size)
        logits = logits.astype(np.float64)
        if self._is_multilabel:
            return np.where(self._is_seen, expit(logits), 0.0).astype(np.float32)
        return softmax(logits, axis=1).astype(np.float32)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable genre, or all genres above their thresholds.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_features)
            Feature maps, or a table, as in fit.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_genres), DataFrame, or list of set
            Genres, as they were given in fit.
        """
        probabilities = self.predict_proba(X)
        if self._is_multilabel:
            return give_form(probabilities > self.thresholds_, self.genres_, self._target_form)
        return self.classes_[probabilities.argmax(axis=1)]

    def _check_before_training(self, method: str, goes_on: bool) -> bool:
        """Check what decides how the net is built; return whether training goes on."""
        name = type(self).__name__
        if "module" in self._module_parameters:
            self._check_module()
        check_net_params(name, self.net_params, self._module_parameters, self._owned_net_params)
        is_warm = goes_on and self.__sklearn_is_fitted__()
        if is_warm:
            self._check_same_structure(method)
        return is_warm

    @property
    def _is_multilabel(self) -> bool:
        """Whether clips may have several genres."""
        return hasattr(self, "genres_")

    def _check_fit_input(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, *, classes: Any, reset: bool
    ) -> tuple[np.ndarray | StoredRows, np.ndarray, np.ndarray, np.ndarray | None]:
        name = type(self).__name__
        if is_multilabel(y):
            maps = check_network_input(self, X, reset=reset)
            encoded, weight = check_multilabel(
                self, maps, y, sample_weight, classes=classes, reset=reset
            )
        else:
            check_labels(name, y)
            maps = check_network_input(self, X, y, reset=reset)
            encoded, weight = self._check_genres(maps, y, sample_weight, classes, reset=reset)
        check_consistent_length(maps, encoded, groups)
        if reset:
            self._input_shape = (maps.shape[1], maps.shape[2])
        if weight.sum() == 0:
            raise ValueError(f"{name}: all sample weights are zero.")
        weight = (weight / weight.mean()).astype(np.float32)
        return maps, encoded, weight, None if groups is None else np.asarray(groups)

    def _check_genres(
        self,
        maps: np.ndarray | StoredRows,
        y: Any,
        sample_weight: Any,
        classes: Any,
        *,
        reset: bool,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of the genres, one per clip, and the weights of the clips."""
        name = type(self).__name__
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        check_consistent_length(maps, y)
        refuse_threshold(name, self.threshold)
        if reset:
            if classes is not None:
                check_labels(name, classes)
            forget_several_genres(self)
            self.classes_ = np.unique(y if classes is None else classes)
            check_two_classes(name, self.classes_)
        elif self._is_multilabel:
            raise ValueError(
                f"{name} was fitted on clips of several genres, and y has one per clip: go on with "
                f"a matrix or sets of {', '.join(map(str, self.genres_[:5]))}, or fit a new one."
            )
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            raise ValueError(
                f"{name}: y has the genre {unknown.tolist()[0]!r}, which is "
                f"not among the classes {self.classes_.tolist()}."
            )
        encoded = np.searchsorted(self.classes_, y)
        return encoded, weigh_clips(maps, y, sample_weight, self.class_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_label = True
        return tags
