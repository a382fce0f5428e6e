"""Parameters, input and state of the network classifiers."""

import pickle
import threading

import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback, EarlyStopping

from skgenre.classifiers import CNNClassifier, CRNNClassifier, LSTMClassifier
from skgenre.exceptions import ShapeMismatchError

FAST = {"max_epochs": 5, "lr": 1e-2, "schedule": "constant", "random_state": 0, "device": "cpu"}
NETWORKS = [
    CNNClassifier(channels=(8,), center=None, **FAST),
    LSTMClassifier(pool_size=1, hidden_size=4, num_layers=1, **FAST),
    CRNNClassifier(channels=(4,), hidden_size=4, **FAST),
]
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda n: type(n).__name__)


def cnn(**parameters):
    return CNNClassifier(**{"channels": (4,), "center": None, **FAST, **parameters})


def weights_of(classifier):
    return {k: v.numpy().copy() for k, v in classifier.net_.module_.state_dict().items()}


def are_equal(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


@each_network
def test_it_learns(network, maps):
    X, y = maps
    fitted = clone(network).set_params(max_epochs=25).fit(X[::2], y[::2])
    assert fitted.score(X[1::2], y[1::2]) > 0.8


@each_network
def test_probabilities_have_the_precision_of_their_type(network, maps):
    probabilities = clone(network).fit(*maps).predict_proba(maps[0])
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1, dtype=np.float64), 1.0, atol=1e-6)


def test_a_module_in_training_mode_is_evaluated_in_prediction(maps):
    X, y = maps
    classifier = cnn(dropout=0.5).fit(X, y)
    expected = classifier.predict_proba(X)
    classifier.net_.module_.train()
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


def test_warm_start_goes_on_where_the_last_fit_ended(maps):
    cold = cnn().fit(*maps).fit(*maps)
    warm = cnn(warm_start=True).fit(*maps).fit(*maps)
    assert cold.history_["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert warm.history_["epoch"].tolist() == list(range(1, 11))
    assert warm.history_["train_loss"].iloc[5] < cold.history_["train_loss"].iloc[0]


def test_partial_fit_adds_an_epoch(maps):
    X, y = maps
    classifier = cnn().partial_fit(X[:30], y[:30], classes=["blues", "metal"])
    before = weights_of(classifier)
    classifier.partial_fit(X[30:], y[30:])
    assert classifier.history_["epoch"].tolist() == [1, 2]
    assert not are_equal(before, weights_of(classifier))
    assert classifier.classes_.tolist() == ["blues", "metal"]


def test_partial_fit_refuses_a_genre_it_was_not_told_of(maps):
    X, y = maps
    classifier = cnn().partial_fit(X, y)
    with pytest.raises(ValueError, match="'rock', which is not among the classes"):
        classifier.partial_fit(X, np.where(y == "metal", "rock", y))


def test_class_weight_moves_the_predictions(maps):
    X, y = maps
    X = np.random.default_rng(1).normal(size=X.shape)
    shares = [
        (cnn(class_weight=weight, max_epochs=20).fit(X, y).predict(X) == "metal").mean()
        for weight in ({"blues": 100.0, "metal": 0.01}, {"blues": 0.01, "metal": 100.0})
    ]
    assert shares == [0.0, 1.0]


def test_balanced_class_weight_helps_the_rare_genre(maps):
    X, y = maps
    rare = np.r_[0:30, 30:34]
    noise = np.random.default_rng(1).normal(size=X[rare].shape)
    plain, balanced = (
        cnn(class_weight=weight, max_epochs=10)
        .fit(noise, y[rare])
        .predict_proba(noise)[:, 1]
        .mean()
        for weight in (None, "balanced")
    )
    assert balanced > plain + 0.1


def test_sample_weight_of_zero_silences_a_clip(maps):
    X, y = maps
    is_wrong = np.arange(60) % 10 < 7
    wrong = np.where(is_wrong, np.where(y == "metal", "blues", "metal"), y)
    weight = np.where(wrong == y, 1.0, 0.0)
    trusting = cnn(max_epochs=25).fit(X, wrong)
    weighing = cnn(max_epochs=25).fit(X, wrong, sample_weight=weight)
    assert weighing.score(X, y) > 0.85
    assert weighing.score(X, y) > trusting.score(X, y) + 0.1


def test_zero_weights_alone_are_refused(maps):
    with pytest.raises(ValueError, match=r"[Ss]ample weights"):
        cnn().fit(*maps, sample_weight=np.zeros(60))


class Sizes(Callback):
    """Remember how many clips are trained on and validated with."""

    def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        SIZES.append((len(dataset_train), dataset_valid and len(dataset_valid)))


SIZES = []


@pytest.mark.parametrize(("fraction", "expected"), [(0.1, (54, 6)), (0.5, (30, 30))])
def test_validation_fraction_is_set_aside(fraction, expected, maps):
    SIZES.clear()
    cnn(early_stopping=True, validation_fraction=fraction, callbacks=[Sizes()]).fit(*maps)
    assert set(SIZES) == {expected}


def test_without_early_stopping_nothing_is_set_aside(maps):
    SIZES.clear()
    history = cnn(callbacks=[Sizes()]).fit(*maps).history_
    assert set(SIZES) == {(60, None)}
    assert "valid_loss" not in history


def test_early_stopping_ends_and_restores_the_best_epoch(maps):
    X, y = maps
    noise = np.random.default_rng(1).normal(size=X.shape).astype(np.float32)
    classifier = cnn(
        early_stopping=True, max_epochs=200, n_iter_no_change=5, validation_fraction=0.3
    ).fit(noise, y)
    history = classifier.history_
    assert len(history) < 200
    assert len(history) == history["valid_loss"].idxmin() + 1 + 5


def test_early_stopping_keeps_groups_together(maps):
    X, y = maps
    groups = np.arange(60) // 3
    seen = []

    class Watch(Callback):
        def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
            # The clip's number is written into a corner of its map.
            seen.append(
                [groups[data.X[:, 0, 0].astype(int)] for data in (dataset_train, dataset_valid)]
            )

    X = X.copy()
    X[:, 0, 0] = np.arange(60)
    cnn(early_stopping=True, max_epochs=2, callbacks=[Watch()]).fit(X, y, groups=groups)
    training, validation = seen[0]
    assert len(validation)
    assert not set(training) & set(validation)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (None, "needs at least 2 clips of each genre, .* a genre has 1"),
        ("one a genre", "would leave a genre without training clips"),
    ],
)
def test_early_stopping_that_can_not_be_is_refused(groups, message, maps):
    X, y = maps
    if groups is None:
        X, y = X[:31], y[:31]
    with pytest.raises(ValueError, match=message):
        cnn(early_stopping=True).fit(X, y, groups=None if groups is None else (y == "metal"))


def test_a_first_fit_that_is_refused_is_no_fit(maps):
    X, y = maps
    classifier = cnn(early_stopping=True, warm_start=True)
    with pytest.raises(ValueError, match="needs at least 2 clips of each genre"):
        classifier.fit(X[:31], y[:31])
    with pytest.raises(NotFittedError):
        classifier.predict(X)
    assert classifier.fit(X, y).predict(X).shape == (60,)


def test_a_label_seen_once_works_without_early_stopping(maps):
    X, y = maps
    assert cnn().fit(X[:31], y[:31]).classes_.tolist() == ["blues", "metal"]


@each_network
def test_bands_are_standardized_with_the_training_clips(network, maps):
    X, y = maps
    scale = np.linspace(0.01, 1000, 8, dtype=np.float32)[:, np.newaxis]
    plain = clone(network).fit(X, y).predict_proba(X)
    scaled = clone(network).fit(X * scale + 5 * scale, y).predict_proba(X * scale + 5 * scale)
    np.testing.assert_allclose(plain, scaled, atol=2e-3)


@pytest.mark.parametrize("level", [-80.0, 1e4])
@each_network
def test_a_band_that_varies_by_rounding_alone_is_not_scaled(network, level, maps):
    """Scaled by what it varies, a change of a thousandth would drown all other bands."""
    X, y = maps
    X[:, 5] = np.float32(level)
    X[::2, 5, ::3] = np.nextafter(np.float32(level), np.float32(0))
    fitted = clone(network).fit(X, y)
    scale = fitted.net_.module_.standardize.scale.flatten().numpy()
    assert scale[5] == 1.0
    np.testing.assert_allclose(np.delete(scale, 5), 1.0, atol=0.25)
    moved = X.copy()
    moved[:, 5] += 1e-3
    np.testing.assert_allclose(fitted.predict_proba(moved), fitted.predict_proba(X), atol=1e-2)


@pytest.mark.parametrize("penalty", ["l1", "l2", "weight_decay"])
def test_penalties_shrink_the_weights(penalty, maps):
    def size(**parameters):
        fitted = cnn(max_epochs=20, **parameters).fit(*maps)
        return sum(np.abs(v).sum() for k, v in weights_of(fitted).items() if k.endswith("weight"))

    assert size(**{penalty: 1.0}) < 0.8 * size()


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_optimizers(optimizer, maps):
    history = cnn(optimizer=optimizer, max_epochs=10).fit(*maps).history_
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]


def test_net_params_have_the_last_word(maps):
    classifier = cnn(net_params={"optimizer": torch.optim.Adagrad}).fit(*maps)
    assert isinstance(classifier.net_.optimizer_, torch.optim.Adagrad)


def test_history_has_a_row_an_epoch(maps):
    history = cnn(early_stopping=True).fit(*maps).history_
    assert isinstance(history, pd.DataFrame)
    assert list(history.columns) == [
        "epoch",
        "train_loss",
        "train_accuracy",
        "valid_loss",
        "valid_accuracy",
        "seconds",
        "lr",
    ]
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert (history["seconds"] > 0).all()


def test_a_skorch_early_stopping_callback_ends_training_without_an_interrupt(maps):
    stop = EarlyStopping(monitor="train_loss", patience=1, threshold=1e9, threshold_mode="abs")
    classifier = cnn(max_epochs=50, callbacks=[stop]).fit(*maps)
    assert len(classifier.history_) < 50


def test_verbose_shows_progress_on_standard_error(maps, capsys):
    cnn(verbose=1).fit(*maps)
    assert capsys.readouterr().out == ""


def test_four_axes_name_the_cure():
    with pytest.raises(
        ShapeMismatchError, match="segments axis: wrap me in SegmentVotingClassifier"
    ):
        cnn().fit(np.zeros((4, 2, 3, 5)), [0, 1, 0, 1])


def test_ragged_segments_name_the_cure():
    ragged = np.empty(2, dtype=object)
    ragged[:] = [np.zeros((2, 3, 5)), np.zeros((1, 3, 5))]
    with pytest.raises(ShapeMismatchError, match="wrap me in SegmentVotingClassifier"):
        cnn().fit(ragged, [0, 1])


@each_network
def test_another_shape_at_predict_is_named(network, maps):
    fitted = clone(network).fit(*maps)
    name = type(network).__name__
    with pytest.raises(
        ShapeMismatchError,
        match=f"{name} was fitted on 8 x 12 feature maps, got 7 x 12: did n_mels",
    ):
        fitted.predict(maps[0][:, :7])
    with pytest.raises(ShapeMismatchError, match="got 8 x 11: did the duration or hop_length"):
        fitted.predict(maps[0][:, :, :11])


@each_network
def test_prediction_before_fit(network, maps):
    with pytest.raises(NotFittedError):
        clone(network).predict(maps[0])
    assert not hasattr(network, "net_")
    assert not hasattr(network, "history_")


@each_network
def test_a_table_and_a_dataframe_work(network):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 4)), columns=list("abcd"))
    y = np.where(frame["a"] > 0, "metal", "blues")
    fitted = clone(network).fit(frame, y)
    assert fitted.feature_names_in_.tolist() == list("abcd")
    np.testing.assert_array_equal(
        fitted.predict(frame), clone(network).fit(frame.to_numpy(), y).predict(frame.to_numpy())
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 3)])
@each_network
def test_tiny_maps_work(network, shape):
    X = np.random.default_rng(0).normal(size=(9, *shape))
    fitted = clone(network).set_params(batch_size=4).fit(X, np.arange(9) % 3)
    assert fitted.predict_proba(X).shape == (9, 3)


@pytest.mark.parametrize("head", ["avg", "max", "flatten"])
@pytest.mark.parametrize("dims", [1, 2])
def test_heads(head, dims, maps):
    X, y = maps
    fitted = cnn(head=head, dims=dims, dense=(6,), pool_size=3, max_epochs=30).fit(X, y)
    assert fitted.score(X, y) > 0.8


def test_a_device_that_is_not_here_is_refused(maps):
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(ValueError, match=r"'device' parameter of CNNClassifier .* Got 'cuda'"):
        cnn(device="cuda").fit(*maps)
    with pytest.raises(ValueError, match=r"'device' parameter of CNNClassifier .* Got 'tpu'"):
        cnn(device="tpu").fit(*maps)


def test_a_model_fitted_on_a_missing_device_predicts_on_the_cpu(maps):
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    fitted = cnn().fit(*maps)
    loaded = pickle.loads(pickle.dumps(fitted.set_params(device="cuda")))
    np.testing.assert_array_equal(
        loaded.predict_proba(maps[0]), fitted.set_params(device="cpu").predict_proba(maps[0])
    )


@pytest.mark.cuda
@each_network
def test_cuda_gives_what_the_cpu_gives(network, maps):
    if not torch.cuda.is_available():
        pytest.skip("needs CUDA")
    fitted = clone(network).set_params(device="cuda").fit(*maps)
    on_gpu = fitted.predict_proba(maps[0])
    loaded = pickle.loads(pickle.dumps(fitted)).set_params(device="cpu")
    np.testing.assert_allclose(loaded.predict_proba(maps[0]), on_gpu, atol=1e-3)


@each_network
def test_a_pickle_keeps_weights_and_history_and_nothing_of_the_optimizer(network, maps):
    fitted = clone(network).fit(*maps)
    data = pickle.dumps(fitted)
    size = sum(v.nbytes for v in weights_of(fitted).values())
    assert len(data) < 1.05 * size + 20_000 + 60 * 5
    assert b"optim" not in data.replace(b"optimizer", b"")
    loaded = pickle.loads(data)
    np.testing.assert_array_equal(loaded.predict_proba(maps[0]), fitted.predict_proba(maps[0]))
    pd.testing.assert_frame_equal(loaded.history_, fitted.history_)


def test_an_epoch_more_costs_less_than_60_bytes(maps):
    short, long = (len(pickle.dumps(cnn(max_epochs=n).fit(*maps))) for n in (5, 105))
    assert long - short < 60 * 100


def test_training_goes_on_after_loading(maps):
    loaded = pickle.loads(pickle.dumps(cnn(warm_start=True).fit(*maps)))
    loaded.fit(*maps)
    assert loaded.history_["epoch"].tolist() == list(range(1, 11))
    loaded.partial_fit(*maps)
    assert len(loaded.history_) == 11


@each_network
def test_skops_stores_it_with_our_own_class_alone_untrusted(network, maps):
    fitted = clone(network).fit(*maps)
    data = skops.io.dumps(fitted)
    untrusted = skops.io.get_untrusted_types(data=data)
    module = type(network).__module__
    assert untrusted == [f"{module}.{type(network).__name__}"]
    loaded = skops.io.loads(data, trusted=untrusted)
    np.testing.assert_array_equal(loaded.predict_proba(maps[0]), fitted.predict_proba(maps[0]))


def test_two_threads_may_fit_at_once(maps):
    results = {}

    def fit(seed):
        results[seed] = cnn(random_state=seed, max_epochs=3).fit(*maps).predict_proba(maps[0])

    threads = [threading.Thread(target=fit, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(results) == {0, 1}


def test_read_only_input_works(maps):
    X, y = maps
    X.setflags(write=False)
    assert cnn().fit(X, y).predict(X[:3]).shape == (3,)


def test_maps_are_not_said_to_be_columns(maps):
    """Tools such as MAPIE try a table of ``n_features_in_`` columns."""
    X, y = maps
    network = cnn(max_epochs=1).fit(X[:, :, 0], y)
    assert network.n_features_in_ == 8
    assert not hasattr(network.fit(X, y), "n_features_in_")
