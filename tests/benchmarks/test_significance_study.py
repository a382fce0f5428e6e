import json

import numpy as np
import pytest

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")

import pandas as pd

from benchmarks.study import significance
from benchmarks.study import significance_tests as tests
from benchmarks.study.significance_data import (
    DISCORDANT,
    Design,
    draw_equal_models,
    draw_fixed_models,
    draw_trained_models,
)


@pytest.fixture
def design():
    return Design(n_folds=5, n_repeats=2, n_clips=60, group_size=3)


def test_folds_keep_groups_and_genres_together(design):
    folds = design.draw_folds(np.random.default_rng(0))
    assert folds.shape == (2, 60)
    assert (folds[0] != folds[1]).any()
    for row in folds:
        frame = pd.DataFrame({"fold": row, "group": design.groups, "genre": design.genres})
        assert (frame.groupby("group")["fold"].nunique() == 1).all()
        assert (frame.groupby("fold")["genre"].nunique() == 3).all()


@pytest.mark.parametrize("gain", [0.0, 0.15])
def test_fixed_models_differ_by_the_gain(design, gain):
    draws = draw_fixed_models(design, gain, n_runs=1500)
    sums, weights = draws.sum_groups()
    assert weights.sum() == pytest.approx(1)
    assert sums.sum(axis=0).mean() == pytest.approx(gain, abs=0.01)
    assert np.mean(draws.wins != 0) == pytest.approx(DISCORDANT, abs=0.01)
    # The mean over folds is that over clips, weighted.
    np.testing.assert_allclose(draws.score_folds().mean(axis=1), sums.sum(axis=0), atol=1e-6)


def test_trained_models_are_equal_or_not(design):
    equal = draw_trained_models(design, is_equal=True, n_runs=300).score_folds().mean()
    better = draw_trained_models(design, is_equal=False, n_runs=300).score_folds().mean()
    assert abs(equal) < 0.02
    assert better > 0.08


def test_equal_models_have_one_accuracy():
    sums, weights = draw_equal_models(Design(5, 1, 120, 3), n_models=5, n_runs=300)
    assert sums.shape == (300, 40, 5)
    assert weights.sum() == pytest.approx(1)
    assert np.ptp(sums.sum(axis=1).mean(axis=0)) < 0.02


def test_each_test_finds_large_differences_and_few_others():
    design = Design(n_folds=5, n_repeats=1, n_clips=120, group_size=1)
    for gain, low, high in ((0.0, 0.0, 0.11), (0.34, 0.9, 1.0)):
        draws = draw_fixed_models(design, gain, n_runs=300)
        found = {
            tests.SIGN_FLIP: tests.sign_flip(draws, 500),
            **tests.bootstraps(draws, 500),
            tests.MCNEMAR: tests.mcnemar(draws),
            **tests.t_tests(draws),
        }
        assert len(found) == 7
        for hits in found.values():
            assert hits.shape == (300,)
            assert low <= hits.mean() <= high


def test_a_quick_study_writes_its_table(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(significance, "_QUICK", ([2, 5], [1], [60], [1]))
    path = tmp_path / "significance.json"
    significance.run(quick=True, path=path)
    facts = json.loads(path.read_text(encoding="utf-8"))
    assert facts["runs"] == 50
    rows = pd.DataFrame(facts["rows"])
    assert set(rows["question"]) == {"these clips", "new training sets", "any of 10 pairs"}
    assert rows["found"].between(0, 1).all()
    printed = capsys.readouterr().out
    assert "| these clips | sign-flip over groups |" in printed
    assert "CPU time" in printed


def test_the_saved_study_shows_that_the_tests_hold_their_level():
    facts = json.loads(significance.RESULTS.read_text(encoding="utf-8"))
    rows = pd.DataFrame(facts["rows"])
    equal = rows[rows["truth"] == significance.EQUAL]
    assert facts["runs"] >= 2000
    used = {"these clips": tests.SIGN_FLIP, "new training sets": tests.CORRECTED_T}
    for question, test in used.items():
        found = equal[(equal["question"] == question) & (equal["test"] == test)]
        if question == "new training sets":
            # With repeats, fewer groups are not tested.
            found = found[(found["repeats"] == 1) | (found["groups"] >= 20)]
        # The standard error of 2000 runs is .005.
        assert (found["found"] <= 0.062).all()
    clips = rows[(rows["question"] == "these clips") & (rows["test"] == tests.SIGN_FLIP)]
    many = clips[(clips["truth"] == significance.EQUAL) & (clips["groups"] >= 20)]
    assert (many["found"] >= 0.02).all()
    power = clips[
        (clips["truth"] == significance.BETTER) & (clips["clips"] == 120) & (clips["groups"] == 120)
    ]
    assert (power["found"] >= 0.6).all()
