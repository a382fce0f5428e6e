"""The cheat sheet: every line runs, and the page holds them."""

import inspect
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import skgenre.demo
from skgenre.cli._app import app
from skgenre.datasets import make_genre_music

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def sheet(load_docs):
    return load_docs("_cheat_sheet")


@pytest.fixture
def served(monkeypatch):
    """Models that a page would be served for: a server does not return."""
    calls = []
    signature = inspect.signature(skgenre.demo.serve)

    def serve(*args, **kwargs):
        calls.append(signature.bind(*args, **kwargs).arguments["model"])

    monkeypatch.setattr(skgenre.demo, "serve", serve)
    return calls


def make_music():
    music = make_genre_music(
        20, genres=["jazz", "metal"], duration=3.0, random_state=0, to="genres"
    )
    frame = {"file": music.paths, "genre": music.target, "artist": music.groups}
    pd.DataFrame(frame).to_csv("tracks.csv", index=False)
    song = make_genre_music(1, genres=["jazz"], duration=7.0, random_state=1, to="music")
    Path(song.paths[0]).rename("song.flac")
    make_genre_music(2, genres=["jazz", "metal"], duration=3.0, random_state=2, to="music")


@pytest.mark.slow
def test_every_line_runs(sheet, served, tmp_path, monkeypatch):
    for needed in ("xgboost", "matplotlib", "onnxscript", "onnxruntime"):
        pytest.importorskip(needed)
    import matplotlib as mpl

    mpl.use("Agg")
    monkeypatch.chdir(tmp_path)
    make_music()
    *cells, commands = sheet.read_boxes()
    variables = {"__name__": "cheat_sheet"}
    for cell in cells:
        exec(compile("\n".join(cell.lines), cell.title, "exec"), variables)
    assert sorted(variables["result"].summary.index) == ["svc", "xgb"]
    assert set(variables["nested"].chosen_parameters["svc__C"]) <= {0.1, 1, 10}
    assert variables["own"].fit(variables["X"], variables["y"]).classes_.tolist() == [
        "jazz",
        "metal",
    ]
    assert served == [variables["model"]]
    assert Path("report.html").is_file()
    assert Path("model.onnx").is_file()

    Path("report.html").unlink()
    runner = CliRunner()
    for command in "\n".join(commands.lines).replace("\\\n", " ").split("$ ")[1:]:
        program, *arguments = shlex.split(command)
        assert program == "skgenre"
        ended = runner.invoke(app, arguments, catch_exceptions=False)
        assert ended.exit_code == 0, command + ended.output
    assert len(served) == 2
    assert Path("report.html").is_file()


def test_the_page_holds_all_boxes(sheet, tmp_path):
    boxes = sheet.read_boxes()
    columns = sheet.arrange(boxes)
    assert [box for column in columns for box in column] == boxes
    svg, pdf = sheet.write("1.2.3", tmp_path)
    drawn = svg.read_text(encoding="utf-8")
    assert all(f"<!-- {box.title} -->" in drawn for box in boxes)
    assert pdf.read_bytes().startswith(b"%PDF")


def test_no_text_overlaps_or_leaves_the_page(sheet):
    backend_agg = pytest.importorskip("matplotlib.backends.backend_agg")
    figure = sheet.draw(sheet.arrange(sheet.read_boxes()), "1.2.3")
    figure.set_dpi(144)  # two pixels a point
    renderer = backend_agg.FigureCanvasAgg(figure).get_renderer()
    page = figure.bbox
    places = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    for number, place in enumerate(places):
        assert page.x0 <= place.x0 < place.x1 <= page.x1
        assert page.y0 <= place.y0 < place.y1 <= page.y1
        for other in places[number + 1 :]:
            wide = min(place.x1, other.x1) - max(place.x0, other.x0)
            high = min(place.y1, other.y1) - max(place.y0, other.y0)
            assert wide < 2 or high < 2


def test_a_line_that_is_too_long_and_a_column_that_is_too_high_are_errors(sheet, tmp_path):
    source = tmp_path / "sheet.py"
    source.write_text(f"# %% Load\n{'x' * (sheet.LONGEST + 1)}\n")
    with pytest.raises(sheet.DoesNotFit, match=f"{sheet.LONGEST + 1} characters of at most"):
        sheet.read_boxes(source)
    source.write_text("# %% Load\n" + "x\n" * 60 + "# %% Save\ny\n# %% Serve\nz\n")
    with pytest.raises(sheet.DoesNotFit, match=r"A column is .* points high"):
        sheet.arrange(sheet.read_boxes(source))
