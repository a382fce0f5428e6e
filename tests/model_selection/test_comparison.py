import numpy as np
import pandas as pd
import pytest

from skgenre.model_selection import Comparison


@pytest.fixture
def comparison():
    frame = pd.DataFrame(
        {
            "pipeline": ["a|b", "a|b", "<c>", "<c>"],
            "fold": [0, 1, 0, 1],
            "n_train": 50,
            "n_test": 50,
            "test_accuracy": [0.5, 0.7, 0.8, 0.8],
            "test_f1_macro": [0.4, 0.6, 0.9, 0.7],
            "fit_time": [1.0, 2.0, 3.0, 4.0],
            "predict_time": [0.1, 0.3, 0.1, 0.1],
            "score_time": 0.1,
            "model_size": 1500.0,
            "error": "",
        }
    )
    protocol = {
        "clips": 100,
        "genres": 10,
        "groups": 30,
        "split": "StratifiedGroupKFold(2, shuffled)",
        "folds": 2,
        "unit": "clip",
        "random_state": 0,
    }
    return Comparison(frame, predictions=pd.DataFrame(), protocol=protocol)


def test_markdown_has_a_row_a_pipeline_best_first_and_the_protocol(comparison):
    lines = comparison.to_markdown().splitlines()
    assert lines[0] == (
        "| pipeline | accuracy | 95 % interval | f1_macro | fit (s) | predict (ms/clip) | "
        "size (kB) |"
    )
    assert lines[2] == (
        "| <c> | 0.800 ± 0.000 | 0.710 to 0.867 | 0.800 ± 0.141 | 3.5 | 2.0 | 1.5 |"
    )
    low, high = (float(text) for text in lines[3].split("|")[4].split(" to "))
    assert 0 < low < 0.6 < high < 1
    assert lines[-1].startswith(
        "100 clips; 10 genres; 30 groups; StratifiedGroupKFold(2, shuffled); unit: clip"
    )


def test_html_escapes_names(comparison):
    html = comparison._repr_html_()
    assert "&lt;c&gt;" in html
    assert "<c>" not in html
    assert "100 clips; 10 genres" in html


def test_repr_shows_table_and_protocol(comparison):
    text = repr(comparison)
    assert "0.800 ± 0.000" in text
    assert "unit: clip" in text


def test_summary_ranks_by_the_first_score(comparison):
    assert comparison.scores == ["accuracy", "f1_macro"]
    assert comparison.summary.index.tolist() == ["<c>", "a|b"]
    assert comparison.summary["fit_time"].tolist() == [3.5, 1.5]


def test_a_single_fold_has_no_spread(comparison):
    single = Comparison(
        comparison.frame.query("fold == 0"),
        predictions=pd.DataFrame(),
        protocol=comparison.protocol,
    )
    assert np.isnan(single.summary["accuracy_std"]).all()
    assert "| <c> | 0.800 |  | 0.900 | 3.0 | 2.0 | 1.5 |" in single.to_markdown()


def test_codes_of_terminals_in_names_are_shown_escaped(comparison, tmp_path):
    renamed = comparison.rename({"<c>": "red\x1b[31m"})
    renamed.to_html(tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    for text in (repr(renamed), renamed.to_markdown(), html):
        assert r"red\x1b[31m" in text
        assert "\x1b" not in text
