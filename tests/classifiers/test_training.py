"""Effects of each training parameter."""

import math
import re

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import BatchScoring, Callback, GradientNormClipping
from torch.utils._python_dispatch import TorchDispatchMode

from skgenre.classifiers import CNNClassifier
from skgenre.nn import Augmentation

FAST = {"channels": (4,), "max_epochs": 5, "lr": 1e-2, "random_state": 0, "device": "cpu"}


def cnn(**parameters):
    return CNNClassifier(**{**FAST, **parameters})


def weights_of(classifier):
    return {k: v.numpy().copy() for k, v in classifier.net_.module_.state_dict().items()}


def are_equal(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def parameters_of(module):
    return torch.cat([p.detach().flatten().clone() for p in module.parameters()])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
        ("rmsprop", torch.optim.RMSprop),
        ("sgd", torch.optim.SGD),
    ],
)
def test_an_optimizer_is_named(name, kind, maps):
    assert type(cnn(optimizer=name, max_epochs=1).fit(*maps).net_.optimizer_) is kind


def test_a_constant_schedule(maps):
    lr = cnn(schedule="constant").fit(*maps).history_["lr"]
    np.testing.assert_allclose(lr, 1e-2, rtol=1e-6)


def test_a_cosine_schedule(maps):
    lr = cnn(schedule="cosine").fit(*maps).history_["lr"]
    expected = [1e-2 * (1 + math.cos(math.pi * epoch / 5)) / 2 for epoch in range(5)]
    np.testing.assert_allclose(lr, expected, rtol=1e-5)


class LearningRates(Callback):
    """Remember the learning rate of each step."""

    def __init__(self):
        self.rates = []

    def on_grad_computed(self, net, named_parameters, **kwargs):
        self.rates.append(net.optimizer_.param_groups[0]["lr"])


def test_a_one_cycle_schedule_rises_and_falls_step_by_step(maps):
    watch = LearningRates()
    cnn(schedule="one_cycle", max_epochs=10, callbacks=[watch]).fit(*maps)
    rates = np.array(watch.rates)
    assert len(rates) == 20
    peak = rates.argmax()
    assert 0 < peak < 10
    assert rates[peak] == pytest.approx(1e-2, rel=0.05)
    assert (np.diff(rates[: peak + 1]) > 0).all()
    assert (np.diff(rates[peak:]) < 0).all()
    assert rates[-1] < 1e-6


def test_a_plateau_schedule_halves_the_rate_when_the_loss_stays(maps):
    X, y = maps
    noise = np.random.default_rng(1).normal(size=X.shape)
    lr = cnn(
        schedule="plateau",
        max_epochs=40,
        early_stopping=True,
        n_iter_no_change=40,
        validation_fraction=0.3,
    )
    lr = lr.fit(noise, y).history_["lr"].to_numpy()
    assert set(np.round(lr[1:] / lr[:-1], 5)) == {1.0, 0.5}
    assert lr[3] == lr[0]


@pytest.mark.parametrize("patience", [1, 3])
def test_a_plateau_is_waited_for_as_long_as_one_says(patience, maps):
    """With steps of about zero no epoch has a lower loss than the first."""
    lr = (
        cnn(
            schedule="plateau",
            optimizer="sgd",
            gradient_clip=1e-12,
            norm="layer",
            dropout=0.0,
            max_epochs=8,
            net_params={"plateau_patience": patience},
        )
        .fit(*maps)
        .history_["lr"]
    )
    expected = [1e-2 / 2 ** max(0, (epoch - 1) // patience) for epoch in range(8)]
    np.testing.assert_allclose(lr, expected, rtol=1e-5)


def test_partial_fit_has_no_schedule(maps):
    classifier = cnn(schedule="one_cycle")
    for _ in range(3):
        classifier.partial_fit(*maps)
    np.testing.assert_allclose(classifier.history_["lr"], 1e-2, rtol=1e-6)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_warm_start_begins_the_schedule_anew_at_the_rate_it_is_given(schedule, maps):
    classifier = cnn(schedule=schedule, warm_start=True).fit(*maps)
    lr = classifier.set_params(lr=1e-3).fit(*maps).history_["lr"].to_numpy()
    np.testing.assert_allclose(lr[:5], 10 * lr[5:], rtol=1e-5)


def test_gradient_clip_limits_a_step(maps):
    one_step = {"optimizer": "sgd", "max_epochs": 1, "batch_size": 60, "schedule": "constant"}
    first = parameters_of(cnn(**one_step, lr=1e-30).fit(*maps).net_.module_)
    free, limited = (
        parameters_of(cnn(**one_step, lr=1.0, gradient_clip=clip).fit(*maps).net_.module_)
        for clip in (None, 1e-3)
    )
    assert (free - first).norm() > 1e-2
    assert (limited - first).norm() == pytest.approx(1e-3, rel=1e-2)


def test_label_smoothing_keeps_the_loss_above_the_entropy_of_its_targets(maps):
    smooth, sharp = (
        cnn(label_smoothing=share, max_epochs=40, dropout=0.0, center=None)
        .fit(*maps)
        .history_["train_loss"]
        for share in (0.5, 0.0)
    )
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert smooth.min() > entropy - 1e-6
    assert sharp.min() < 0.5 * entropy


class Steps(Callback):
    """Remember the weights behind each step."""

    def __init__(self):
        self.weights = []

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.weights.append(parameters_of(net.module_))

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            self.weights.append(parameters_of(net.module_))


def test_ema_decay_averages_the_weights(maps):
    steps = Steps()
    averaged = cnn(ema_decay=0.6, callbacks=[steps]).fit(*maps)
    # torch's average begins with the weights behind the first step.
    expected = steps.weights[1]
    for number, weights in enumerate(steps.weights[2:], start=2):
        decay = min(0.6, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * weights
    found = parameters_of(averaged.net_.module_)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert not torch.allclose(found, steps.weights[-1], rtol=1e-4, atol=1e-6)


class Epochs(Callback):
    """Remember the weights that are trained behind each epoch."""

    def __init__(self):
        self.weights = []

    def on_epoch_end(self, net, **kwargs):
        self.weights.append(parameters_of(net.module_))


class Held(Callback):
    """Keep the validation clips."""

    def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        self.X, self.y = dataset_valid.X, dataset_valid.y


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_early_stopping_restores_what_had_the_best_validation_loss(ema_decay, maps):
    X, y = maps
    noise = np.random.default_rng(1).normal(size=X.shape).astype(np.float32)
    held, epochs = Held(), Epochs()
    fitted = cnn(
        ema_decay=ema_decay,
        early_stopping=True,
        max_epochs=60,
        n_iter_no_change=8,
        validation_fraction=0.3,
        callbacks=[held, epochs],
    ).fit(noise, y)
    losses = fitted.history_["valid_loss"]
    assert losses.idxmin() < len(losses) - 1
    probabilities = fitted.predict_proba(held.X)[np.arange(len(held.y)), held.y]
    assert -np.log(probabilities).mean() == pytest.approx(losses.min(), rel=1e-4)
    trained = epochs.weights[losses.idxmin()]
    is_trained = torch.equal(parameters_of(fitted.net_.module_), trained)
    assert is_trained == (ema_decay is None)


class Lengths(Callback):
    """Remember how many frames the module gets, in training and in validation."""

    def __init__(self):
        self.seen = set()

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        net.module_.register_forward_pre_hook(
            lambda module, inputs: self.seen.add((module.training, inputs[0].shape[2]))
        )


def test_augmentation_changes_batches_in_training_alone(maps):
    lengths = Lengths()
    cnn(augmentation=Augmentation(time_crop=0.5), early_stopping=True, callbacks=[lengths]).fit(
        *maps
    )
    assert lengths.seen - {(False, 6)} == {(True, 6), (False, 12)}


def test_augmentation_is_fixed_by_random_state(maps):
    noisy = cnn(augmentation=Augmentation(noise=0.5, freq_masks=1))
    one, two = (weights_of(clone(noisy).fit(*maps)) for _ in range(2))
    assert are_equal(one, two)
    assert not are_equal(one, weights_of(cnn().fit(*maps)))


def test_an_augmentation_that_does_nothing_changes_no_weight(maps):
    assert are_equal(
        weights_of(cnn(augmentation=Augmentation()).fit(*maps)), weights_of(cnn().fit(*maps))
    )


def test_a_search_reaches_into_the_augmentation(maps):
    network = cnn(augmentation=Augmentation(noise=0.1))
    search = GridSearchCV(network, {"augmentation__noise": [0.1, 1e6]}, cv=2).fit(*maps)
    assert search.best_params_ == {"augmentation__noise": 0.1}
    assert network.augmentation.noise == 0.1


TARGETS = []


class Watched(torch.nn.CrossEntropyLoss):
    def forward(self, logits, target):
        TARGETS.append(target)
        return super().forward(logits, target)


def test_mixup_mixes_targets(maps):
    TARGETS.clear()
    cnn(augmentation=Augmentation(mixup=1.0), net_params={"criterion": Watched}).fit(*maps)
    shares = torch.cat(TARGETS)
    torch.testing.assert_close(shares.sum(1), torch.ones(len(shares)))
    assert ((shares > 0.01) & (shares < 0.99)).any()


class OwnCrossEntropy(torch.nn.CrossEntropyLoss):
    """A criterion that isn't computed in one kernel."""


@pytest.mark.parametrize("augmentation", [None, Augmentation(mixup=1.0)])
def test_the_mean_loss_of_equal_weights_is_that_of_single_losses(maps, augmentation):
    settings = {"label_smoothing": 0.1, "augmentation": augmentation}
    fitted = cnn(**settings).fit(*maps)
    other = cnn(net_params={"criterion": OwnCrossEntropy}, **settings).fit(*maps)
    for name in ("train_loss", "train_accuracy"):
        np.testing.assert_allclose(fitted.history_[name], other.history_[name], rtol=1e-4)


class TwoLosses(torch.optim.SGD):
    """An optimizer that computes the loss twice a step, between which the weights change."""

    def step(self, closure=None):
        super().step(closure)
        return super().step(closure)


class BatchFollower(Callback):
    def on_grad_computed(self, net, named_parameters, **kwargs):
        assert dict(named_parameters)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, TwoLosses])
def test_a_callback_that_follows_batches_changes_no_result(optimizer, maps):
    settings = {"net_params": {"optimizer": optimizer}}
    fitted = cnn(**settings).fit(*maps)
    followed = cnn(callbacks=[BatchFollower()], **settings).fit(*maps)
    assert are_equal(weights_of(fitted), weights_of(followed))
    np.testing.assert_array_equal(fitted.history_["train_loss"], followed.history_["train_loss"])


def test_weights_of_classes_in_the_criterion_count(maps):
    weight = torch.tensor([0.2, 5.0])
    settings = {"criterion__weight": weight}
    fitted = cnn(net_params=settings).fit(*maps)
    other = cnn(net_params={"criterion": OwnCrossEntropy, **settings}).fit(*maps)
    np.testing.assert_allclose(
        fitted.history_["train_loss"], other.history_["train_loss"], rtol=1e-4
    )


def test_mixup_mixes_weights(maps):
    """A clip of no weight is as if it were not there, mixed with another one, too."""
    X, y = maps
    TARGETS.clear()
    weight = (y == "metal").astype(float)
    cnn(augmentation=Augmentation(mixup=1.0), net_params={"criterion": Watched}).fit(
        X, y, sample_weight=weight
    )
    shares = torch.cat(TARGETS)
    assert (shares[:, 0] == 0).all()
    assert set(shares[:, 1].round().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("augmentation", "error", "message"),
    [
        (lambda X, generator: (X, None), TypeError, r"CNNClassifier must return a tensor of shape"),
        (
            lambda X, generator: X[:1],
            ValueError,
            r"\(2, 8, …\) .* Got the shape \(1, 8, 12",
        ),
        (lambda X, generator: X[..., :4], ValueError, r"crops of 4 frames: its network takes maps"),
        (Augmentation(noise=-1.0), ValueError, r"'noise' parameter of Augmentation must be .* -1"),
        (
            Augmentation(time_crop=0.5),
            ValueError,
            r"CNNClassifier can't be trained on crops of 6 frames: .* maps of 12 frames alone",
        ),
    ],
)
def test_an_augmentation_that_can_not_be_is_refused(augmentation, error, message, maps):
    with pytest.raises(error, match=message):
        cnn(augmentation=augmentation, head="flatten").fit(*maps)


def test_mixed_precision_changes_nothing_on_the_cpu(maps):
    assert are_equal(weights_of(cnn(mixed_precision=True).fit(*maps)), weights_of(cnn().fit(*maps)))


@pytest.mark.cuda
def test_mixed_precision_computes_in_bfloat16(maps):
    if not torch.cuda.is_available():
        pytest.skip("needs CUDA")
    kinds = set()

    class Kinds(Callback):
        def on_train_begin(self, net, X=None, y=None, **kwargs):
            net.module_.register_forward_hook(lambda m, inputs, output: kinds.add(output.dtype))

    history = cnn(mixed_precision=True, device="cuda", callbacks=[Kinds()]).fit(*maps).history_
    assert kinds == {torch.bfloat16}
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]


class Orders(Callback):
    """Remember in which order the clips come."""

    def __init__(self):
        self.orders = []

    def on_epoch_begin(self, net, **kwargs):
        self.orders.append([])

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        self.orders[-1] += batch[0][:, 0, 0].tolist()


def test_each_epoch_has_an_order_of_its_own(maps):
    X, y = maps
    X[:, 0, 0] = np.arange(60)
    orders = Orders()
    cnn(max_epochs=3, callbacks=[orders]).fit(X, y)
    assert all(sorted(order) == list(range(60)) for order in orders.orders)
    assert len({tuple(order) for order in orders.orders}) == 3


def test_partial_fit_does_not_repeat_the_order(maps):
    X, y = maps
    X[:, 0, 0] = np.arange(60)
    orders = Orders()
    classifier = cnn(callbacks=[orders])
    classifier.partial_fit(X, y).partial_fit(X, y).partial_fit(X, y)
    assert len({tuple(order) for order in orders.orders}) == 3


def test_callbacks_that_look_at_batches_are_called_for_each(maps):
    scoring = BatchScoring(lambda net, X, y: 0.5, name="half", on_train=True)
    clip = GradientNormClipping(gradient_clip_value=1e-9)
    watched = cnn(callbacks=[scoring, clip]).fit(*maps)
    assert watched.net_.history[:, "half"] == [0.5] * 5
    assert [len(row["batches"]) for row in watched.net_.history] == [2] * 5
    assert not are_equal(weights_of(watched), weights_of(cnn().fit(*maps)))


def test_watching_changes_no_weight_and_no_loss(maps):
    plain, watched = cnn().fit(*maps), cnn(callbacks=[Orders()]).fit(*maps)
    assert are_equal(weights_of(plain), weights_of(watched))
    columns = ["train_loss", "train_accuracy", "lr"]
    assert plain.history_[columns].equals(watched.history_[columns])


def test_losses_and_accuracies_are_means_over_clips(maps):
    """With a learning rate of about zero they are those of the first weights."""
    X, y = maps
    fitted = cnn(lr=1e-30, norm="layer", dropout=0.0, max_epochs=1, batch_size=25).fit(X, y)
    probabilities = fitted.predict_proba(X)[np.arange(60), (y == "metal").astype(int)]
    row = fitted.history_.iloc[0]
    assert row["train_loss"] == pytest.approx(-np.log(probabilities).mean(), rel=1e-5)
    assert row["train_accuracy"] == pytest.approx(fitted.score(X, y), rel=1e-5)


def test_the_best_epochs_are_marked_as_skorch_marks_them(maps):
    history = cnn(max_epochs=10).fit(*maps).net_.history
    losses = history[:, "train_loss"]
    expected = [all(loss < other for other in losses[:i]) for i, loss in enumerate(losses)]
    assert history[:, "train_loss_best"] == expected


def test_prediction_takes_no_larger_batches_than_training(maps):
    sizes = []
    fitted = cnn(batch_size=7).fit(*maps)
    expected = fitted.predict_proba(maps[0])
    fitted.net_.module_.register_forward_pre_hook(lambda m, inputs: sizes.append(len(inputs[0])))
    np.testing.assert_allclose(fitted.predict_proba(maps[0]), expected)
    assert sizes == [7] * 8 + [4]


def test_the_progress_bar_shows_epochs_time_left_and_loss(maps, capsys, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    cnn(verbose=1, early_stopping=True).fit(*maps)
    shown = capsys.readouterr()
    assert shown.out == ""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.err)
    for part in ("CNNClassifier", "5/5 epochs", "0:00:0", "valid loss", "accuracy"):
        assert part in text


def test_maps_of_a_file_give_the_same_weights_as_maps_in_memory(maps, tmp_path):
    X, y = maps
    np.save(tmp_path / "maps.npy", X)
    mapped = np.load(tmp_path / "maps.npy", mmap_mode="r")
    assert are_equal(
        weights_of(cnn(early_stopping=True).fit(X, y)),
        weights_of(cnn(early_stopping=True).fit(mapped, y)),
    )


class _Waits(TorchDispatchMode):
    """Count the numbers read from tensors: on a GPU each read waits for all work before it."""

    def __init__(self):
        super().__init__()
        self.n_waits = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.n_waits += func is torch.ops.aten._local_scalar_dense.default
        return func(*args, **(kwargs or {}))


class FollowsEpochs(Callback):
    """Remember the losses of the batches when the epoch is over."""

    losses = ()

    def on_epoch_end(self, net, **kwargs):
        self.losses = [row["train_loss"] for row in net.history[-1, "batches"]]


def test_a_callback_of_epochs_makes_no_batch_wait(maps):
    def waits(**changes):
        with _Waits() as counter:
            fitted = cnn(batch_size=2, **changes).fit(*maps)
        return counter.n_waits, fitted

    follower, orders = FollowsEpochs(), Orders()
    alone, _ = waits()
    with_epochs, _ = waits(callbacks=[follower])
    _, followed = waits(callbacks=[orders])
    assert with_epochs == alone
    expected = [row["train_loss"] for row in followed.net_.history[-1, "batches"]]
    np.testing.assert_allclose(follower.losses, expected, rtol=1e-5)
    assert len(expected) > 2
