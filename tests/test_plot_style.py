import itertools
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb

import skgenre
from skgenre._plot_style import DARK, LIGHT, THEMES, genre_styles, outside_legend, theme_of
from skgenre.inspection import (
    FeatureScatterDisplay,
    GenrePrecisionRecallDisplay,
    GenreTimelineDisplay,
    HistoryDisplay,
    ReliabilityDisplay,
    WaveformDisplay,
    genre_colors,
)

GENRES = ["blues", "classical", "country", "disco", "hiphop"]
GENRES += ["jazz", "metal", "pop", "reggae", "rock"]
# G. M. Machado et al., 2009: the linear RGB that people with a full deficiency see.
SEEN = {
    "all": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def linear(color):
    values = np.array(to_rgb(color))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted([linear(one) @ weights, linear(other) @ weights])
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    to_xyz = np.array(
        [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    )
    x, y, z = np.cbrt(to_xyz @ np.clip(rgb, 1e-4, 1) / [0.9505, 1, 1.0888])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("theme", THEMES)
def test_no_two_colours_look_alike(theme, seen):
    points = [lab(np.asarray(SEEN[seen]) @ linear(color)) for color in THEMES[theme].palette]
    distances = [np.linalg.norm(one - other) for one, other in itertools.combinations(points, 2)]
    # A difference of 2.3 is just noticeable.
    assert min(distances) > 15


def test_dark_colours_stand_out():
    assert all(contrast(color, DARK.page) >= 3 for color in DARK.palette)
    for theme in THEMES.values():
        assert contrast(theme.text, theme.page) >= 7
        assert contrast(theme.muted, theme.page) >= 4.5


def test_a_genre_has_one_hue_in_both_themes():
    light, dark = genre_colors(GENRES), genre_colors(GENRES, theme="dark")
    for genre in GENRES:
        hues = [mpl.colors.rgb_to_hsv(to_rgb(colors[genre]))[0] for colors in (light, dark)]
        apart = abs(hues[0] - hues[1])
        # Grey has no hue.
        is_grey = mpl.colors.rgb_to_hsv(to_rgb(light[genre]))[1] < 0.2
        assert is_grey or min(apart, 1 - apart) < 0.12, genre


def test_an_unknown_theme_is_named():
    with pytest.raises(ValueError, match=r"'theme'.*'light' or 'dark'\. Got 'dim'"):
        genre_colors(["rock"], theme="dim")
    with pytest.raises(ValueError, match=r"'theme'.*Got \['dark'\]"):
        genre_colors(["rock"], theme=["dark"])


def test_the_style_sheet_has_the_same_colours():
    text = Path(skgenre.__file__).parent.joinpath("templates", "style.css").read_text("utf-8")
    found = re.findall(r"--genre-(\d): (#[0-9a-f]{6})", text)
    for number, theme in enumerate((LIGHT, DARK)):
        colors = found[10 * number : 10 * number + 10]
        assert dict(colors) == {str(place): color for place, color in enumerate(theme.palette)}
    assert genre_styles(["disco"])["disco"].place == 3
    assert genre_styles(["disco"])["disco"].color == LIGHT.palette[3]


@pytest.mark.parametrize(
    ("style", "face", "expected"),
    [
        ("default", None, LIGHT),
        ("dark_background", None, DARK),
        ("default", "#222222", DARK),
        ("dark_background", "none", DARK),
        ("default", "none", LIGHT),
    ],
)
def test_the_background_decides_the_theme(style, face, expected):
    with plt.style.context(style):
        _, ax = plt.subplots(facecolor=face)
        if face is not None:
            ax.set_facecolor(face)
        assert theme_of(ax) is expected


HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2, 3],
        "train_loss": [1.0, 0.5, 0.2],
        "train_accuracy": [0.5, 0.8, 1.0],
        "valid_loss": [1.0, 0.7, 0.9],
        "valid_accuracy": [0.5, 0.7, 0.7],
    }
)


def draw_scatter():
    return FeatureScatterDisplay.from_features(np.random.default_rng(0).random((10, 3)), GENRES)


def draw_curves():
    return GenrePrecisionRecallDisplay.from_predictions(GENRES, np.eye(10) + 0.01)


def draw_timeline():
    probabilities = np.full((3, 10), 0.1)
    return GenreTimelineDisplay.from_predictions(probabilities, classes=GENRES, kind="stack")


def draw_reliability():
    return ReliabilityDisplay.from_predictions(GENRES, np.eye(10) * 0.5 + 0.05, labels=GENRES)


def draw_history():
    return HistoryDisplay(HISTORY).plot()


@pytest.mark.parametrize(
    "draw", [draw_scatter, draw_curves, draw_timeline, draw_reliability, draw_history]
)
def test_legends_cover_no_data(draw):
    display = draw()
    display.figure_.draw_without_rendering()
    axes = display.figure_.axes
    legends = [ax.get_legend() for ax in axes if ax.get_legend() is not None]
    assert len(legends) == 1
    box = legends[0].get_window_extent()
    assert not any(box.overlaps(ax.get_window_extent()) for ax in axes)
    # And the figure has room for it.
    assert box.x1 <= display.figure_.bbox.x1
    assert box.y1 <= display.figure_.bbox.y1


@pytest.mark.parametrize("n_genres", [21, 161])
@pytest.mark.parametrize("kind", ["curves", "scatter", "timeline"])
def test_many_genres_leave_room_for_the_axes(n_genres, kind):
    genres = [f"genre {number:03d}" for number in range(n_genres)]
    if kind == "curves":
        display = GenrePrecisionRecallDisplay.from_predictions(genres, np.eye(n_genres))
        last = "all genres (micro): 1.00"
    elif kind == "scatter":
        X = np.random.default_rng(0).random((n_genres, 3))
        display = FeatureScatterDisplay.from_features(X, genres)
        last = genres[-1]
    else:
        shares = np.full((3, n_genres), 1 / n_genres)
        display = GenreTimelineDisplay.from_predictions(shares, classes=genres, kind="stack")
        last = genres[0]
    # matplotlib warns where there is no room.
    display.figure_.draw_without_rendering()
    assert display.ax_.get_window_extent().width > 100
    legend = display.ax_.get_legend()
    words = [text.get_text() for text in legend.get_texts()]
    assert len(words) == 20
    assert words[-1] == last
    n_all = n_genres + (kind == "curves")
    assert words[-2] == f"… {n_all - 19} more"
    assert legend.get_window_extent().y1 <= display.figure_.bbox.y1


def test_a_legend_takes_other_places():
    _, ax = plt.subplots()
    ax.plot([0, 1], label="line")
    assert outside_legend(ax, loc="upper left", frameon=True).get_frame_on()


def test_displays_on_dark_axes_are_dark():
    with plt.style.context("dark_background"):
        display = draw_curves()
        assert display.lines_["rock"].get_color() == genre_colors(["rock"], theme="dark")["rock"]
        assert display.lines_["all genres (micro)"].get_color() == DARK.text
        waveform = WaveformDisplay(np.zeros(10)).plot()
    assert to_hex(waveform.line_.get_color()) == DARK.mark


def test_the_users_settings_survive():
    before = mpl.rcParams.copy()
    with mpl.rc_context({"font.size": 17.0, "axes.facecolor": "#fafafa"}):
        display = draw_scatter()
        assert display.ax_.xaxis.label.get_size() == 17.0
        assert to_hex(display.ax_.get_facecolor()) == "#fafafa"
    for draw in (draw_curves, draw_timeline, draw_reliability, draw_history):
        draw()
    assert mpl.rcParams == before


def test_figures_of_the_report_take_their_colours_from_the_page():
    from skgenre.metrics import reliability_frame
    from skgenre.model_selection._compare.figures import draw_reliability, draw_scores

    bins = reliability_frame(["jazz", "rock"], np.array([[0.8, 0.2], [0.4, 0.6]]))
    f1 = pd.DataFrame({"svm": [0.5, 0.7], "cnn": [0.6, 0.8]}, index=["jazz", "rock"])
    for svg in (draw_reliability(bins, "svm"), draw_scores(f1, "F1")):
        assert "var(--" in svg
        assert not any(color in svg for theme in THEMES.values() for color in theme.palette)
    assert "var(--genre-1)" in draw_scores(f1, "F1")
