"""Facts about files that predict the genre."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import LeaveOneOut, RepeatedStratifiedKFold, StratifiedKFold

from skgenre.datasets import make_genre_music
from skgenre.model_selection import compare, leakage_report
from skgenre.model_selection._leakage.confounds import describe_confounds, find_confounds
from skgenre.model_selection._leakage.one_fact import FactScorer, cut_values

SR = 8000
N_CLIPS = 20  # of each of two classes


def make_folds(y, n_folds=5, seed=0):
    return list(StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(y, y))


def write_classes(folder, change):
    """Write clips of one random process, the second class changed; return paths and labels."""
    rng = np.random.default_rng(0)
    paths, labels = [], []
    for label in ("a", "b"):
        for number in range(N_CLIPS):
            y, sr, suffix = 0.1 * rng.normal(size=SR), SR, "wav"
            if label == "b":
                y, sr, suffix = change(y)
            paths.append(folder / f"{label}{number}.{suffix}")
            soundfile.write(paths[-1], y, sr)
            labels.append(label)
    return paths, labels


CHANGES = {
    "sampling rate": lambda y: (y, 9000, "wav"),
    "length": lambda y: (y[:-10], SR, "wav"),
    "leading silence": lambda y: (np.concatenate([np.zeros(50), y[50:]]), SR, "wav"),
    "format": lambda y: (y, SR, "flac"),
}


@pytest.mark.parametrize("fact", CHANGES)
def test_a_fact_of_the_files_is_named_with_its_accuracy_and_the_cure(fact, tmp_path):
    paths, y = write_classes(tmp_path, CHANGES[fact])
    report = leakage_report(paths, y, random_state=0)
    named = report.confounds.set_index("fact").query("finding == 'confound'")
    assert fact in named.index
    assert named.loc[fact, "accuracy"] == 1.0
    assert named.loc[fact, "p_adjusted"] < 0.01
    assert set(named.index) <= {fact, "length"}  # a clip at another rate is shorter, too
    assert f"Confound: the {fact} alone predicts the genre" in repr(report)
    assert named.loc[fact, "cure"] in repr(report)
    assert f"the {fact} alone" in report._repr_html_()


def test_level_is_listed_as_possibly_music(tmp_path):
    paths, y = write_classes(tmp_path, lambda y: (y / 2, SR, "wav"))
    report = leakage_report(paths, y, random_state=0)
    level = report.confounds.set_index("fact").loc["level"]
    assert level["finding"] == "differs between genres, may be music"
    assert level["accuracy"] > 0.9
    assert "may be music: the level alone" in repr(report)
    assert not (report.confounds["finding"] == "confound").any()


def test_synthetic_music_has_no_confound(tmp_path):
    music = make_genre_music(40, genres=["jazz", "rock"], duration=1.0, random_state=0, to=tmp_path)
    report = leakage_report(music.paths, music.target, groups=music.groups, random_state=0)
    assert len(report.confounds) >= 3
    assert not (report.confounds["finding"] == "confound").any()


def test_pairs_are_measured_and_tables_are_not():
    rng = np.random.default_rng(0)
    pairs = [(0.1 * rng.normal(size=SR), SR + 100 * (i % 2)) for i in range(40)]
    y = ["ab"[i % 2] for i in range(40)]
    report = leakage_report(pairs, y, random_state=0)
    assert "sampling rate" in set(report.confounds.query("finding == 'confound'")["fact"])
    assert leakage_report(rng.normal(size=(40, 3)), y).confounds.empty
    assert leakage_report(pairs, y, confounds=False).confounds.empty


def test_compare_names_what_headers_show(tmp_path):
    paths, y = write_classes(tmp_path, CHANGES["format"])
    result = compare({"chance": DummyClassifier()}, paths, y, cv=4, random_state=0)
    [sentence] = result.protocol["confounds"]
    assert sentence.startswith("Confound: the format alone predicts the genre")
    assert "FLAC (b)" in sentence
    assert sentence in repr(result).split("\n")
    assert f"- {sentence}" in result.to_markdown().split("\n")
    result.to_html(tmp_path / "report.html")
    assert "Confound: the format alone" in (tmp_path / "report.html").read_text()
    rows = compare({"chance": DummyClassifier()}, np.zeros((40, 2)), y, cv=4)
    assert rows.protocol["confounds"] == []


def test_files_that_can_not_be_read_are_left_out(tmp_path):
    paths, y = write_classes(tmp_path, CHANGES["format"])
    paths[0].write_text("no music")
    table = leakage_report(paths, y, random_state=0).confounds.set_index("fact")
    assert table.loc["format", "n_clips"] == 2 * N_CLIPS - 1
    assert table.loc["format", "finding"] == "confound"


def test_p_is_corrected_for_the_facts_of_each_kind():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b"], 30)
    facts = pd.DataFrame({"duration": rng.random(60), "channels": np.repeat([1, 2], 30)})
    facts["level"] = rng.random(60)
    table = find_confounds(facts, y, None, make_folds(y), 0).set_index("fact")
    n_alike = [3 if fact == "level" else 8 for fact in table.index]
    np.testing.assert_allclose(table["p_adjusted"], np.minimum(1, table["p"] * n_alike))
    assert table["finding"].to_dict() == {"channels": "confound", "length": "", "level": ""}


def test_headers_alone_give_the_same_p_as_decoded_files():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b"], 30)
    header = pd.DataFrame({"duration": np.where(rng.random(60) < 0.75, y == "a", y == "b") + 3.0})
    decoded = header.assign(leading_silence=rng.random(60), level=rng.random(60))
    alone, among = (
        find_confounds(facts, y, None, make_folds(y), 0).set_index("fact").loc["length"]
        for facts in (header, decoded)
    )
    assert alone.equals(among)
    assert 0 < alone["p_adjusted"] < 1


def test_constant_facts_have_no_row():
    y = np.repeat(["a", "b"], 10)
    facts = pd.DataFrame({"format": ["WAV"] * 20, "bit_rate": [np.nan] * 20})
    assert find_confounds(facts, y, None, make_folds(y), 0).empty


def test_missing_values_say_nothing_about_the_genre():
    y = np.repeat([0, 1], 50)
    values = np.where(y == 0, np.nan, 16_000.0)
    values[:10], values[60:70] = 16_000.0, np.inf
    score = FactScorer(y, None, make_folds(y), 0)(values)
    assert score is None or score.p > 0.01


def test_the_level_of_the_test_is_kept():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    folds = make_folds(y)
    scorer = FactScorer(y, None, folds, 0)
    p = [scorer(rng.normal(size=60)).p for _ in range(50)]
    assert np.mean(np.array(p) < 0.1) < 0.25
    assert np.mean(p) == pytest.approx(0.5, abs=0.15)


def test_a_fact_of_artists_is_tested_by_permuting_artists():
    # Two artists a genre, ten clips each: an artist's own rate says little about the genre.
    groups = np.repeat(np.arange(4), 10)
    y = np.repeat([0, 1], 20)
    values = np.array([1.0, 2.0, 3.0, 4.0])[groups]
    folds = make_folds(y)
    assert FactScorer(y, None, folds, 0)(values).p < 0.01
    assert FactScorer(y, groups, folds, 0)(values).p > 0.2


@pytest.mark.parametrize(
    "cv", [LeaveOneOut(), RepeatedStratifiedKFold(n_splits=4, n_repeats=3, random_state=0)]
)
def test_other_folds_are_taken_as_they_are(cv):
    y = np.repeat([0, 1], 20)
    score = FactScorer(y, None, list(cv.split(y, y)), 0)(y + 0.0)
    assert score.accuracy == 1.0
    assert score.p < 0.01


def test_a_single_split_is_scored_on_its_test_clips():
    y = np.arange(80) % 2
    split = [(np.arange(40), np.arange(40, 60))]
    score = FactScorer(y, None, split, 0)(y + 0.0)
    assert score.accuracy == 1.0
    assert score.p < 0.01


def test_common_values_have_a_leaf_of_their_own():
    rng = np.random.default_rng(0)
    values = np.concatenate([np.full(40, 10.0), 10 + rng.normal(size=40)])
    leaves = cut_values(values)
    assert len(set(leaves[:40])) == 1
    assert leaves[0] not in leaves[40:]
    assert len(set(leaves)) <= 19
    assert cut_values(np.array([3.0, 1.0, 3.0])).tolist() == [1, 0, 1]


def test_hostile_names_of_genres_stay_text(tmp_path):
    y = np.repeat(["<b>\udcff", "b"], 20).astype(object)
    facts = pd.DataFrame({"channels": np.repeat([1, 2], 20)})
    [sentence] = describe_confounds(find_confounds(facts, y, None, make_folds(y), 0))
    assert "\\xff" in sentence
