"""The home page: its figures have sources, and its listings run and do what it says."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LISTINGS = DOCS / "listings"


@pytest.fixture(scope="module")
def figures(load_docs):
    return load_docs("_figures")


@pytest.fixture(scope="module")
def pictures(load_docs):
    return load_docs("make_pictures")


@pytest.fixture
def results(figures, tmp_path):
    return Path(shutil.copytree(figures.RESULTS, tmp_path / "results"))


@pytest.fixture
def music(pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures.write_music(40, 2.0, ["classical", "metal"])


def run(path, replace=("", "")):
    variables = {}
    exec(compile(path.read_text(encoding="utf-8").replace(*replace), path.name, "exec"), variables)
    return variables


def test_every_figure_has_a_value_a_protocol_and_an_origin(figures):
    found = figures.read_figures()
    assert len(found) == 4
    for figure in found:
        assert re.search(r"\d", figure.value)
        assert len(figure.protocol) > 50
        assert (figures.RESULTS / figure.file).is_file()
        assert re.fullmatch(r"\d{4}-\d\d-\d\d [0-9a-f]{7,}", f"{figure.date} {figure.commit}")
    cards = figures.to_html(found)
    assert all(figure.value in cards and figure.commit in cards for figure in found)


def test_figures_follow_the_results(figures, results):
    file = results / figures.FEATURES
    report = json.loads(file.read_text(encoding="utf-8"))
    for row in report["rows"]:
        row["times_ours"] *= 10
    file.write_text(json.dumps(report), encoding="utf-8")
    before = float(figures.read_figures()[0].value.split()[0])
    with pytest.raises(figures.NoSource, match=r"The speed .* numbers in features\.json are new"):
        figures.read_figures(results)
    recorded = json.loads((results / figures.RECORDED).read_text(encoding="utf-8"))
    recorded["speed"]["numbers"] = figures._numbers(*figures._speed(results)[::2])
    (results / figures.RECORDED).write_text(json.dumps(recorded), encoding="utf-8")
    after = float(figures.read_figures(results)[0].value.split()[0])
    assert after == pytest.approx(10 * before, abs=1)


def test_a_figure_without_results_is_an_error(figures, results):
    file = results / figures.NAMED
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("| covnet |", "| other |"), encoding="utf-8")
    with pytest.raises(figures.NoSource, match="has no row 'covnet'"):
        figures.read_figures(results)
    file.unlink()
    with pytest.raises(figures.NoSource, match=r"gtzan_logmel_dev_named\.md .* can't be read"):
        figures.read_figures(results)


@pytest.mark.slow
def test_both_ways_give_the_same_accuracies(pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pictures.write_music(50, 2.0)  # of five genres: a third of the predictions is wrong
    by_hand = run(LISTINGS / "by_hand.py")
    result = run(LISTINGS / "with_skgenre.py")["result"]
    predictions = result.predictions.assign(right=lambda row: row.target == row.predicted)
    ours = predictions.sort_values("clip").groupby("pipeline")["right"].agg(list)
    assert sorted(ours.index) == sorted(by_hand["right"]) == ["knn", "svm"]
    for name in ours.index:
        # The same clips, in the same folds; MFCCs differ in their last bits at most.
        assert np.mean(ours[name] != by_hand["right"][name].to_numpy()) <= 0.05
    assert "difference" in capsys.readouterr().out


def test_the_first_listing_prints_what_is_shown(music, capsys):
    run(LISTINGS / "first_comparison.py", ('("svm", "cnn", "xgb")', '("svm",)'))
    shown = (LISTINGS / "first_comparison.txt").read_text(encoding="utf-8").splitlines()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == shown[0].split()
    assert printed[1].split()[0] == shown[1].split()[0] == "svm"
    assert (
        printed[-1].partition("StratifiedGroupKFold")[1:]
        == (shown[-1].partition("StratifiedGroupKFold")[1:])
    )
    assert Path("report.html").is_file()


@pytest.mark.slow
def test_the_first_listing_runs_as_it_is(music, capsys):
    run(LISTINGS / "first_comparison.py")
    printed = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[0] for line in printed[1:4]) == ["cnn", "svm", "xgb"]


def test_the_picture_and_the_output_are_of_one_run():
    report = (DOCS / "_static" / "report.html").read_text(encoding="utf-8")
    shown = (LISTINGS / "first_comparison.txt").read_text(encoding="utf-8").splitlines()
    for line in shown[-2:]:
        assert line in report
    for row in shown[1:-2]:
        assert re.search(r"0\.\d{3} ± 0\.\d{3}", row)[0] in report


def test_the_readme_shows_the_same_listing_and_output():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for language, name in (("python", "first_comparison.py"), ("text", "first_comparison.txt")):
        listing = (LISTINGS / name).read_text(encoding="utf-8")
        assert f"```{language}\n{listing}```" in readme
    for picture in re.findall(r'(?:src|srcset)="([^"]+)"', readme):
        assert (ROOT / picture).is_file()


def test_the_other_listing_of_the_readme_fits():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    own = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)[1]
    variables = {}
    exec(own, variables)
    network = "segmentvotingclassifier__estimator__max_epochs"
    model = variables["own"].set_params(**{network: 1})
    X = np.random.default_rng(0).normal(size=(6, 22050)).astype(np.float32)
    model.fit(X, ["a", "b"] * 3)
    assert model.predict(X).shape == (6,)
