"""The parts of the server, one by one."""

import asyncio
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from skgenre._templates import render
from skgenre.demo import Limits, serve
from skgenre.demo._analysis import Analysis, Analyzer
from skgenre.demo._clip import ClipGuard
from skgenre.demo._model_facts import describe_model
from skgenre.demo._pictures import draw_genres, draw_mel_spectrogram, draw_timeline
from skgenre.demo._refusal import Refusal
from skgenre.demo._upload_folder import UploadFolder
from skgenre.inspection import genre_colors


def make_analysis(genres, n_parts=2):
    probabilities = np.full((n_parts, len(genres)), 1 / len(genres))
    timeline = pd.DataFrame(probabilities, columns=genres)
    timeline.insert(0, "end", 5.0 * np.arange(1, n_parts + 1))
    timeline.insert(0, "start", 5.0 * np.arange(n_parts))
    levels = np.linspace(0, 1, 20).reshape(4, 5)
    return Analysis(
        5.0 * n_parts, [(g, 1 / len(genres)) for g in genres], timeline, levels, 11025.0
    )


@pytest.mark.parametrize("name", ["max_megabytes", "n_workers", "max_seconds"])
def test_limits_are_positive(name):
    with pytest.raises(ValueError, match=f"Limits needs {name} to be positive and finite, got 0"):
        Limits(**{name: 0})


def test_nobody_has_to_wait():
    assert Limits(max_waiting=0).max_waiting == 0


def test_a_model_of_tables_is_refused():
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], ["jazz", "rock"])
    cure = r"needs a model that takes sound files.* put the transformer .* before it"
    with pytest.raises(ValueError, match=cure):
        Analyzer(model, Limits())


def test_a_taken_port_is_said():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port} can't be served"):
            serve(port=port)


def test_samples_are_counted_whatever_the_header_says():
    n_made = 0

    def make_pieces():
        nonlocal n_made
        while True:
            n_made += 1
            yield np.zeros(1000, np.float32)

    guard = ClipGuard("liar.mp3", Limits(max_minutes=0.5))
    with pytest.raises(Refusal, match=r"liar\.mp3: the clip is longer than the 0\.5 minutes"):
        list(guard.watch(make_pieces(), sr=1000))
    assert n_made == 31


def test_a_long_clip_is_refused_at_its_header(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "long.flac", np.zeros(31 * 8000, np.int16), 8000)
    ClipGuard("long.flac", Limits(max_minutes=1)).check_header(tmp_path / "long.flac")
    with pytest.raises(Refusal, match=r"longer than the 0\.5 minutes"):
        ClipGuard("long.flac", Limits(max_minutes=0.5)).check_header(tmp_path / "long.flac")


def test_genres_are_text_and_no_markup():
    figure = draw_timeline(make_analysis(["<b>rock</b>", "jazz"]))
    assert "<b>" not in figure
    assert "&lt;b&gt;rock" in figure


def test_the_timeline_s_rectangles_are_its_probabilities():
    from xml.etree import ElementTree as ET

    figure = draw_timeline(make_analysis(["jazz", "rock"], n_parts=3))
    svg = ET.fromstring(figure[figure.index("<svg") : figure.index("</svg>") + 6])
    rectangles = [dict(child.attrib) for child in svg][1:]
    assert [float(r["y"]) for r in rectangles] == [0.5, 0] * 3  # the most probable one is below
    assert [float(r["x"]) for r in rectangles] == [0, 0, 5, 5, 10, 10]
    assert {float(r["height"]) for r in rectangles} == {0.5}
    assert len({r["fill"] for r in rectangles}) == 2


@pytest.mark.parametrize(
    ("n_parts", "times"),
    [(2, "0 2 4 6 8 10"), (18, "0 15 30 45 60 75 90"), (24, "0 30 60 90 120"), (1440, None)],
)
def test_times_are_in_round_seconds(n_parts, times):
    figure = draw_timeline(make_analysis(["jazz", "rock"], n_parts=n_parts))
    axis = re.search('<div class="times"[^>]*>(.*?)</div>', figure)[1]
    found = re.findall(r"left: ([\d.]+)%\">(\d+)</span>", axis)
    if times is None:
        times = "0 1800 3600 5400 7200"
    assert [time for _, time in found] == times.split()
    for place, time in found:
        assert float(place) == pytest.approx(100 * int(time) / (5 * n_parts), abs=0.01)
    assert "Time (s)" in figure
    assert ">5</td>" in figure


def test_the_spectrogram_has_its_frequencies_in_hertz():
    import librosa

    figure = draw_mel_spectrogram(make_analysis(["jazz", "rock"]))
    assert "Frequency (Hz)" in figure
    found = re.findall(r"bottom: ([\d.]+)%\">(\d+)</span>", figure)
    assert [frequency for _, frequency in found] == ["125", "500", "2000", "8000"]
    for place, frequency in found:
        share = librosa.hz_to_mel(float(frequency)) / librosa.hz_to_mel(11025.0)
        assert float(place) == pytest.approx(100 * share, abs=0.1)


def test_a_genre_has_its_color_of_the_plots_everywhere():
    analysis = make_analysis(["rock", "polka", "jazz"])
    style = render("style.css")
    for name, color in genre_colors(["jazz", "polka", "rock"]).items():
        # The light colours come first.
        variable = re.search(f"--genre-\\d(?=: {color};)", style)[0]
        for figure in (
            draw_genres(analysis, "clip.wav"),
            draw_timeline(analysis),
            describe(["jazz", "polka", "rock"]).panel,
        ):
            assert name in figure
            assert f"--genre: var({variable})" in figure


def describe(genres, evaluation=None):
    model = LogisticRegression().fit(np.eye(len(genres)), genres)
    return describe_model(model, genres, evaluation, Limits())


def test_the_panel_has_the_scores_with_their_protocol():
    evaluation = {
        "scores": {
            "accuracy": {"mean": 0.75, "low": 0.61, "high": 0.86},
            "<b>f1</b>": {"mean": 0.5, "low": None, "high": None},
        },
        "protocol": "60 clips; 5 folds <script>",
    }
    facts = describe(["jazz", "rock"], evaluation)
    for text in facts:
        assert "0.750 (95 % interval 0.610 to 0.860)" in text
        assert "0.500<" in text
        assert "60 clips; 5 folds &lt;script&gt;" in text
        assert "<b>f1" not in text.lower()
        assert "unknown" not in text


def test_the_panel_says_that_there_are_no_scores():
    for text in describe(["jazz", "rock"]):
        assert "its accuracy on other clips is unknown" in text


def test_the_card_of_the_page_has_no_paths_of_the_server():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    class Located:
        def __call__(self, X, **_):
            return X

    settings = {"weights": "/home/me/weights.pt"}
    step = FunctionTransformer(
        Located(), kw_args=settings, inv_kw_args={"of": Path("C:\\secret")}, check_inverse=False
    )
    model = make_pipeline(step, LogisticRegression(C=0.25)).fit(np.eye(2), ["jazz", "rock"])
    card = describe_model(model, ["jazz", "rock"], None, Limits()).card
    for text in ("/home", "secret", "Versions", "load_model", " at 0x"):
        assert text not in card
    assert "C=0.25" in card
    for name in ("func", "kw_args", "inv_kw_args"):
        assert f"{name}=…" in card


@pytest.mark.parametrize("evaluation", [0.9, {"accuracy": 0.9}])
def test_other_evaluations_are_refused(evaluation):
    with pytest.raises((TypeError, ValueError), match="serve: evaluation must "):
        serve(port=0, evaluation=evaluation)


def test_one_part_has_no_timeline():
    assert draw_timeline(make_analysis(["jazz", "rock"], n_parts=1)) == ""


def test_the_picture_has_low_frequencies_below():
    import base64
    import io
    import re

    from PIL import Image

    data = re.search('base64,([^"]+)', draw_mel_spectrogram(make_analysis(["jazz", "rock"])))
    picture = Image.open(io.BytesIO(base64.b64decode(data[1]))).convert("RGB")
    pixels = np.asarray(picture, int).sum(axis=2)
    assert pixels.shape == (4, 5)
    # The levels rise with the frequency.
    assert (np.diff(pixels.mean(axis=1)) < 0).all()


def test_a_tone_is_drawn_at_its_frequency(model, tmp_path):
    import librosa
    import soundfile

    time_axis = np.arange(SR := 22050) / SR
    soundfile.write(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 2000 * time_axis), SR)
    found = Analyzer(model, Limits()).analyze(tmp_path / "tone.wav", "tone.wav")
    band = found.mel_spectrogram.mean(axis=1).argmax()
    centres = librosa.mel_frequencies(len(found.mel_spectrogram) + 2, fmax=SR / 2)[1:-1]
    assert abs(centres[band] - 2000) < 100
    assert found.mel_spectrogram.max() == pytest.approx(1, abs=0.05)


def test_a_model_of_segments_is_drawn_by_its_segments(tmp_path):
    import soundfile
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from skgenre.classifiers import SegmentVotingClassifier
    from skgenre.datasets import make_genre_music
    from skgenre.features import MFCC, FramePooling, Segmenter

    music = make_genre_music(4, genres=["jazz", "metal"], duration=4.0, random_state=0)
    model = make_pipeline(
        Segmenter(MFCC(), segment_duration=1.0, segment_hop=0.5),
        FramePooling(),
        SegmentVotingClassifier(LogisticRegression(C=1e-3)),
    ).fit(music.data, music.target)
    path = tmp_path / "clip.wav"
    soundfile.write(path, music.data[0][: 3 * 22050], music.sr, subtype="FLOAT")

    found = Analyzer(model, Limits()).analyze(path, "clip.wav")
    segments = model[-1].predict_proba_segments(model[:-1].transform([str(path)]))[0]
    np.testing.assert_allclose(found.timeline[["jazz", "metal"]], segments, atol=1e-6)
    assert found.timeline["start"].tolist() == [0, 0.5, 1, 1.5, 2]
    assert found.timeline["end"].tolist() == [1, 1.5, 2, 2.5, 3]
    assert [genre for genre, _ in found.genres] == [
        model.classes_[n] for n in segments.mean(axis=0).argsort()[::-1]
    ]


def test_the_picture_is_the_mel_spectrogram_of_the_whole(model, tmp_path):
    import soundfile

    from skgenre.datasets import make_genre_music
    from skgenre.features import MelSpectrogram

    # Long enough to be decoded in several pieces.
    music = make_genre_music(1, genres=["jazz"], duration=25.0, random_state=0)
    soundfile.write(tmp_path / "clip.wav", music.data[0], music.sr, subtype="FLOAT")
    found = Analyzer(model, Limits()).analyze(tmp_path / "clip.wav", "clip.wav")
    expected = MelSpectrogram(n_mels=96, ref="max", top_db=80.0).fit_transform(music.data)[0]
    assert found.duration == 25
    assert found.mel_spectrogram.shape == expected.shape
    np.testing.assert_allclose(found.mel_spectrogram, 1 + expected / 80, atol=1e-4)


def test_samples_of_all_channels_are_bounded(tmp_path):
    import soundfile

    limits = Limits(max_minutes=0.1)  # 6 s
    y = np.zeros((2 * 192_000, 8), np.int16)
    soundfile.write(tmp_path / "many.flac", y, 192_000)
    with pytest.raises(Refusal, match=r"8 channels at 192000 Hz are taken up to 1\.5 s"):
        ClipGuard("many.flac", limits).check_header(tmp_path / "many.flac")
    soundfile.write(tmp_path / "few.flac", y[:192_000], 192_000)
    guard = ClipGuard("few.flac", limits)
    guard.check_header(tmp_path / "few.flac")
    # A header may lie.
    with pytest.raises(Refusal, match="8 channels at 192000 Hz"):
        list(guard.watch([np.zeros(1000)] * 2, sr=1000))


def test_another_gradio_is_refused():
    pytest.importorskip("gradio")
    from types import SimpleNamespace

    from skgenre.demo._gradio import have_gradio_check_paths, make_forget

    page = SimpleNamespace(has_launched=False)
    have_gradio_check_paths(page)
    assert page.has_launched is True
    with pytest.raises(ImportError, match=r"gradio .* differs from the versions"):
        have_gradio_check_paths(SimpleNamespace())
    with pytest.raises(ImportError, match=r"gradio .* differs from the versions"):
        make_forget(SimpleNamespace(_queue=SimpleNamespace()))


def test_answers_that_no_page_asks_for_are_forgotten(tmp_path, monkeypatch):
    pytest.importorskip("gradio")
    import gradio as gr

    from skgenre.demo import _gate
    from skgenre.demo._calls import Calls
    from skgenre.demo._gradio import make_forget

    monkeypatch.setattr(_gate, "_UNREAD_SECONDS", 0.1)
    with gr.Blocks(analytics_enabled=False) as page:
        page.queue()
    messages = page._queue.pending_messages_per_session
    calls = page._queue.pending_event_ids_session
    page._queue.event_ids_to_events["runs"] = object()

    async def app(scope, receive, send):
        if scope["method"] == "GET":
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        for session in ("reads", "never"):
            messages[session] = asyncio.Queue()
            messages[session].put_nowait("an answer of a megabyte")
            calls[session] = {"done"}
        calls["waits"] = {"done", "runs"}

    body = b'{"data": [null], "fn_index": 0, "session_hash": "never"}'

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def wait():
        await asyncio.sleep(1000)

    async def send(message):
        pass

    async def visit():
        stopping = asyncio.Event()
        folder = UploadFolder(tmp_path, 1)
        gate = _gate.Gate(app, Limits(), folder, Calls({0: 1}), stopping, make_forget(page))
        scope = {"type": "http", "headers": [], "query_string": b"session_hash=reads"}
        get = {**scope, "method": "GET", "path": "/gradio_api/queue/data"}
        reading = asyncio.create_task(gate(get, wait, send))
        await gate({**scope, "method": "POST", "path": "/gradio_api/queue/join"}, receive, send)
        body_of_reader = body.replace(b"never", b"reads")

        async def receive_reader():
            return {"type": "http.request", "body": body_of_reader, "more_body": False}

        post = {**scope, "method": "POST", "path": "/gradio_api/queue/join"}
        await gate(post, receive_reader, send)
        await asyncio.sleep(0.5)
        sizes = [messages[session].qsize() for session in ("reads", "never")]
        make_forget(page)("waits")
        kept = sorted(calls)
        stopping.set()  # the reader's stream ends, and no page is left
        await asyncio.wait_for(reading, 30)
        await asyncio.sleep(0.5)
        return sizes, kept, messages["reads"].qsize(), sorted(calls)

    assert asyncio.run(visit()) == ([1, 0], ["reads", "waits"], 0, ["waits"])


def test_a_stream_is_of_the_session_that_the_gate_knows(tmp_path):
    """gradio takes the last of several sessions: answers to the first would pile up unread."""
    pytest.importorskip("starlette")
    from skgenre.demo import _gate
    from skgenre.demo._calls import Calls

    asked = []

    async def app(scope, receive, send):
        asked.append(scope["query_string"])

    async def visit(query):
        sent = []

        async def send(message):
            sent.append(message)

        folder = UploadFolder(tmp_path, 1)
        gate = _gate.Gate(app, Limits(), folder, Calls({0: 1}), asyncio.Event(), lambda _: None)
        scope = {"type": "http", "headers": [], "query_string": query, "method": "GET"}
        await gate({**scope, "path": "/gradio_api/queue/data"}, None, send)
        return sent[0]["status"] if sent else None

    assert asyncio.run(visit(b"session_hash=listed&session_hash=read")) == 422
    assert asyncio.run(visit(b"session_hash=a%2Fb")) == 422
    assert asyncio.run(visit(b"")) == 422
    assert asyncio.run(visit(b"session_hash=abc&other=1")) is None
    assert asked == [b"session_hash=abc"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("silence", "digital silence"), ("sample", "1 sample"), ("integers", "divide by 32768")],
)
def test_a_clip_that_says_nothing_is_predicted_with_a_warning(model, tmp_path, kind, said):
    import soundfile

    samples = {
        "silence": np.zeros(5 * 22050, np.float32),
        "sample": np.full(1, 0.5, np.float32),
        "integers": 300 * np.sin(0.1 * np.arange(5 * 22050, dtype=np.float32)),
    }
    path = tmp_path / "stored.wav"
    soundfile.write(path, samples[kind], 22050, subtype="FLOAT")
    found = Analyzer(model, Limits()).analyze(path, "mine.wav")
    assert sum(probability for _, probability in found.genres) == pytest.approx(1)
    assert any(said in message for message in found.warnings)
    assert all(message.startswith("mine.wav") for message in found.warnings)
    assert str(tmp_path) not in "".join(found.warnings)
    assert np.isfinite(found.mel_spectrogram).all()
    assert (found.mel_spectrogram.max() == 0) == (kind == "silence")  # dark is silent
    assert len(found.warnings) == len(set(found.warnings))
    soundfile.write(path, 0.1 * np.sin(0.1 * np.arange(5 * 22050)), 22050)
    assert Analyzer(model, Limits()).analyze(path, "mine.wav").warnings == []
