"""skorch's callbacks in our training: each one runs, and does what it does in skorch."""

import pickle

import numpy as np
import pytest
import skorch.callbacks
import torch
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    EpochTimer,
    Freezer,
    GradientNormClipping,
    Initializer,
    InputShapeSetter,
    LoadInitState,
    LRScheduler,
    ParamMapper,
    PassthroughScoring,
    PrintLog,
    ProgressBar,
    TrainEndCheckpoint,
    Unfreezer,
)
from torch.optim.lr_scheduler import StepLR

from skgenre.classifiers import CNNClassifier

# Loggers that write to other packages' trackers, which are not installed with skorch.
LOGGERS = {"MlflowLogger", "NeptuneLogger", "SacredLogger", "TensorBoard", "WandbLogger"}
# A base class, and a schedule that LRScheduler runs.
NO_CALLBACKS = {"Callback", "WarmRestartLR"}


def zero(weights):
    torch.nn.init.zeros_(weights)


def predict_on_train(net, X, y):
    assert y.dtype.kind == "i"
    return (net.predict(X) == y).mean()


MAKERS = {
    "BatchScoring": lambda folder: BatchScoring("accuracy", lower_is_better=False),
    "Checkpoint": lambda folder: Checkpoint(dirname=folder, f_pickle="net.pkl"),
    "EarlyStopping": lambda folder: EarlyStopping(patience=2),
    "EpochScoring": lambda folder: EpochScoring("accuracy", lower_is_better=False),
    "EpochTimer": lambda folder: EpochTimer(),
    "Freezer": lambda folder: Freezer("blocks.*"),
    "GradientNormClipping": lambda folder: GradientNormClipping(1.0),
    "Initializer": lambda folder: Initializer("classifier.*.bias", fn=zero),
    "InputShapeSetter": lambda folder: InputShapeSetter(param_name="n_frames"),
    "LRScheduler": lambda folder: LRScheduler(StepLR, step_size=2),
    "LoadInitState": lambda folder: LoadInitState(Checkpoint(dirname=folder)),
    "ParamMapper": lambda folder: ParamMapper("classifier.*.bias", fn=zero),
    "PassthroughScoring": lambda folder: PassthroughScoring("valid_loss"),
    "PrintLog": lambda folder: PrintLog(),
    "ProgressBar": lambda folder: ProgressBar(),
    "TrainEndCheckpoint": lambda folder: TrainEndCheckpoint(dirname=folder),
    "Unfreezer": lambda folder: Unfreezer("classifier.*"),
}


def cnn(**parameters):
    fast = {"channels": (4,), "max_epochs": 5, "lr": 1e-2, "random_state": 0, "device": "cpu"}
    return CNNClassifier(**{**fast, **parameters})


def test_every_callback_of_skorch_is_run_or_on_the_list_of_loggers():
    assert set(skorch.callbacks.__all__) - LOGGERS - NO_CALLBACKS == set(MAKERS)


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize("name", MAKERS)
def test_a_callback_of_skorch_runs(name, early_stopping, maps, tmp_path):
    network = cnn(
        early_stopping=early_stopping, callbacks=[("theirs", MAKERS[name](str(tmp_path)))]
    )
    if name in ("Checkpoint", "EarlyStopping") and not early_stopping:
        # skorch's own error is a KeyError, after the first epoch.
        with pytest.raises(ValueError, match=f"{name} monitors 'valid_loss.*early_stopping=True"):
            network.fit(*maps)
        return
    fitted = network.fit(*maps)
    assert set(fitted.predict(maps[0])) <= {"blues", "metal"}
    assert len(fitted.history_) >= 2


@pytest.mark.parametrize("use_caching", [True, False])
@pytest.mark.parametrize("on_train", [True, False])
@pytest.mark.parametrize("kind", [EpochScoring, BatchScoring])
def test_scorers_see_the_class_indices_as_y(kind, on_train, use_caching, maps):
    scoring = kind(
        predict_on_train,
        name="own",
        on_train=on_train,
        lower_is_better=False,
        use_caching=use_caching,
    )
    parameters = {"early_stopping": True, "norm": "layer", "dropout": 0.0}
    history = cnn(callbacks=[scoring], **parameters).fit(*maps).history_
    if not on_train:
        np.testing.assert_allclose(history["own"], history["valid_accuracy"], atol=1e-6)
    elif use_caching:
        np.testing.assert_allclose(history["own"], history["train_accuracy"], atol=1e-6)
    assert history["own"].between(0, 1).all()
    plain = cnn(**parameters).fit(*maps).history_
    np.testing.assert_array_equal(history["train_loss"], plain["train_loss"])


@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro", "neg_log_loss", "roc_auc"])
def test_named_scorers_of_scikit_learn(scoring, maps):
    history = (
        cnn(
            early_stopping=True,
            validation_fraction=0.4,
            callbacks=[EpochScoring(scoring, lower_is_better=False)],
        )
        .fit(*maps)
        .history_
    )
    if scoring == "accuracy":
        np.testing.assert_allclose(history[scoring], history["valid_accuracy"], atol=1e-6)
    if scoring == "neg_log_loss":
        np.testing.assert_allclose(-history[scoring], history["valid_loss"], rtol=1e-4)
    assert np.isfinite(history[scoring]).all()


def test_scores_of_callbacks_stay_in_the_history_of_pickles_and_of_what_goes_on(maps):
    scoring = EpochScoring("accuracy", name="score", on_train=True, lower_is_better=False)
    fitted = cnn(callbacks=[scoring], warm_start=True).fit(*maps)
    assert pickle.loads(pickle.dumps(fitted)).history_.equals(fitted.history_)
    history = fitted.set_params(callbacks=None).fit(*maps).history_
    assert history["score"].notna().tolist() == [True] * 5 + [False] * 5
    assert not {"score_best", "batches", "event_cp"} & set(history)


def test_passthrough_scoring_means_over_all_batches(maps):
    """It takes what was recorded for each batch, though it looks at none itself."""
    plain = cnn(batch_size=7).fit(*maps).history_
    passed = cnn(batch_size=7, callbacks=[PassthroughScoring("train_loss", on_train=True)])
    np.testing.assert_allclose(
        passed.fit(*maps).history_["train_loss"], plain["train_loss"], rtol=1e-5
    )


def parameters_of(classifier):
    return {k: v.clone() for k, v in classifier.net_.module_.state_dict().items()}


def are_equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("ema_decay", [None, 0.9])
@pytest.mark.parametrize("early_stopping", [True, False])
def test_the_checkpoint_of_the_end_has_the_weights_that_predict(
    early_stopping, ema_decay, maps, tmp_path
):
    noise = np.random.default_rng(1).normal(size=maps[0].shape)
    fitted = cnn(
        early_stopping=early_stopping,
        ema_decay=ema_decay,
        max_epochs=20,
        n_iter_no_change=3,
        callbacks=[TrainEndCheckpoint(dirname=str(tmp_path))],
    ).fit(noise, maps[1])
    saved = torch.load(tmp_path / "train_end_params.pt", weights_only=True)
    assert are_equal(parameters_of(fitted), saved)


def test_the_best_checkpoint_is_loaded_at_the_end(maps, tmp_path):
    class First(Callback):
        def on_epoch_end(self, net, **kwargs):
            if len(net.history) == 1:
                self.weights_ = {k: v.clone() for k, v in net.module_.state_dict().items()}

    first = First()
    checkpoint = Checkpoint(
        monitor=lambda net: len(net.history) == 1, load_best=True, dirname=str(tmp_path)
    )
    fitted = cnn(callbacks=[first, checkpoint]).fit(*maps)
    assert are_equal(parameters_of(fitted), first.weights_)


def test_a_pickled_checkpoint_predicts(maps, tmp_path):
    checkpoint = Checkpoint(monitor=None, dirname=str(tmp_path), f_pickle="net.pkl")
    fitted = cnn(callbacks=[checkpoint], ema_decay=None).fit(*maps)
    net = pickle.loads((tmp_path / "net.pkl").read_bytes())
    np.testing.assert_allclose(net.predict_proba(maps[0]), fitted.predict_proba(maps[0]), atol=1e-6)


def test_training_goes_on_from_a_checkpoint(maps, tmp_path):
    end = TrainEndCheckpoint(dirname=str(tmp_path))
    first = cnn(callbacks=[end], lr=1e-30, norm="layer").fit(*maps)
    second = cnn(
        callbacks=[LoadInitState(end)], lr=1e-30, norm="layer", max_epochs=1, random_state=9
    ).fit(*maps)
    one, two = parameters_of(first), parameters_of(second)
    for name in one:
        torch.testing.assert_close(one[name], two[name], rtol=0, atol=1e-6)


def test_the_net_predicts_for_arrays_and_tensors(maps):
    X, y = maps
    fitted = cnn().fit(X, y)
    expected = fitted.predict_proba(X)
    for net in (fitted.net_, pickle.loads(pickle.dumps(fitted)).net_):
        for form in (X, X.astype(np.float64), torch.from_numpy(X), torch.from_numpy(X[:7])):
            found = net.predict_proba(form)
            np.testing.assert_allclose(found, expected[: len(form)], atol=1e-6)
            logits = net.forward(form)
            np.testing.assert_allclose(logits.softmax(1).numpy(), found, atol=1e-6)
            assert net.predict(form).tolist() == found.argmax(1).tolist()
        assert net.score(X, (y == "metal").astype(int)) == fitted.score(X, y)


def test_callbacks_can_change_while_training_goes_on(maps):
    class Count(Callback):
        def __init__(self):
            self.n = 0

        def on_epoch_end(self, net, **kwargs):
            self.n += 1

    one, two = Count(), Count()
    network = cnn(warm_start=True, callbacks=[one]).fit(*maps)
    network.set_params(callbacks=[two]).fit(*maps)
    assert (one.n, two.n) == (5, 5)
