"""Every system: fitted, searched, pickled, cloned; and what is said of it."""

import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    StratifiedGroupKFold,
    cross_val_score,
)
from sklearn.pipeline import Pipeline

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    ParallelCRNNClassifier,
)
from skgenre.nn import DoubleSoftmaxLoss
from skgenre.systems import list_systems, make_system, parameter_grid, segments_to_frames
from skgenre.systems._systems import CARDS, count

NAMES = list(CARDS)
NETWORKS = [name for name in NAMES if CARDS[name].n_bands]
TAKES_MEL = [name for name in NAMES if CARDS[name].takes_mel]
SEARCHED = {"lr": [1e-3, 1e-2], "C": [0.1, 1.0], "max_features": [0.5, "sqrt"]}


def one_parameter(name, system):
    if name == "bahuleyan2018-ensemble":
        return {"genrevotingclassifier__weights": [None, (1, 2)]}
    if name == "bahuleyan2018-xgb":
        return {"xgbgenreclassifier__learning_rate": [0.1, 0.3]}
    path = next(p for p in system.get_params() if p.rpartition("__")[2] in SEARCHED)
    return {path: SEARCHED[path.rpartition("__")[2]]}


@pytest.mark.parametrize("name", NAMES)
def test_a_system_is_searched_pickled_and_cloned(name, music, small_system):
    X, y = music.data[:16], music.target[:16]
    system = small_system(name)
    assert isinstance(system, Pipeline)
    split = [(np.arange(8), np.arange(8, 16))]
    parameters = one_parameter(name, system)
    search = GridSearchCV(system, parameters, cv=split, error_score="raise").fit(X, y)
    best = search.best_estimator_
    loaded = pickle.loads(pickle.dumps(best))
    np.testing.assert_array_equal(loaded.predict(X), best.predict(X))
    again = clone(best).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), best.predict(X))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_recipe_as_stated_runs_too(name, music, small_system):
    X, y = music.data[:16], music.target[:16]
    system = small_system(name, as_published=True).fit(X, y)
    assert system.predict_proba(X).shape == (16, 2)


# Parameters whose defaults are chosen by accuracy, and so may change.
CHOSEN = [
    *("dims", "channels", "kernel_size", "pool_size", "norm", "recurrent_pool", "recurrent_head"),
    *("cell", "hidden_size", "num_layers", "bidirectional", "head", "dropout", "dense"),
    *("lr", "max_epochs", "batch_size", "optimizer", "schedule", "center"),
]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("as_published", [False, True])
def test_a_system_keeps_its_settings_if_defaults_change(name, as_published, monkeypatch):
    default = object()
    for family in (CNNClassifier, CRNNClassifier, LSTMClassifier, ParallelCRNNClassifier):
        defaults = family.__init__.__kwdefaults__
        for parameter in set(CHOSEN) & set(defaults):
            monkeypatch.setitem(defaults, parameter, default)
    parameters = make_system(name, as_published=as_published).get_params()
    assert [path for path, value in parameters.items() if value is default] == []


@pytest.mark.parametrize("name", TAKES_MEL)
@pytest.mark.parametrize("as_published", [False, True])
def test_mel_spectrograms_go_in(name, as_published, small_system):
    maps = np.random.default_rng(0).normal(-40, 10, (16, 128, 200)).astype(np.float32)
    y = np.arange(16) % 2
    system = small_system(name, input_kind="mel", as_published=as_published).fit(maps, y)
    assert system.predict_proba(maps).shape == (16, 2)


@pytest.mark.parametrize("name", ["yaacob2020-crnn", "bhandari-crnn"])
def test_mel_spectrograms_are_those_of_the_waveforms(name):
    # The source's sizes: 640 frames, and 39 windows of 129.
    X = np.random.default_rng(0).normal(size=(1, 662_000)).astype(np.float32)
    card = CARDS[name]
    maps = make_system(name)[0].fit_transform(X)
    segments = (39,) if card.in_segments else ()
    assert maps.shape == (1, *segments, card.n_bands, card.n_frames)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_stated_sizes_are_those_of_the_features(name):
    X = np.random.default_rng(0).normal(size=(1, 30 * 22050)).astype(np.float32)
    card = CARDS[name]
    maps = make_system(name)[:-1].fit_transform(X)
    assert maps.shape[-2:] == (card.n_bands, card.n_frames)


def test_the_rate_reaches_every_part():
    for name in NAMES:
        rates = {
            v for p, v in make_system(name, sr=16_000).get_params().items() if p[-4:] == "__sr"
        }
        assert rates == {16_000}, name


@pytest.mark.parametrize(
    ("name", "convention", "expected"),
    [
        ("velardo-mlp", "keras", 1_014_218),
        ("kumar2021-cnn", "keras", 8_418_666),
        ("kumar2021-cnn", "torch", 8_418_666),
        ("yaacob2020-crnn", "keras", 133_520),
        ("yaacob2020-crnn", "torch", 133_568),
        ("genrewiz-pcrnn", "keras", 85_160),
        ("genrewiz-pcrnn", "torch", 85_544),
        ("genrewiz-pcrnn-steps", "torch", 38_716),
    ],
)
def test_the_networks_have_the_originals_number_of_parameters(name, convention, expected):
    assert count(CARDS[name], convention) == expected


def test_the_list_has_a_row_a_system_and_agrees_with_it():
    systems = list_systems()
    assert systems["name"].tolist() == NAMES
    counted = systems.set_index("name")["parameters"]
    assert counted.notna().tolist() == [name in NETWORKS for name in NAMES]
    stated = systems.set_index("name")["stated_parameters"].dropna()
    assert stated.to_dict() == {
        "kumar2021-cnn": 8_418_666,
        "yaacob2020-crnn": 133_520,
        "genrewiz-pcrnn": 85_160,
        "genrewiz-pcrnn-steps": 38_716,
    }
    assert pd.api.types.is_integer_dtype(systems["parameters"])


def test_the_list_counts_what_fit_trains(music, small_system):
    fitted = small_system("park-fc").fit(music.data, np.arange(40) % 10)
    module = fitted[-1].estimator_.net_.module_
    counted = list_systems().set_index("name").loc["park-fc", "parameters"]
    assert sum(p.numel() for p in module.parameters()) == counted


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("yaacob2020-crn", "Did you mean 'yaacob2020-crnn' or "),
        ("Park-RNN", "Did you mean 'park-rnn'"),
        # Those who know the network, or a name of an early version, find the source.
        ("forest", "Did you mean 'bahuleyan2018-forest'?"),
        ("svn", "Did you mean 'svm'"),
        ("003-fc", "Did you mean 'park-fc'?"),
        ("nonsense", "There is no model or system 'nonsense'. The models are best, "),
    ],
)
def test_an_unknown_system_is_named_with_those_like_it(name, expected):
    for function in (make_system, parameter_grid):
        with pytest.raises(ValueError, match=re.escape(expected)):
            function(name)


def test_a_name_is_the_source_and_the_network():
    systems = list_systems()
    assert systems["name"].str.fullmatch(r"[a-z]+(20\d\d)?(-[a-z0-9]+)+").all()
    assert systems["source"].str.contains("document", case=False).sum() == 0
    for name, source in zip(systems["name"], systems["source"], strict=True):
        author, year = re.fullmatch(r"([a-z]+)(\d*)", name.partition("-")[0]).groups()
        assert author in source.lower(), name
        assert f"({year})" in source if year else True, name


def test_a_system_of_other_features_refuses_mel_spectrograms():
    with pytest.raises(ValueError, match=r"'velardo-lstm' takes no mel spectrograms, but 13 MFCCs"):
        make_system("velardo-lstm", input_kind="mel")
    with pytest.raises(ValueError, match=r"must be 'waveform' or 'mel'\. Got 'table'"):
        make_system("velardo-lstm", input_kind="table")


def test_corrected_systems_stop_by_clips_set_aside():
    for name in NETWORKS:
        system = make_system(name)
        stops = [v for p, v in system.get_params().items() if p.endswith("__early_stopping")]
        assert stops == [True], name


@pytest.mark.parametrize(
    ("name", "variant", "differences"),
    [
        (
            "velardo-mlp",
            "velardo-mlp-regularized",
            {"dropout": 0.3, "l2": 1e-3, "penalize": "dense", "max_epochs": 100},
        ),
        ("bahuleyan2018-vgg16", "bahuleyan2018-vgg16-finetuned", {"trainable_blocks": 5}),
        ("yaacob2020-crnn", "yaacob2020-crnn-stacked", {"num_layers": 2}),
        ("yaacob2020-crnn-stacked", "yaacob2020-crnn-stacked-dropout", {"recurrent_dropout": 0.4}),
        ("yaacob2020-crnn-stacked", "yaacob2020-crnn-stacked-deep", {"channels": (56,) * 5}),
    ],
)
@pytest.mark.parametrize("as_published", [False, True])
def test_a_variant_differs_from_its_system_in_this_alone(name, variant, differences, as_published):
    def settings(system):
        values = make_system(system, as_published=as_published).get_params().items()
        return {path.rpartition("__")[2]: value for path, value in values if "__" in path}

    one, other = settings(name), settings(variant)
    differing = {parameter: value for parameter, value in other.items() if value != one[parameter]}
    # Steps and nested estimators are objects, which equal none but themselves.
    assert {p: v for p, v in differing.items() if not isinstance(v, BaseEstimator)} == differences


def test_yaacob_waits_ten_epochs_before_it_halves_the_rate():
    for as_published in (False, True):
        net_params = make_system("yaacob2020-crnn", as_published=as_published)[-1].net_params
        assert net_params["plateau_patience"] == 10


def test_as_stated_a_system_has_its_faults():
    def part(name, parameter, as_published):
        parameters = make_system(name, as_published=as_published).get_params()
        return next(v for p, v in parameters.items() if p.endswith(f"__{parameter}"))

    assert part("kumar2021-cnn", "colormap", True) == "jet"
    assert part("kumar2021-cnn", "colormap", False) is None
    assert part("kumar2021-cnn", "early_stopping", True) is False
    assert part("yaacob2020-crnn", "scale", True) == "log"
    assert part("yaacob2020-crnn", "initializer", True) == "keras"
    assert part("yaacob2020-crnn", "n_iter_no_change", True) == 70
    assert part("genrewiz-pcrnn", "net_params", True)["criterion"] is DoubleSoftmaxLoss
    assert part("genrewiz-pcrnn", "net_params", False) is None
    assert part("park-rnn", "net_params", True)["optimizer__eps"] == 1e-7


def test_as_stated_the_loss_cannot_fall_under_the_double_softmaxs(music, small_system):
    X, y = music.data[:16], music.target[:16]
    losses = {
        as_published: small_system(
            "park-fc", as_published=as_published, max_epochs=30, early_stopping=False
        )
        .fit(X, y)[-1]
        .estimator_.history_["train_loss"]
        .min()
        for as_published in (False, True)
    }
    assert losses[False] < 0.2
    # Two genres: -log(e / (e + 1)).
    assert losses[True] >= 0.313


def test_periods_are_read_in_the_order_of_time(music):
    features = make_system("park-rnn")[:-1].fit(music.data)
    maps = features.transform(music.data[:2])
    turned = features.transform(music.data[:2, ::-1])
    assert maps.shape == (2, 32, 12)
    loudness = maps[:, 0]
    np.testing.assert_allclose(turned[:, 0, ::-1], loudness, rtol=0.1, atol=15)
    assert np.ptp(loudness, axis=1).min() > 10


def test_only_segments_of_one_frame_are_steps():
    with pytest.raises(ValueError, match=r"got an array of shape \(2, 3, 4\)"):
        segments_to_frames(np.zeros((2, 3, 4)))


@pytest.mark.parametrize(("name", "n_rows"), [("park-fc", 6), ("park-cnn", 4), ("park-rnn", 5)])
def test_a_grid_is_the_sources_table(name, n_rows, music, small_system):
    candidates = list(ParameterGrid(parameter_grid(name)))
    assert len(candidates) == n_rows
    epochs = [
        value for row in candidates for path, value in row.items() if path.endswith("max_epochs")
    ]
    for row, n_epochs in zip(candidates, epochs, strict=True):
        system = small_system(name).set_params(**row)
        if n_epochs == 1:
            assert system.fit(music.data[:12], music.target[:12]).predict(music.data[:2]).size == 2


def test_the_last_row_of_a_grid_is_the_system():
    for name in ("park-fc", "park-cnn"):
        system = make_system(name)
        last = {path: values[0] for path, values in parameter_grid(name)[-1].items()}
        parameters = system.get_params()
        assert {path: parameters[path] for path in last} == last


def test_a_system_without_a_table_has_no_grid():
    with pytest.raises(ValueError, match="'yaacob2020-crnn' has no table of hyper-parameters"):
        parameter_grid("yaacob2020-crnn")


# What lets a recipe of a few epochs, or of a base that needs its weights, overfit 20 clips.
TO_OVERFIT = {
    "bahuleyan2018-vgg16": {"trainable_blocks": 5, "lr": 1e-3},
    "bahuleyan2018-vgg16-finetuned": {"lr": 1e-3},
    "kumar2021-cnn": {"image_size": (64, 64)},
    # A two-second clip is one segment, so an epoch is one step, not ten.
    "velardo-lstm": {"lr": 1e-3},
    # Learns slowly at first.
    "yaacob2020-crnn-stacked-deep": {"max_epochs": 500},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_system_overfits_twenty_clips(name, music, small_system):
    X, y = music.data[:20], music.target[:20]
    # Nothing is set aside here, so no schedule can watch it.
    changes = {"max_epochs": 200, "early_stopping": False, "schedule": "constant"}
    changes |= TO_OVERFIT.get(name, {})
    system = small_system(name, **changes).fit(X, y)
    assert system.score(X, y) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_with_shuffled_labels_a_system_stays_at_chance(name, music, small_system):
    # Neither the genre nor the artist says anything of the label.
    rng = np.random.default_rng(0)
    y = np.empty(len(music.target), dtype=object)
    for genre in np.unique(music.target):
        rows = np.flatnonzero(music.target == genre)
        y[rows] = rng.permutation(np.arange(len(rows)) % 2).astype(str)
    system = small_system(name, max_epochs=20, early_stopping=False, n_estimators=30)
    scores = cross_val_score(
        system,
        music.data,
        y.astype(str),
        groups=music.groups,
        cv=StratifiedGroupKFold(4),
        error_score="raise",
    )
    # Three standard errors above the chance of 1/2 with 40 clips.
    assert scores.mean() < 0.74


def test_the_guide_says_what_the_list_says():
    page = (Path(__file__).parents[2] / "docs" / "user_guide" / "systems.md").read_text()
    for row in list_systems().itertuples():
        parameters = "" if pd.isna(row.parameters) else f"{row.parameters:,}"
        assert f"| [{row.name}](#{row.name}) | {row.network} | {parameters} |" in page
        card = page.partition(f"\n### {row.name}\n")[2].partition("\n### ")[0]
        for fact in (row.source, row.input, row.network, row.training, row.stated_score):
            assert fact in card, (row.name, fact)
        assert row.faults[1:] in card


def test_measured_scores_are_those_of_the_study():
    file = Path(__file__).parents[2] / "benchmarks/results/systems/gtzan_logmel_dev_honest.md"
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in file.read_text().splitlines()
        if line.startswith("| ")
    ]
    studied = {
        row[0]: (float(row[1]), float(row[2].strip("±")), float(row[6]))
        for row in rows[2:]
        if row[0] in CARDS
    }
    table = list_systems().set_index("name")
    measured = table.dropna(subset="accuracy")[["accuracy", "margin", "fit_seconds"]]
    assert {name: tuple(row) for name, row in measured.iterrows()} == studied
    assert (table.loc[measured.index, "measured_on"] != "").all()
