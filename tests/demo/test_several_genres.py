"""The page of a model whose clips may have several genres."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import MLPGenreClassifier
from skgenre.datasets import genre_matrix
from skgenre.demo import Limits
from skgenre.demo._analysis import Analysis, Analyzer
from skgenre.demo._app import _to_json
from skgenre.demo._model_facts import describe_model
from skgenre.demo._pictures import draw_genres, draw_timeline
from skgenre.features import MelSpectrogram

GENRES = ["jazz", "metal", "rock"]
ROWS = [[0.9, 0.1, 0.6], [0.7, 0.3, 0.2]]


def make_analysis(rows=ROWS, genres=GENRES, threshold=0.35, overlap=0.0):
    timeline = pd.DataFrame(rows, columns=genres)
    starts = (5.0 - overlap) * np.arange(len(rows))
    timeline.insert(0, "end", starts + 5)
    timeline.insert(0, "start", starts)
    means = timeline[genres].mean().sort_values(ascending=False)
    levels = np.zeros((4, 5))
    thresholds = dict.fromkeys(genres, threshold)
    pairs = [(genre, float(mean)) for genre, mean in means.items()]
    return Analysis(starts[-1] + 5, pairs, timeline, levels, 11025.0, [], thresholds)


def parts_of(html):
    """Return the names of genres above the line, and of those below."""
    above, _, below = html.partition('class="others"')
    return tuple(re.findall(r'class="name">([^<]*)<', part) for part in (above, below))


def test_genres_above_their_thresholds_are_the_answer_and_the_others_below_a_line():
    html = draw_genres(make_analysis(), "clip.wav")
    assert parts_of(html) == (["jazz", "rock"], ["metal"])
    assert re.search(r'role="status">clip.wav, 10 s: jazz, 80%; rock, 40%</p>', html)
    assert "Below their thresholds" in html


def test_all_genres_may_be_above_their_thresholds():
    html = draw_genres(make_analysis(threshold=0.0), "clip.wav")
    assert parts_of(html) == (["jazz", "rock", "metal"], [])
    assert "Below their thresholds" not in html


def test_no_genre_above_its_threshold_is_said():
    html = draw_genres(make_analysis(threshold=0.95), "clip.wav")
    assert parts_of(html) == ([], ["jazz", "rock", "metal"])
    status = " ".join(re.search(r'role="status">(.*?)</p>', html, re.DOTALL)[1].split())
    assert status.endswith("no genre is above its threshold; the most probable is jazz, 80%")


def test_others_are_counted():
    genres = [f"genre {number}" for number in range(87)]
    rows = [np.linspace(0.9, 0.1, 87)] * 2
    html = draw_genres(make_analysis(rows, genres, threshold=0.89), "clip.wav")
    above, below = parts_of(html)
    assert len(above) == 2
    assert f"And {87 - len(above) - len(below)} less probable" in html


@pytest.mark.parametrize("overlap", [0.0, 2.0])
def test_the_timeline_is_a_heat_map(overlap):
    html = draw_timeline(make_analysis(overlap=overlap))
    assert re.findall(r'class="name">([^<]*)<', html) == ["jazz", "rock", "metal"]
    rows = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    for row, column in zip(rows, (0, 2, 1), strict=True):
        cells = [part.attrib for part in row if "class" not in part.attrib]
        assert [float(cell["fill-opacity"]) for cell in cells] == [r[column] for r in ROWS]
        assert [float(cell["x"]) for cell in cells] == [0, 5 - overlap]
        assert [float(cell["width"]) for cell in cells] == [5 - overlap, 5]
        marks = [part.attrib for part in row if part.attrib.get("class") == "above"]
        starts = [n * (5 - overlap) for n, values in enumerate(ROWS) if values[column] > 0.35]
        assert [float(mark["x"]) for mark in marks] == starts
    assert "jazz 90%, rock 60%</td>" in html


def test_rows_of_a_heat_map_are_limited_and_the_others_counted():
    genres = [f"genre {number}" for number in range(87)]
    values = np.full((3, 87), 0.04)
    values[1, [3, 50]] = 0.8
    html = draw_timeline(make_analysis(values, genres))
    names = re.findall(r'class="name">([^<]*)<', html)
    assert len(names) == 8
    assert {"genre 3", "genre 50"} <= set(names)
    assert "79 genres have at most 4%" in " ".join(html.split()).replace("more ", "")
    assert html.count("none above its threshold</td>") == 2


def test_names_are_text_and_no_markup():
    analysis = make_analysis(genres=["<b>rock</b>", "jazz", "metal"])
    for html in (draw_genres(analysis, "clip.wav"), draw_timeline(analysis)):
        assert "<b>rock" not in html
        assert "&lt;b&gt;rock" in html


def test_programs_get_the_thresholds_and_the_genres_above():
    body = _to_json(make_analysis(), "clip.wav", with_timeline=False)
    assert body["above_threshold"] == ["jazz", "rock"]
    assert {entry["genre"]: entry["threshold"] for entry in body["genres"]} == dict.fromkeys(
        GENRES, 0.35
    )


def test_a_model_of_several_genres_is_analysed_and_described(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8, 22050)).astype(np.float32)
    sets = [{"jazz"}, {"rock"}, {"jazz", "rock"}, set()] * 2
    network = MLPGenreClassifier(
        dense=(4,), max_epochs=1, threshold=[0.0, 1.0], random_state=0, device="cpu"
    )
    model = make_pipeline(MelSpectrogram(n_mels=8, duration=1.0), network)
    model.fit(X, genre_matrix(sets))
    soundfile.write(tmp_path / "clip.wav", 0.1 * np.concatenate(X[:3]), 22050)
    analysis = Analyzer(model, Limits()).analyze(tmp_path / "clip.wav", "clip.wav")
    assert analysis.thresholds == {"jazz": 0.0, "rock": 1.0}
    assert analysis.above_threshold == ["jazz"]
    panel = describe_model(model, ["jazz", "rock"], None, Limits()).panel
    assert "each of these genres that is above its threshold" in panel
