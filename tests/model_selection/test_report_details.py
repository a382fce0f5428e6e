"""The page of a comparison: genres, confusions, clips that all miss, calibration."""

import subprocess
import sys
import textwrap
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skgenre.model_selection import Comparison, compare

from .test_report import Page

GENRES = ["blues", "jazz", "metal"]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(GENRES, 12)
    X = rng.standard_normal((36, 3)) + 2 * np.eye(3)[np.repeat([0, 1, 2], 12)]
    X[15] = 0, 0, 4  # a clip with a wrong label
    return X, y


@pytest.fixture(scope="module")
def result(table):
    pipelines = {"bayes": GaussianNB(), "svc": LinearSVC(), "chance": DummyClassifier()}
    return compare(pipelines, *table, cv=3, random_state=0)


@pytest.fixture(scope="module")
def page(result, tmp_path_factory):
    return write(result, tmp_path_factory.mktemp("page"))


def write(result, folder):
    result.to_html(folder / "r.html")
    return (folder / "r.html").read_text(encoding="utf-8")


def figures(page):
    """Return the drawings of matplotlib in a page, by title."""
    parts = page.split('<div class="figure">')[1:]
    roots = [ET.fromstring(part.partition("</svg>")[0] + "</svg>") for part in parts]
    return {root.get("aria-label"): root for root in roots}


def test_the_page_has_the_figures_with_titles_and_text_as_text(page, result):
    drawn = figures(page)
    best, second, third = result.summary.index
    assert list(drawn) == [
        f"F1 of each genre: {best}, {second}, {third}",
        f"Confusion matrix of {best}",
        *(f"Confusion matrix of {name}" for name in (second, third)),
        f"Reliability diagram of {result.calibration().index[0]}",
    ]
    matrix = drawn[f"Confusion matrix of {best}"]
    texts = [element.text for element in matrix.iter("text")]
    assert set(GENRES) <= set(texts)
    counts = result.confusion_matrix().to_numpy().ravel()
    numbers = sorted(text for text in texts if text.isdigit())
    # Zeros stay blank.
    assert numbers == sorted(str(count) for count in counts if count)


def test_figures_follow_the_style_sheet_and_link_to_nothing(page):
    for root in figures(page).values():
        assert {element.tag for element in root.iter()} <= {"svg", "g", "path", "text", "tspan"}
        for element in root.iter():
            assert {"id", "href", "clip-path", "class"}.isdisjoint(element.attrib)
            style = element.get("style", "")
            assert "font-family" not in style
            assert "#0102" not in style
        assert "var(--text)" in ET.tostring(root, encoding="unicode")
        assert root.get("role") == "img"


def test_the_page_has_the_numbers_of_the_tables(page, result):
    text = Page(page).text
    report = result.per_genre()
    for genre in GENRES:
        row = report.loc[genre]
        f1 = f"{row['precision']:.3f} {row['recall']:.3f} {row['f1-score']:.3f} 12"
        assert f"{genre} {f1}" in text
    pair = result.confused_pairs().iloc[0]
    assert f"{pair['target']} {pair['predicted']} {pair['n_clips']} {pair['share']:.0%}" in text
    for name, row in result.calibration().iterrows():
        error = row["expected_calibration_error"]
        assert f"{name} {row['confidence']:.3f} {row['accuracy']:.3f} {error:.3f}" in text
    wrong = result.always_wrong()
    assert 15 in wrong["clip"].tolist()
    assert f"{len(wrong)} of 36 clips." in text
    assert result.protocol["date"] in text


def test_the_calibration_error_in_the_figure_is_that_of_the_table(page, result):
    drawn = figures(page)[f"Reliability diagram of {result.calibration().index[0]}"]
    error = result.calibration()["expected_calibration_error"].iloc[0]
    words = " ".join(element.text or "" for element in drawn.iter())
    assert f"calibration error {error:.3f}" in words


def test_numbers_of_clips_say_why_they_are_not_those_of_folds(page, result, table, tmp_path):
    assert "The ranking has means over the folds" in page
    assert "once per repeat" not in page
    single = compare({"bayes": GaussianNB()}, *table, cv=ShuffleSplit(1, random_state=0))
    assert "means over the folds" not in write(single, tmp_path)
    twice = compare({"bayes": GaussianNB()}, *table, cv=3, repeats=2, random_state=0)
    assert "All held-out clips together, once per repeat." in write(twice, tmp_path)


class Contrary(GaussianNB):
    """Predicts the least probable genre."""

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmin(axis=1)]


def test_a_pipeline_that_predicts_other_than_the_most_probable_genre_is_named(
    table, page, tmp_path
):
    assert "predict returns another genre" not in page
    pipelines = {"bayes": GaussianNB(), "contrary": Contrary()}
    text = " ".join(write(compare(pipelines, *table, cv=3, random_state=0), tmp_path).split())
    assert "predict returns another genre for: contrary 100% of the clips." in text


def test_the_cheapest_of_the_best_pipelines_are_named(table, tmp_path):
    forest = RandomForestClassifier(50, random_state=0)
    pipelines = {"bayes": GaussianNB(), "forest": forest, "chance": DummyClassifier()}
    result = compare(pipelines, *table, cv=3, random_state=0)
    assert result.ranking()["rank"].tolist() == [1, 1, 3]
    first, second, _ = result.summary.index
    lead = write(result, tmp_path).partition("<table")[0]
    assert f"<p>Among {first} and {second}, " in lead
    size = result.table().set_index("pipeline").at["bayes", "size (kB)"]
    assert f"is the smallest ({size} kB)" in lead
    alone = compare({"bayes": GaussianNB()}, *table, cv=3, random_state=0)
    assert "Among" not in write(alone, tmp_path)


def test_files_are_shown_from_their_common_folder(table, tmp_path):
    X, y = table
    result = compare({"bayes": GaussianNB()}, X, y, cv=3, random_state=0)
    files = [f"/music/all/{clip % 2}/<i>{clip}.wav" for clip in result.predictions["clip"]]
    result.predictions.insert(4, "file", files)
    text = Page(write(result, tmp_path)).text
    assert "Misclassified clips" in text
    assert "1/<i>15.wav jazz metal" in text
    assert "/music/all" not in text


def test_without_matplotlib_there_are_tables_and_a_word(result, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    page = write(result, tmp_path)
    assert figures(page) == {}
    text = Page(page).text
    assert "The figures need matplotlib: pip install 'skgenre[plot]'" in text
    assert "Most confused pairs" in text


def test_a_comparison_without_predictions_has_a_page(result, tmp_path):
    bare = Comparison(result.frame, predictions=pd.DataFrame(), protocol=result.protocol)
    text = Page(write(bare, tmp_path)).text
    assert "Confusion matrix" not in text
    assert "bayes" in text


@pytest.mark.parametrize("name", ["$x^2$", "\ufffe\uffff", "a\x00b", "é\udce9", "n" * 3000, ""])
def test_names_that_drawing_could_not_take(table, tmp_path, name):
    X, y = table
    names = np.where(y == "jazz", name, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skgenre.model_selection._compare.details._MOST_MATRICES", 1)
        result = compare({"bayes": GaussianNB()}, X, names, cv=3, random_state=0)
        drawn = figures(write(result, tmp_path))
    texts = [element.text or "" for root in drawn.values() for element in root.iter("text")]
    assert "blues" in texts
    assert max(map(len, texts)) < 60


def many(n_genres, n_pipelines, n_clips, n_folds=2):
    """Return a made-up comparison."""
    rng = np.random.default_rng(0)
    y = np.arange(n_clips) % n_genres
    genres = np.array([f"genre {number:03d}" for number in range(n_genres)])
    frames, predictions = [], []
    fold = np.arange(n_clips) // n_genres % n_folds
    columns = [f"probability_{genre}" for genre in genres]
    for place in range(n_pipelines):
        guess = np.where(rng.random(n_clips) < 0.5, y, rng.integers(0, n_genres, n_clips))
        values = np.full((n_clips, n_genres), 0.5 / (n_genres - 1), dtype=np.float32)
        values[np.arange(n_clips), guess] = 0.5
        part = pd.DataFrame(
            {
                "pipeline": f"model {place}",
                "repeat": 0,
                "fold": fold,
                "clip": np.arange(n_clips),
                "file": [f"/music/{clip}.wav" for clip in range(n_clips)],
                "target": genres[y],
                "predicted": genres[guess],
            }
        )
        predictions.append(pd.concat([part, pd.DataFrame(values, columns=columns)], axis=1))
        right = pd.Series(guess == y)
        rows = [
            {
                "pipeline": f"model {place}",
                "repeat": 0,
                "fold": number,
                "n_train": n_clips - (fold == number).sum(),
                "n_test": (fold == number).sum(),
                "test_accuracy": right[fold == number].mean(),
                **dict.fromkeys(("fit_time", "predict_time", "score_time", "model_size"), 1.0),
                "error": "",
            }
            for number in range(n_folds)
        ]
        frames.append(pd.DataFrame(rows))
    protocol = {"clips": n_clips, "genres": n_genres, "groups": None, "split": "made up"}
    protocol |= {"folds": n_folds, "unit": "clip", "random_state": 0, "tests": ""}
    return Comparison(
        pd.concat(frames, ignore_index=True),
        predictions=pd.concat(predictions, ignore_index=True),
        protocol=protocol,
    )


def test_many_genres_have_tables_alone(tmp_path):
    result = many(60, 2, 240)
    page = write(result, tmp_path)
    assert list(figures(page)) == ["Reliability diagram of model 1"] or len(figures(page)) == 1
    assert "60 genres are too many for figures" in page


@pytest.mark.slow
def test_a_large_comparison_has_a_page_that_opens(tmp_path):
    """Thirty genres, ten models, 10,000 clips."""
    result = many(30, 10, 10_000, n_folds=5)
    page = write(result, tmp_path)
    assert len(page) < 3_000_000
    assert len(figures(page)) == 3
    assert "15 of " in page


def test_lists_in_the_page_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr("skgenre.model_selection._compare.details._MOST_CLIPS", 3)
    monkeypatch.setattr("skgenre.model_selection._compare.details._MOST_PAIRS", 2)
    result = many(4, 2, 80)
    text = Page(write(result, tmp_path)).text
    n_wrong, n_pairs = len(result.always_wrong()), len(result.confused_pairs())
    assert f"3 of {n_wrong} are shown; always_wrong() has all." in text
    assert f"2 of {n_pairs} are shown; confused_pairs() has all." in text


def test_a_comparison_is_made_and_shown_without_matplotlib():
    script = textwrap.dedent(
        """
        import sys
        sys.modules["matplotlib"] = None
        import numpy as np
        from sklearn.naive_bayes import GaussianNB
        from skgenre.model_selection import compare
        X = np.random.default_rng(0).normal(size=(20, 2))
        result = compare({"bayes": GaussianNB()}, X, np.tile(["a", "b"], 10), cv=2)
        print(result.confusion_matrix().shape, len(result._repr_html_()) > 100)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[0] == "(2, 2) True", done.stderr
